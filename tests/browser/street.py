"""Who is outside the house: women who call and text, over the practice exchange's own controls."""

from __future__ import annotations

from typing import Any

from config.engines.processes import wait_until
from config.local import DEMO_DESKS
from tests.faults.exchange import OVER, Exchange
from tests.faults.house import House
from tests.support import planted

ANKARA = "+903120000001"
_SECONDS = 30.0
#: A text names the contact by its message.
_CONTACT = """
    SELECT id FROM hotline_contacts WHERE carrier_sid = %(sid)s
    UNION SELECT contact_id FROM hotline_messages WHERE carrier_sid = %(sid)s
"""


class Street:
    """Callers of one test."""

    def __init__(self, house: House) -> None:
        self.exchange = Exchange(house.exchange_url)
        self._house = house
        self._hushed: list[str] = []
        self._numbers: list[str] = []

    def number(self) -> str:
        """A number that nobody else has."""
        self._numbers.append(planted.number())
        return self._numbers[-1]

    def call(self, *keys: str, caller: str = "") -> str:
        """Somebody calls the Ankara line and presses keys while the menu speaks; returns the call's SID."""
        presses: list[dict[str, Any]] = [{"digits": key, "after": 1.0 + place} for place, key in enumerate(keys)]
        return self.exchange.call(caller or self.number(), ANKARA, presses)

    def hush(self, *desks: str, but: str) -> None:
        """Nobody is at these desks, except at one: nobody's telephone takes the caller before she is taken there."""
        for desk in desks:
            if desk != but:
                self.exchange.do("behaviour", address=desk, behaviour={"answering": "no_answer"})
                self._hushed.append(desk)

    def lines(self, address: str) -> list[dict[str, Any]]:
        """All that a telephone heard, showed and did."""
        phones = self.exchange.do("look", since={address: 0})["phones"]
        return [line for phone in phones if phone["address"] == address for line in phone["lines"]]

    def calls_of(self, address: str) -> list[str]:
        """The calls that a telephone has now."""
        phones = self.exchange.do("look", since={address: 0})["phones"]
        return [call["sid"] for phone in phones for call in phone["calls"]]

    def texts_of(self, address: str) -> list[str]:
        """The texts that somebody has sent."""
        return [line["sid"] for line in self.lines(address) if line["kind"] == "text_out"]

    def contact(self, sid: str) -> str:
        """The contact that a call or a text became."""
        found: list[str] = []

        def known() -> bool:
            found.extend(str(row[0]) for row in self._house.rows(_CONTACT, sid=sid))
            return bool(found)

        assert wait_until(known, _SECONDS, every=0.1), "it never reached the house"
        return found[0]

    def talks(self, sid: str) -> bool:
        """Whether the caller comes to be heard by somebody, within the limit."""
        return wait_until(lambda: bool(self.exchange.heard_by(sid)), _SECONDS, every=0.1)

    def leave(self) -> None:
        """Everybody who still calls hangs up, and the telephones answer again."""
        calls, _messages = self.exchange.truth()
        for sid, call in calls.items():
            if call["status"] not in OVER and call["direction"] == "inbound":
                self.exchange.hang_up(sid)
        for sid in (sid for number in self._numbers for sid in self.calls_of(number)):
            self.exchange.hang_up(sid)  # whom we called, and who was not let go
        for telephone in self._hushed:
            # A desk answers and presses 1 by itself; who is on call answers with her own hand.
            answering = "desk" if telephone in DEMO_DESKS.values() else "manual"
            self.exchange.do("behaviour", address=telephone, behaviour={"answering": answering})
        self.exchange.close()
