"""Taking rows of the register out of the house: two people, and the audit says how many."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from escalation.cases.register import access
from escalation.cases.register.queries.search import ExportRow, Terms, export_rows
from staff.night_acts import use_act
from staff.scope import Scope

#: The act that a second person approves (``staff/catalogue/four_eyes.yaml``); its subject is the centre's register.
ACT = "export_records"


def export_register(session: Session, actor: Actor, scope: Scope, centre_id: UUID, terms: Terms) -> list[ExportRow]:
    """Rows for an export, with an approval of ``export_records`` for this centre's register, which is spent by it.

    Raises MissingPermissionError, OutOfScopeError for another centre, and :class:`staff.errors.FourEyesError`.
    """
    scope.require("export.make", access.KIND, centre_id)
    scope.require("register.read", access.KIND, centre_id)
    if centre_id not in scope.centre_ids:
        raise scope.out_of_scope(access.KIND, centre_id)
    use_act(session, actor, ACT, access.KIND, centre_id)
    rows = export_rows(session, scope, terms)
    record(session, actor, "register_exported", access.KIND, centre_id, centre_id, rows=len(rows))
    return rows
