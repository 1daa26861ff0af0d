"""An objection runs beside its decision (Law 6284, Art. 9): filed, then accepted or rejected; it is final."""

from __future__ import annotations

from typing import Final, Literal, get_args

from escalation.cases.register.rules.machine import Machine, moves

State = Literal["filed", "accepted", "rejected"]
STATES: Final[tuple[State, ...]] = get_args(State)
Party = Literal["protected", "perpetrator", "ministry", "prosecutor"]
PARTIES: Final[tuple[Party, ...]] = get_args(Party)
#: What an accepted objection did to the decision.
Effect = Literal["none", "lifted", "modified"]
EFFECTS: Final[tuple[Effect, ...]] = get_args(Effect)

MACHINE: Final = Machine(
    "objection",
    ("filed",),
    STATES,
    moves(accept=("filed", "accepted"), reject=("filed", "rejected")),
)
