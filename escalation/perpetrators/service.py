"""What the perpetrator unit does with a file, one verb each; every act is audited."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.clock import now as database_now
from core.facts import report
from core.ids import new_id, new_reference
from core.outbox import publish
from escalation.perpetrators import queries, rules
from escalation.perpetrators.events import FileClosed, FileOpened
from escalation.perpetrators.models import PerpetratorFile
from staff.errors import MissingPermissionError
from staff.scope import Scope

TOPIC = queries.KIND


class FileError(Exception):
    """An act that is not possible; ``reason`` is a code that a screen words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def open_file(
    session: Session,
    actor: Actor,
    scope: Scope,
    centre_id: UUID,
    display_name: str,
    origin: str,
) -> PerpetratorFile:
    """Open a file ``F-…`` of the unit; who opens it owns it.

    Raises MissingPermissionError for anybody who is not of the unit, and :class:`FileError` for an unknown origin or
    an empty name.
    """
    if not rules.on_perpetrators_side(scope.permissions) or centre_id not in scope.centre_ids or actor.id is None:
        raise MissingPermissionError(scope.actor, "perpetrator.write", TOPIC)
    scope.require("perpetrator.write", TOPIC)
    if origin not in rules.ORIGINS:
        raise FileError("unknown_origin")
    if not display_name.strip():
        raise FileError("empty_name")
    file = PerpetratorFile(
        id=new_id(),
        ref=new_reference("F"),
        centre_id=centre_id,
        origin=origin,
        state="open",
        owner_id=actor.id,
    )
    file.display_name = display_name.strip()
    session.add(file)
    session.flush()
    record(session, actor, "file_opened", TOPIC, file.id, centre_id, origin=origin, ref=file.ref)
    report(session, FileOpened(None, centre_id, file.id, origin))
    publish(session, centre_id, TOPIC, file.id)
    return file


def link_case(session: Session, actor: Actor, scope: Scope, file_id: UUID, case_id: UUID) -> None:
    """Note which case a file belongs to; only who may follow the link may set it. The id is kept sealed."""
    queries.linked_case(session, scope, file_id)
    file = session.get_one(PerpetratorFile, file_id, with_for_update=True)
    file.linked_case = str(case_id)
    session.flush()
    record(session, actor, "file_linked", TOPIC, file.id, file.centre_id)


def close_file(session: Session, actor: Actor, scope: Scope, file_id: UUID) -> None:
    """The unit is done with a file. Closed twice is closed once. Raises OutOfScopeError, MissingPermissionError."""
    file = session.scalars(
        select(PerpetratorFile)
        .where(PerpetratorFile.id == file_id, queries.readable(scope))
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()
    if file is None:
        raise scope.out_of_scope(TOPIC, file_id)
    scope.require_record(session, TOPIC, file_id, file.centre_id, act="write")
    if file.state == "closed":
        return
    file.state, file.closed_at = "closed", database_now(session)
    session.flush()
    record(session, actor, "file_closed", TOPIC, file.id, file.centre_id)
    report(session, FileClosed(None, file.centre_id, file.id))
    publish(session, file.centre_id, TOPIC, file.id)
