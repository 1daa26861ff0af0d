"""The practice exchange's control API, as the harness uses it: the carrier's side of the truth."""

from __future__ import annotations

from typing import Any

import requests

Record = dict[str, Any]
#: States of a call after which nothing happens to it any more.
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_SECONDS = 30.0


class Exchange:
    """One client; each thread has its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def do(self, command: str, **fields: Any) -> Record:
        """Give a command; raises ``RuntimeError`` when it is refused. The exchange itself is never killed."""
        answer = self._session.post(f"{self._url}/control/{command}", json=fields, timeout=_SECONDS)
        if answer.status_code != 200:
            raise RuntimeError(f"{command}: {answer.text[:300]}")
        given: Record = answer.json()
        return given

    def call(self, caller: str, line: str, presses: list[Record]) -> str:
        """Somebody calls the line and presses keys; returns the call's SID."""
        behaviour = {"answering": "manual", "presses": presses}
        return str(self.do("call", **{"from": caller, "to": line, "behaviour": behaviour})["sid"])

    def text(self, sender: str, line: str, body: str) -> str:
        """Somebody texts the line; returns the message's SID."""
        return str(self.do("text", **{"from": sender, "to": line, "body": body})["sid"])

    def heard_by(self, sid: str) -> list[str]:
        """Whether a caller is in a conversation: the calls that hear a word said into hers."""
        try:
            return [str(one) for one in self.do("say", sid=sid, words="…")["heard_by"]]
        except RuntimeError:
            return []

    def hang_up(self, sid: str) -> None:
        """The caller hangs up."""
        self.do("hang-up", sid=sid)

    def rings_or_talks(self, address: str) -> bool:
        """Whether a telephone has a call now."""
        phones = self.do("look", since={address: 1_000_000_000})["phones"]
        return any(phone["calls"] for phone in phones)

    def heard(self, address: str, sid: str) -> list[str]:
        """Every sentence that a telephone heard in one call."""
        phones = self.do("look", since={address: 0})["phones"]
        lines = [line for phone in phones if phone["address"] == address for line in phone["lines"]]
        return [str(line["text"]) for line in lines if line["kind"] == "heard" and line["sid"] == sid]

    def calls(self, sids: list[str]) -> dict[str, Record]:
        """These calls as they are now."""
        return {one["sid"]: one for one in self.do("calls", sids=sids)["calls"]}

    def truth(self) -> tuple[dict[str, Record], dict[str, Record]]:
        """Every call and every message that the carrier ever had, by SID."""
        given = self.do("truth")
        return {one["sid"]: one for one in given["calls"]}, {one["sid"]: one for one in given["messages"]}

    def tally(self) -> tuple[dict[str, int], list[float]]:
        """Outcomes of all webhooks that were ever sent, and the seconds until each answer, oldest first."""
        given = self.do("tally")
        return dict(given["outcomes"]), list(given["seconds"])

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()
