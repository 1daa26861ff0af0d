"""A carrier without a network: it takes what it is told to take, and remembers everything it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotline.carriers.protocol import Accepted, CarrierUnavailable, Outcome, RemoteCall, RemoteText
from tests.support.line import fresh_sid


@dataclass(frozen=True)
class Act:
    """One request that the house made."""

    what: str
    to: str
    sid: str
    token: str = ""
    url: str = ""
    body: str = ""
    validity_s: int = 0


@dataclass
class FakeCarrier:
    """Every act is accepted unless ``answer`` says otherwise; what is accepted is listed, unless ``listing`` is off."""

    now: Callable[[], datetime]
    #: Asked before each act with what it is; an outcome other than None is the answer.
    answer: Callable[[Act], Outcome | None] = lambda _act: None
    #: Whether an act that ``answer`` decided was taken all the same (the answer was lost on its way).
    taken_all_the_same: bool = False
    listing: bool = True
    away: bool = False
    acts: list[Act] = field(default_factory=list)
    texts: list[RemoteText] = field(default_factory=list)
    calls: list[RemoteCall] = field(default_factory=list)
    reports_to: str = "/twilio/sms/status"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, to: str) -> list[Act]:
        """What was asked for one number or call."""
        return [act for act in self.acts if act.to == to]

    def send_text(self, *, to: str, from_: str, body: str, token: str, status_url: str, validity_s: int) -> Outcome:
        act = Act("text", to, fresh_sid("SM"), token, status_url, body, validity_s)
        return self._take(act, self.texts, self.text(act.sid, from_, to, body, inbound=False))

    def place_call(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        fallback_url: str,
        status_url: str,
        token: str,
        timeout_s: int,
        detect_machine: bool = False,
    ) -> Outcome:
        assert detect_machine is ("/called/" in url)
        act = Act("call", to, fresh_sid("CA"), token, url, "", timeout_s)
        assert status_url
        assert fallback_url
        return self._take(act, self.calls, self.call(act.sid, from_, to, inbound=False))

    def redirect_call(self, sid: str, *, url: str, fallback_url: str) -> Outcome:
        assert fallback_url
        return self._take(Act("redirect", sid, sid, url=url), None, None)

    def end_call(self, sid: str) -> Outcome:
        return self._take(Act("end", sid, sid), None, None)

    def mute(self, sid: str, *, room: str, muted: bool) -> Outcome:
        assert room
        return self._take(Act("mute" if muted else "speak", sid, sid), None, None)

    def redact_text(self, sid: str) -> Outcome:
        return self._take(Act("redact", sid, sid), None, None)

    def find_texts(self, to: str, since: datetime) -> tuple[RemoteText, ...]:
        return tuple(text for text in self._listed(self.texts) if text.recipient == to and text.created_at >= since)

    def find_calls(self, to: str, since: datetime) -> tuple[RemoteCall, ...]:
        return tuple(call for call in self._listed(self.calls) if call.called == to and call.created_at >= since)

    def find_text(self, sid: str) -> RemoteText | None:
        return next((text for text in self._listed(self.texts) if text.sid == sid), None)

    def find_call(self, sid: str) -> RemoteCall | None:
        return next((call for call in self._listed(self.calls) if call.sid == sid), None)

    def list_inbound_texts(self, since: datetime) -> tuple[RemoteText, ...]:
        return tuple(text for text in self._listed(self.texts) if text.inbound and text.created_at >= since)

    def list_inbound_calls(self, since: datetime) -> tuple[RemoteCall, ...]:
        return tuple(call for call in self._listed(self.calls) if call.inbound and call.created_at >= since)

    def text(self, sid: str, sender: str, to: str, body: str, *, inbound: bool, status: str = "queued") -> RemoteText:
        """A message as the carrier lists it, made now."""
        return RemoteText(
            sid=sid,
            sender=sender,
            recipient=to,
            body=body,
            status=status,
            error_code=None,
            inbound=inbound,
            created_at=self.now(),
        )

    def call(self, sid: str, caller: str, to: str, *, inbound: bool, status: str = "queued") -> RemoteCall:
        """A call as the carrier lists it, made now."""
        return RemoteCall(
            sid=sid,
            parent_sid=None,
            caller=caller,
            called=to,
            status=status,
            inbound=inbound,
            created_at=self.now(),
        )

    def _take(self, act: Act, kept: list[Any] | None, record: Any) -> Outcome:
        with self._lock:
            answer = self.answer(act)
            if answer is None or self.taken_all_the_same:
                self.acts.append(act)
                if kept is not None:
                    kept.append(record)
            return answer if answer is not None else Accepted(act.sid)

    def _listed(self, records: list[Any]) -> list[Any]:
        if self.away:
            raise CarrierUnavailable("away")
        return list(reversed(records)) if self.listing else []


__all__ = ["Act", "FakeCarrier"]
