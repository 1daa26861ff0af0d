"""A breach of a measure and the coercive detention that answers it (Law 6284, Art. 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from escalation.cases.register.catalogues import Detention
from escalation.cases.register.rules.machine import Machine, moves

State = Literal["reported", "filed", "accepted", "refused", "objected", "executed"]
STATES: Final[tuple[State, ...]] = get_args(State)
FiledWith = Literal["prosecutor", "court"]
FILED_WITH: Final[tuple[FiledWith, ...]] = get_args(FiledWith)

#: An objection reopens the court's word on detention, whichever it was; detention is carried out once it stands.
MACHINE: Final = Machine(
    "breach",
    ("reported",),
    STATES,
    moves(
        file=("reported", "filed"),
        accept=("filed objected", "accepted"),
        refuse=("filed objected", "refused"),
        object=("accepted refused", "objected"),
        execute=("accepted", "executed"),
    ),
)
#: Breaches that wait for somebody's act or word.
OPEN: Final = ("reported", "filed", "objected")
#: Breaches on which no court has decided: only these can be called off as a mistake.
UNDECIDED: Final = ("reported", "filed")


def call_off_refusal(state: str, *, called_off: bool) -> str | None:
    """Why a breach cannot be called off as a mistake, as a code; ``None`` where it can.

    What a court decided about it stands in the ledger of detention and counts for the next one (Art. 13/2): that is
    objected to, not taken back.
    """
    if called_off:
        return "called_off"
    return None if state in UNDECIDED else "court_decided"


def detention_hints(days: int, earlier: Sequence[int], lengths: Detention) -> tuple[str, ...]:
    """What is unusual about a length of ``days``, as codes to confirm; never a refusal.

    ``earlier`` are the days ordered for the same decision before: with any of them this is a repeat (15 to 30 days),
    without it the first (3 to 10), and together they stay within six months.
    """
    found = []
    span = lengths.repeated if earlier else lengths.first
    if not span.least <= days <= span.most:
        found.append("outside_repeated" if earlier else "outside_first")
    if days + sum(earlier) > lengths.cap.days:
        found.append("over_cap")
    return tuple(found)
