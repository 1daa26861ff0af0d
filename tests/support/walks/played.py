"""What is known of a run when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from practice.calls import Call as Carried
from tests.support.walks.draw import Caller, Member, Run
from tests.support.world import Person


@dataclass
class Played:
    """What is known of a run when it is over."""

    run: Run
    began: float
    fallback: str | None
    calls: list[tuple[Caller, Carried]] = field(default_factory=list)
    #: When she hung up herself, by the SID of her call.
    hung_up: dict[str, float] = field(default_factory=dict)
    people: list[tuple[Member, Person]] = field(default_factory=list)
    #: Every answer of ours with what it was asked for.
    documents: list[tuple[str, str, str]] = field(default_factory=list)
    #: How many troubles of the carrier's debugger stood there before.
    errors_before: int = 0
