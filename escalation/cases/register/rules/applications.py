"""An application for measures: written, approved by her, filed, answered. Nothing is filed that she did not approve."""

from __future__ import annotations

from typing import Final, Literal, get_args

from escalation.cases.register.rules.machine import Machine, moves

State = Literal["draft", "approved_by_her", "filed", "granted", "partly_granted", "refused", "withdrawn"]
STATES: Final[tuple[State, ...]] = get_args(State)
Purpose = Literal["measures", "extension", "secrecy", "monitoring", "breach"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
#: How she approved what is filed for her.
Manner = Literal["oral", "written"]
MANNERS: Final[tuple[Manner, ...]] = get_args(Manner)

MACHINE: Final = Machine(
    "application",
    ("draft",),
    STATES,
    moves(
        approve=("draft", "approved_by_her"),
        file=("approved_by_her", "filed"),
        grant=("filed", "granted"),
        grant_partly=("filed", "partly_granted"),
        refuse=("filed", "refused"),
        withdraw=("draft approved_by_her filed", "withdrawn"),
    ),
)
#: The states in which somebody still has to do something about it.
OPEN: Final = ("draft", "approved_by_her", "filed")
