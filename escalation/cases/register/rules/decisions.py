"""A decision on measures: a judge's or civil authority's, or an urgent one of the police that must be approved.

Unknown is not lapsed: past the legal moment an urgent decision whose answer nobody knows is ``approval_unknown``, and
only a person who asked makes it ``lapsed`` (Law 6284, Art. 3/2 and 5/2; Reg. Art. 29). A decision that was extended or
modified protects as an active one does, and may be extended, modified or lifted again (Art. 8/2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal, get_args

from escalation.cases.register.catalogues import Approver, Authority, Measure
from escalation.cases.register.rules.machine import Machine, moves

State = Literal[
    "issued",
    "issued_urgent",
    "submitted",
    "approval_unknown",
    "active",
    "extended",
    "modified",
    "refused",
    "lapsed",
    "lifted",
    "expired",
]
STATES: Final[tuple[State, ...]] = get_args(State)
AUTHORITIES: Final[tuple[Authority, ...]] = get_args(Authority)
APPROVERS: Final[tuple[Approver, ...]] = get_args(Approver)

MACHINE: Final = Machine(
    "decision",
    ("issued", "issued_urgent"),
    STATES,
    moves(
        take_effect=("issued", "active"),
        submit=("issued_urgent", "submitted"),
        approve=("submitted approval_unknown", "active"),
        refuse=("submitted approval_unknown", "refused"),
        lose_sight=("issued_urgent submitted", "approval_unknown"),
        lapse=("approval_unknown", "lapsed"),
        extend=("active extended modified", "extended"),
        modify=("active extended modified", "modified"),
        lift=("active extended modified", "lifted"),
        expire=("active extended modified", "expired"),
    ),
)
#: Decisions that protect, as far as the register knows.
IN_FORCE: Final = ("active", "extended", "modified")
#: Urgent decisions that protect until the answer, or of which nobody knows whether they still do.
WAITING: Final = ("issued_urgent", "submitted", "approval_unknown")
#: Nothing follows these.
ENDED: Final = ("refused", "lapsed", "lifted", "expired")


def authority_refusal(authority: str, measures: Iterable[Measure]) -> str | None:
    """Why these measures cannot stand in one decision, as a code; ``None`` where they can.

    Only an urgent decision is refused anything: its measures wait for one approving authority, whose clock is theirs,
    so a paper of the police with measures of Art. 3 and of Art. 5 is entered as two decisions.
    """
    if authority not in AUTHORITIES:
        return "unknown_authority"
    sides = {measure.side for measure in measures} - {"companion"}
    if authority == "police_chief" and len(sides) > 1:
        return "two_approvers"
    return None


def approver_of(measures: Iterable[Measure]) -> Approver:
    """Who approves an urgent decision: the judge what is preventive, the civil authority what is protective."""
    return "judge" if any(measure.side == "preventive" for measure in measures) else "civil_authority"


def hints(authority: str, measures: Iterable[Measure]) -> tuple[str, ...]:
    """What is unusual about who decided, as ``code:measure``: courts differ, so it is told and never refused."""
    found = []
    for measure in measures:
        if authority == "police_chief":
            if measure.urgent is None:
                found.append(f"not_usually_urgent:{measure.code}")
        elif authority not in measure.issued_by:
            found.append(f"another_authority:{measure.code}")
    return tuple(found)


def unconfirmed(told: Iterable[str], confirmed: Collection[str]) -> tuple[str, ...]:
    """The hints that nobody has confirmed yet."""
    return tuple(hint for hint in told if hint not in confirmed)


def lapse_refusal(unknown_at: datetime | None, learned_at: datetime) -> str | None:
    """Why a person's word that no approval was given is not taken, as a code; ``None`` where it is.

    Whoever was told before the end, to the minute, was told of an approval that could still come.
    """
    if unknown_at is not None and learned_at < unknown_at.replace(second=0, microsecond=0):
        return "before_the_end"
    return None
