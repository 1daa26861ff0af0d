"""Whom a step of a ladder reaches: who has one of its roles and may know of the case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from escalation.cases.clock import queries
from escalation.cases.clock.periods import Rule
from escalation.cases.models import Case
from staff import queries as staff_queries


def reached(session: Session, case: Case, roles: Sequence[str]) -> list[UUID]:
    """The accounts that ``roles`` name, in that order: the owner, and who has a role in the case's centre.

    Left out are those barred from the case, and where it is under secrecy everybody without a grant of her own.
    """
    named: list[UUID] = []
    for role in roles:
        if role != queries.OWNER:
            named += staff_queries.accounts_with_role(session, [case.centre_id], role)
        elif case.owner_id is not None:
            named += [
                one.id for one in staff_queries.staff_of(session, [case.owner_id]).values() if not one.disabled_at
            ]
    out = staff_queries.barred_accounts(session, "case", [case.id]).get(case.id, frozenset())
    if case.confidential:
        readers = staff_queries.readers_of(session, "case", case.id)
        granted = {grantee for kind, grantee, _, _ in readers if kind == "staff"}
        named = [one for one in named if one in granted]
    return [one for one in dict.fromkeys(named) if one not in out]


def reaching_step(session: Session, case: Case, rule: Rule, step: int) -> int | None:
    """The first step from ``step`` on that reaches somebody; ``None`` where nobody is left."""
    return next((at for at in range(step, len(rule.ladder)) if reached(session, case, rule.ladder[at])), None)
