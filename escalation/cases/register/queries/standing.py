"""The register's answer for one person: what protects her now, until when, what is missing, what to do today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now as database_now
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.queries.records import application_views, breach_views, decision_views
from escalation.cases.register.queries.views import BreachView, DecisionView, ItemView
from escalation.cases.register.rules import decisions
from escalation.cases.register.rules import standing as rules
from staff.rules import ISTANBUL
from staff.scope import Scope


@dataclass(frozen=True, slots=True, repr=False)
class Protection:
    """A measure that protects her, or of which nobody knows whether it still does."""

    decision: DecisionView
    item: ItemView
    #: False where its approval is still to come or unknown, or where it is over by one reading of its start.
    certain: bool


@dataclass(frozen=True, slots=True, repr=False)
class Standing:
    """The whole answer. ``protected``: yes, waiting (for an approval), unknown, none_known."""

    protected: rules.Protected
    #: The day until which she is surely protected by something, and the latest end of anything; ``None``: no end known.
    surely_until: date | None
    until: date | None
    #: Every decision of the case, from which all this follows.
    decisions: tuple[DecisionView, ...]
    protections: tuple[Protection, ...]
    missing: tuple[str, ...]
    today: tuple[rules.Act, ...]
    #: Breaches that wait for somebody, and detentions that go on or come.
    open_breaches: tuple[BreachView, ...]
    detained_until: date | None


def standing(session: Session, scope: Scope, case_id: UUID) -> Standing | None:
    """What the register knows of her protection; ``None`` where the reader may not know of her."""
    visible = select(Case.id).where(Case.id == case_id, access.readable(scope))
    if session.execute(visible).one_or_none() is None:
        return None
    day = database_now(session).astimezone(ISTANBUL).date()
    found = decision_views(session, scope, case_id)
    asked = [
        rules.Asked(one.state, one.purpose, secrecy=one.asks_secrecy)
        for one in application_views(session, scope, case_id)
    ]
    breaches = [one for one in breach_views(session, scope, case_id) if one.called_off_at is None]
    held = [_held(one) for one in found]
    protections = tuple(_protections(found, day))
    ends = [one.item.ends for one in protections]
    certain = [one.item.safe_ends for one in protections if one.certain]
    detained = [one.ends_on for one in breaches if one.ends_on is not None and one.ends_on >= day]
    return Standing(
        protected=rules.protected(held, day),
        surely_until=None if None in certain else max((end for end in certain if end is not None), default=None),
        until=None if None in ends else max((end for end in ends if end is not None), default=None),
        decisions=tuple(found),
        protections=protections,
        missing=rules.missing(held, asked),
        today=rules.today(held, asked, [one.state for one in breaches], day),
        open_breaches=tuple(one for one in breaches if one.state in ("reported", "filed", "objected", "accepted")),
        detained_until=max(detained, default=None),
    )


def _held(decision: DecisionView) -> rules.Held:
    live = decision.live
    return rules.Held(
        state=decision.state,
        protects=bool(live),
        safe_end=decision.first_end,
        end_known=all(item.safe_ends is not None for item in live if item.measure.side == "preventive"),
        served=decision.served,
        secrecy=any(item.measure.secrecy for item in live),
    )


def _protections(found: Iterable[DecisionView], day: date) -> Iterator[Protection]:
    for decision in found:
        if decision.state not in (*decisions.IN_FORCE, *decisions.WAITING):
            continue
        for item in decision.live:
            certain = decision.in_force and (item.safe_ends is None or item.safe_ends >= day)
            yield Protection(decision, item, certain)
