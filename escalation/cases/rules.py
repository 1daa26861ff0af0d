"""Decisions about cases: what may follow what, when one may be closed, who reads which note. No database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

State = Literal["open", "assessment", "planned", "active", "monitoring", "closed", "reopened"]
STATES: Final[tuple[State, ...]] = get_args(State)
ClosureReason = Literal["safe", "moved", "no_contact", "withdrew", "death", "transferred", "other"]
CLOSURE_REASONS: Final[tuple[ClosureReason, ...]] = get_args(ClosureReason)
NoteKind = Literal["team", "legal", "author_only"]
NOTE_KINDS: Final[tuple[NoteKind, ...]] = get_args(NoteKind)

#: A case goes on, may go back to an earlier piece of work, and may be closed from anywhere; only a closed one reopens.
_NEXT: Final[dict[State, frozenset[State]]] = {
    "open": frozenset({"assessment", "planned", "active", "closed"}),
    "assessment": frozenset({"planned", "active", "closed"}),
    "planned": frozenset({"assessment", "active", "closed"}),
    "active": frozenset({"assessment", "planned", "monitoring", "closed"}),
    "monitoring": frozenset({"assessment", "active", "closed"}),
    "closed": frozenset({"reopened"}),
    "reopened": frozenset({"assessment", "planned", "active", "monitoring", "closed"}),
}

#: A night card is read for so long after the contact it was given for.
CARD_LASTS: Final = timedelta(minutes=30)
#: Who has not written for so long is no longer in conversation.
TEXT_LASTS: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class OpenDuties:
    """What still stands when somebody wants to close a case."""

    open_tasks: int = 0
    unread_contacts: int = 0
    measures_in_force: int = 0

    @property
    def any(self) -> bool:
        """Whether anything stands."""
        return self.open_tasks > 0 or self.unread_contacts > 0 or self.measures_in_force > 0


def possible(state: str) -> tuple[State, ...]:
    """The states a case may take next, in their usual order."""
    following = next((items for known, items in _NEXT.items() if known == state), frozenset[State]())
    return tuple(item for item in STATES if item in following)


def refusal(
    before: str,
    after: str,
    *,
    reason: str | None,
    duties: OpenDuties,
    may_close_over_duty: bool,
    words: str,
) -> str | None:
    """Why a change of state is refused, as a code; ``None`` when it may be done.

    Closing needs a reason of the closed list. With an open task, an unread contact or a measure in force it is refused,
    unless somebody who may (the director) states why.
    """
    if after not in possible(before):
        return "not_possible"
    if after != "closed":
        return None
    if reason not in CLOSURE_REASONS:
        return "no_closure_reason"
    if not duties.any:
        return None
    if not may_close_over_duty:
        return "open_duties"
    return None if words.strip() else "open_duties_need_words"


def reads_note(kind: str, *, is_author: bool, roles: Collection[str]) -> bool:
    """Whether a reader of the case may read a note: legal notes are for lawyers and directors, and for their author."""
    if is_author or kind == "team":
        return True
    return kind == "legal" and bool({"legal", "director"} & set(roles))


def on_survivors_side(permissions: Collection[str]) -> bool:
    """Whether somebody may stand on this side of the wall: who works on perpetrator files may not (Art. 15/4)."""
    return "perpetrator.write" not in permissions


def over_at(
    channel: str, ended_at: datetime | None, last_text_at: datetime | None, moment: datetime
) -> datetime | None:
    """When a contact was over for the one who has her; ``None`` while it lasts.

    A call is over when she hangs up. A text conversation stays open until somebody closes it: left alone for long, it
    was over before.
    """
    if ended_at is not None or channel == "voice" or last_text_at is None:
        return ended_at
    silent = last_text_at + TEXT_LASTS
    return silent if silent <= moment else None


def card_until(over: datetime | None, moment: datetime) -> datetime | None:
    """Until when a night card may be given that is read at ``moment``; ``None`` where it may not be given any more."""
    until = (moment if over is None else over) + CARD_LASTS
    return until if until > moment else None
