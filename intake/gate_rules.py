"""May we call or write to her now? Pure: what is known goes in, a yes or the reasons for a no come out.

The order of the promises decides: a woman who has just written may be answered by a person, because she holds the
telephone; anything that begins with us, or comes later, needs what she agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Channel = Literal["sms", "voice"]
Purpose = Literal["reply", "automatic", "callback"]
Allowance = Literal["unasked", "never", "neutral", "ok"]

ISTANBUL: Final = ZoneInfo("Europe/Istanbul")
#: A text of hers is so fresh that she holds the telephone herself, in all likelihood.
FRESH_S: Final = 30 * 60
#: Without an agreement a person may still answer her text for so long; later the telephone may lie anywhere.
UNAGREED_S: Final = 12 * 3600
#: A permit outlives the writing of one answer and no more.
PERMIT_S: Final = 10 * 60

#: Every reason the gate can refuse for, the gravest first.
REASONS: Final = (
    "no_address",
    "compromised",
    "opted_out",
    "never",
    "never_first",
    "not_alone",
    "late",
    "doubted",
    "automatic_off",
    "not_agreed",
    "expired",
    "outside_window",
    "named_line",
    "called_lately",
    "stale",
)


@dataclass(frozen=True, slots=True)
class Window:
    """When she may be reached, in Istanbul: ISO weekdays (empty: all) and minutes after midnight (None: all day).

    ``until`` is not part of the window. One that passes midnight belongs to the day on which it begins.
    """

    days: frozenset[int] = frozenset()
    since: int | None = None
    until: int | None = None

    def contains(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in the window."""
        local = moment.astimezone(ISTANBUL)
        minute, day = local.hour * 60 + local.minute, local.isoweekday()
        since, until = self.since or 0, 24 * 60 if self.until is None else self.until
        if since < until:
            return self._on(day) and since <= minute < until
        if minute >= since:
            return self._on(day)
        return minute < until and self._on((day - 2) % 7 + 1)

    def next(self, moment: datetime) -> tuple[datetime, datetime | None]:
        """When the window opens that ``moment`` lies in, or the next one after it, and when it closes (None: never)."""
        if not self.days and self.since is None and self.until is None:
            return moment, None
        since, until = self.since or 0, 24 * 60 if self.until is None else self.until
        minutes = until - since if since < until else until - since + 24 * 60
        midnight = moment.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
        # From yesterday, whose window may have passed midnight, to the same day of the next week.
        for ahead in range(-1, 8):
            day = midnight + timedelta(days=ahead)
            opens = day + timedelta(minutes=since)
            closes = opens + timedelta(minutes=minutes)
            if self._on(day.isoweekday()) and closes > moment:
                return opens, closes
        message = "a window without a day"
        raise ValueError(message)

    def _on(self, day: int) -> bool:
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True)
class Agreement:
    """What her safe-contact record says about the channel; ``unasked`` where it speaks of another one alone."""

    allows: Allowance
    window: Window = field(default_factory=Window)
    expired: bool = False

    def of_another(self) -> Agreement:
        """What somebody else agreed to on this telephone: it forbids and names hours, and allows nothing."""
        return replace(self, allows="unasked") if self.allows != "never" else self


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known when somebody wants to call or write to her."""

    channel: Channel
    purpose: Purpose
    by_person: bool
    now: datetime
    has_address: bool = True
    opted_out: bool = False
    #: She has written since she asked us to stop: that text may be answered, and nothing else, because an
    #: opt-out closes what begins with us and never what begins with her.
    wrote_since_opt_out: bool = False
    compromised: bool = False
    not_alone: bool = False
    #: Whoever speaks in this contact is not she, or only disturbs: nothing begins with us because of it.
    never_first: bool = False
    #: The contact came in by replay or reconciler.
    late: bool = False
    #: Who wrote did not give the agreed answer.
    doubted: bool = False
    automatic_on: bool = False
    #: None: nothing was agreed with her, about no channel.
    agreement: Agreement | None = None
    #: The line whose number she would see says in its greeting who we are, to whoever rings it.
    named_line: bool = False
    #: We called her so lately, or so often, that her telephone does not ring for us now.
    called_lately: bool = False
    #: Seconds since her last text in this contact; None if she never wrote.
    since_inbound_s: float | None = None


def refusals(standing: Standing) -> tuple[str, ...]:
    """The reasons against it in the order of :data:`REASONS`; empty means yes."""
    found = _forbidden(standing)
    if standing.purpose == "automatic" or not standing.by_person:
        found |= _against_automatic(standing)
    found |= _against_the_hour(standing)
    if standing.channel == "voice":
        found |= _against_the_call(standing)
    return tuple(reason for reason in REASONS if reason in found)


def _forbidden(standing: Standing) -> set[str]:
    """What no freshness and no purpose can outweigh."""
    checks = {
        "no_address": not standing.has_address,
        "compromised": standing.compromised,
        "opted_out": standing.opted_out and standing.channel == "sms" and not _reopened(standing),
        "never": standing.agreement is not None and standing.agreement.allows == "never",
        "never_first": standing.never_first and (standing.channel == "voice" or standing.purpose != "reply"),
        "not_alone": standing.not_alone,
    }
    return {reason for reason, holds in checks.items() if holds}


def _against_automatic(standing: Standing) -> set[str]:
    checks = {"late": standing.late, "doubted": standing.doubted, "automatic_off": not standing.automatic_on}
    return {reason for reason, holds in checks.items() if holds}


def _against_the_call(standing: Standing) -> set[str]:
    """Whoever finds our number on her telephone may ring it; and one that rings again and again is noticed."""
    found = {"called_lately"} if standing.called_lately else set()
    neutral = standing.agreement is not None and standing.agreement.allows == "neutral"
    return found | {"named_line"} if standing.named_line and neutral else found


def _against_the_hour(standing: Standing) -> set[str]:
    if _answers_her_own_text(standing):
        return set()
    agreement = standing.agreement
    if agreement is None:
        return _unagreed(standing)
    # Hours that she named bind this channel too; they do not open it.
    found = _unagreed(standing) if agreement.allows == "unasked" else set()
    if agreement.expired:
        found.add("expired")
    if not agreement.window.contains(standing.now):
        found.add("outside_window")
    return found


def _answers_her_own_text(standing: Standing) -> bool:
    return (
        standing.channel == "sms"
        and standing.purpose == "reply"
        and standing.by_person
        and standing.since_inbound_s is not None
        and standing.since_inbound_s <= FRESH_S
    )


def _reopened(standing: Standing) -> bool:
    return standing.wrote_since_opt_out and _answers_her_own_text(standing)


def _unagreed(standing: Standing) -> set[str]:
    """Nothing was agreed: never a call; a text only in answer to hers, by a machine at once, by a person today."""
    if standing.channel == "voice" or standing.purpose == "callback" or standing.since_inbound_s is None:
        return {"not_agreed"}
    limit = UNAGREED_S if standing.by_person and standing.purpose == "reply" else FRESH_S
    return {"stale"} if standing.since_inbound_s > limit else set()
