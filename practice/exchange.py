"""The exchange: Twilio's behaviour without any input or output, handed its clock.

Whoever runs it calls `step(now)` when `due_at()` has come, performs the requests that it returns, and hands their
outcome back with `deliver` or `fail`. `practice.virtual` does so in virtual time, `practice.server` in real time.
All times are seconds since the epoch and never run backwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from practice import rest
from practice.api.base import RestResponse
from practice.calls import Call
from practice.config import ExchangeConfig
from practice.faults import FaultName, Faults
from practice.ground import Ground, Trouble
from practice.machine import Machine
from practice.messages import MessageDesk, Text
from practice.phones import Behaviour, Phone
from practice.webhooks import Answer, Failure, LogEntry, WebhookRequest


class Exchange:
    """One account at the carrier, with every telephone in the world."""

    def __init__(self, account_sid: str, auth_token: str, config: ExchangeConfig) -> None:
        self.ground = Ground(account_sid, auth_token, config)
        self.machine = Machine(self.ground)
        self.message_desk = MessageDesk(self.ground)
        self._rest = rest.Api(self.machine, self.message_desk)

    # Time.

    @property
    def now(self) -> float:
        """The time of the last step."""
        return self.ground.now

    def due_at(self) -> float | None:
        """When `step` is to be called next; None when nothing is going on."""
        return self.ground.now if self.ground.webhooks.outbox else self.ground.timeline.next_due()

    def step(self, now: float) -> list[WebhookRequest]:
        """Let everything happen that is due by `now`; returns the requests to perform."""
        self.advance(now)
        outbox = self.ground.webhooks.outbox
        requests = list(outbox)
        outbox.clear()
        return requests

    def advance(self, now: float) -> None:
        """Move the clock; requests stay in the outbox until `step`."""
        while (timer := self.ground.timeline.pop_due(now)) is not None:
            self.ground.now = max(self.ground.now, timer.at)
            timer.action()
        self.ground.now = max(self.ground.now, now)

    def deliver(self, request_id: int, status: int, content_type: str, body: str, now: float) -> None:
        """Hand back what the program answered to a request."""
        self.advance(now)
        self.ground.webhooks.deliver(request_id, Answer(status, content_type, body))

    def fail(self, request_id: int, failure: Failure, now: float) -> None:
        """Hand back that a request could not be made ("connect") or was not answered in time ("timeout")."""
        self.advance(now)
        self.ground.webhooks.fail(request_id, failure)

    # The program's side.

    def rest(
        self, method: str, path: str, form: Mapping[str, str | Sequence[str]], auth: tuple[str, str] | None, now: float
    ) -> RestResponse:
        """Answer a REST request. `path` may carry a query string; `form` holds the body's (and the query's) fields."""
        self.advance(now)
        return self._rest.request(method, path, form, auth)

    # The world's side.

    def call(
        self, from_: str, to: str, script: Behaviour | None = None, headers: Mapping[str, str] | None = None
    ) -> Call:
        """Somebody calls `to`. `script` says what she presses and when she hangs up; else her phone's behaviour.

        To sip:…@ a domain of the account a trunk brings her, with `headers` of its INVITE.
        """
        return self.machine.incoming(from_, to, script, headers)

    def text(self, from_: str, to: str, body: str) -> Text:
        """Somebody texts `to`."""
        return self.message_desk.receive(from_, to, body)

    def phone(self, address: str) -> Phone:
        """A telephone by its address: a number, client:… or sip:…."""
        return self.ground.phones.phone(address)

    def set_behaviour(self, address: str, behaviour: Behaviour) -> None:
        """Say what a phone does from its next call or text on. A browser's counts as registered from then on."""
        phone = self.phone(address)
        phone.behaviour, phone.reached_until = behaviour, math.inf

    def register(self, address: str, seconds: float) -> None:
        """A page says that this browser's telephone can be rung for so many seconds; what it has then ends with it."""
        phone = self.phone(address)
        phone.reached_until = self.now + seconds

        def gone() -> None:
            if phone.reached_until <= self.now:
                for call in self.calls.values():
                    if call.to == address:
                        call.hang_up()

        self.ground.timeline.at(phone.reached_until, gone)

    def speak(self, call_sid: str, words: str) -> list[str]:
        """Say something at the far end of a call; returns the SIDs of the calls that hear it."""
        call = self.calls[call_sid]
        call.handset.note("said", words)
        hearers: list[Call] = []
        if call.activity is not None and not call.over:
            hearers = call.activity.audience()
            call.activity.spoke(max(1.0, len(words) / self.ground.config.speech_characters_per_second))
        for hearer in hearers:
            hearer.hear(words)
        return [hearer.sid for hearer in hearers]

    # The truth, for tests and loss counting.

    @property
    def calls(self) -> dict[str, Call]:
        """Every call and leg by SID, in order."""
        return self.machine.desk.calls

    @property
    def messages(self) -> dict[str, Text]:
        """Every message by SID, in order, deleted ones too."""
        return self.message_desk.messages

    @property
    def phones(self) -> dict[str, Phone]:
        """Every phone that was ever mentioned."""
        return self.ground.phones.phones

    @property
    def errors(self) -> list[Trouble]:
        """The account's debugger."""
        return self.ground.errors

    def requests(self, kind: str | None = None) -> list[LogEntry]:
        """The webhooks that were sent, newest last; the last few thousand are kept."""
        return [entry for entry in self.ground.webhooks.log if kind in (None, entry.kind)]

    def tally(self) -> tuple[dict[str, int], list[float]]:
        """Over every webhook that was ever sent: outcomes, and the seconds that each answer took, oldest first."""
        webhooks = self.ground.webhooks
        return dict(webhooks.outcomes), [round(one, 3) for one in webhooks.seconds]

    # Faults.

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.ground.dice.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.ground.dice.faults = faults

    def fault_once(self, fault: FaultName, where: str = "") -> None:
        """Let a fault strike the next request whose URL or path contains `where`, once."""
        self.ground.dice.once(fault, where)

    # The state file.

    def drain_journal(self) -> list[dict[str, Any]]:
        """The records of calls and messages since the last time; append them to a file."""
        records = list(self.ground.journal)
        self.ground.journal.clear()
        return records

    def restore(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take calls and messages of an earlier run; calls that were not over end now, as their lines went dead."""
        last: dict[str, Mapping[str, Any]] = {record["sid"]: record for record in records}
        for record in last.values():
            if record["kind"] == "call":
                self.machine.desk.restore(dict(record))
            else:
                self.message_desk.restore(dict(record))
        for call in self.calls.values():
            if not call.over:
                call.finish("completed" if call.answered_at is not None else "failed")
