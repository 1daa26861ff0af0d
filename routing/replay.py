"""A call played again from what was written down of it: who was asked at which second, who was not, and why.

Pure: rows in, steps out. Nothing is reckoned anew from rules or rotas, which may be others by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, Literal
from uuid import UUID

from routing.reasons import ASKED

Kind = Literal["fact", "heard", "answer", "round"]
#: What happened in one instant, in the order in which it is told: an offer ends before the next are made.
_ORDER: Final[Mapping[Kind, int]] = {"fact": 0, "heard": 1, "answer": 2, "round": 3}
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An offer as it is stored. ``ended_at`` is None while it is open."""

    account_id: UUID
    medium: str
    round: int
    wave: int
    made_at: datetime
    state: str
    until: datetime
    ended_at: datetime | None

    @property
    def unasked(self) -> bool:
        """She took it without being asked: the row was written with her taking, and never stood open."""
        return self.until <= self.made_at


@dataclass(frozen=True, slots=True)
class Thought:
    """Who was thought of with a round of offers; ``people`` are the accounts by the code of their reason."""

    at: datetime
    round: int
    wave: int
    people: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact of the contact, or what she was told (``heard``, with the keys of the phrases)."""

    at: datetime
    kind: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """One person in a round: how she was asked, or nothing, and the code of why; None where none was written down."""

    account_id: UUID
    medium: str = ""
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one instant."""

    at: datetime
    kind: Kind
    #: A fact, or what she was told.
    what: Happened | None = None
    #: An answer: how the offers of these people ended.
    state: str = ""
    people: tuple[Person, ...] = ()
    #: The offers ended in the very instant in which they were made.
    at_once: bool = False
    #: A round: its wave, who was asked in it, who still was, and who was not.
    wave: int = 0
    asked: tuple[Person, ...] = ()
    still_asked: tuple[Person, ...] = ()
    not_asked: tuple[Person, ...] = ()


def asked_at(offers: Iterable[OfferMade], moment: datetime) -> frozenset[tuple[UUID, str]]:
    """Who was being asked at a moment, and how."""
    return frozenset((one.account_id, one.medium) for one in offers if _stands(one, moment))


def _stands(offer: OfferMade, moment: datetime) -> bool:
    return not offer.unasked and offer.made_at <= moment and (offer.ended_at is None or moment < offer.ended_at)


def replay(offers: Sequence[OfferMade], thoughts: Sequence[Thought], happened: Iterable[Happened]) -> tuple[Step, ...]:
    """Every fact, every round of offers and every end of an offer, in the order of their time."""
    steps = [Step(one.at, "heard" if one.kind == "heard" else "fact", what=one) for one in happened]
    steps += _answers(offers)
    steps += _rounds(offers, thoughts)
    # Stable: what happened in one instant keeps the order in which it was written down.
    return tuple(sorted(steps, key=lambda step: (step.at, _AT_ONCE if step.at_once else _ORDER[step.kind])))


def _answers(offers: Iterable[OfferMade]) -> list[Step]:
    """How offers ended; those that ended together in one way are one step."""
    ended = [(one.ended_at, one.state, one.made_at == one.ended_at, one) for one in offers if one.ended_at is not None]
    ended.sort(key=lambda entry: entry[:3])
    return [
        Step(
            at,
            "answer",
            state=state,
            people=tuple(Person(one.account_id, one.medium) for *_, one in group),
            at_once=at_once,
        )
        for (at, state, at_once), group in groupby(ended, key=lambda entry: entry[:3])
    ]


def _rounds(offers: Sequence[OfferMade], thoughts: Sequence[Thought]) -> list[Step]:
    """The moments at which people were asked, or the reasons of those who were not changed."""
    asked = [one for one in offers if not one.unasked]
    moments = sorted({one.made_at for one in asked} | {one.at for one in thoughts})
    known = sorted(thoughts, key=attrgetter("at"))
    return [_round(moment, asked, [one for one in known if one.at <= moment]) for moment in moments]


def _round(moment: datetime, offers: Sequence[OfferMade], known: Sequence[Thought]) -> Step:
    new = [one for one in offers if one.made_at == moment]
    round_ = new[0].round if new else known[-1].round
    # What was written down before she came back into the queue says nothing of the round after it.
    latest = [one for one in known if one.round == round_][-1:]
    reasons = _by_account(latest[0].people) if latest else {}
    before = [one for one in offers if one.made_at < moment and _stands(one, moment)]
    named = {one.account_id for one in (*new, *before)}
    left_out = [
        Person(account_id, why=why)
        for account_id, why in reasons.items()
        if account_id not in named and why not in ASKED
    ]
    return Step(
        moment,
        "round",
        wave=new[0].wave if new else known[-1].wave,
        asked=tuple(_person(one, reasons) for one in new),
        still_asked=tuple(_person(one, reasons) for one in before),
        not_asked=tuple(left_out),
    )


def _by_account(people: Mapping[str, Sequence[str]]) -> dict[UUID, str]:
    return {UUID(account_id): why for why, accounts in people.items() for account_id in accounts}


def _person(offer: OfferMade, reasons: Mapping[UUID, str]) -> Person:
    why = reasons.get(offer.account_id)
    return Person(offer.account_id, offer.medium, why if why in ASKED else None)


__all__ = ["Happened", "Kind", "OfferMade", "Person", "Step", "Thought", "asked_at", "replay"]
