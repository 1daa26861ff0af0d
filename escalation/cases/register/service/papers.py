"""Papers, sealed with the case's key and known by their hash; and the directory of authorities."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.actor import Actor
from core.audit import record
from core.crypto import open_bytes, seal_bytes
from core.ids import new_id
from core.text import fold_tr
from escalation.cases.models import Case
from escalation.cases.register import access
from escalation.cases.register.models import Authority, Decision, Document
from escalation.cases.register.rules import decisions, papers
from escalation.cases.register.rules.errors import RegisterError
from escalation.cases.register.service import acts
from staff import queries as staff_queries
from staff.scope import Scope

_TITLE_LENGTHS = range(2, 121)


def add_document(
    session: Session, actor: Actor, scope: Scope, case_id: UUID, content: bytes, *, title: str = ""
) -> UUID:
    """Keep a paper of a case, sealed; returns its id. The same paper twice is the same document.

    Also whoever may write in the case adds one. Raises OutOfScopeError, MissingPermissionError, and
    :class:`RegisterError`: empty, too_large (10 MiB), unknown_type (told by the content).
    """
    case = access.held(session, scope, case_id, in_case=True)
    refusal = papers.refusal(content)
    if refusal is not None:
        raise RegisterError(refusal)
    digest = hashlib.sha256(content).hexdigest()
    same = select(Document.id).where(Document.case_id == case.id, Document.sha256 == digest)
    known = session.execute(same).scalar_one_or_none()
    if known is not None:
        return known
    key_id, document_id = case.data_key_id, new_id()
    if key_id is None:
        raise RegisterError("no_key")
    document = Document(
        id=document_id,
        data_key_id=key_id,
        case_id=case.id,
        media_type=papers.media_type(content),
        size=len(content),
        sha256=digest,
        content_sealed=seal_bytes(session, key_id, Document.__tablename__, "content", document_id, content),
        added_by=actor.id,
    )
    document.title = title.strip() or None
    session.add(document)
    acts.note(session, actor, case, "document_added", "document", document_id, size=len(content), sha256=digest)
    return document_id


def open_document(session: Session, actor: Actor, scope: Scope, document_id: UUID) -> tuple[str, bytes]:
    """(media type, content) of a paper; its opening is audited. Raises OutOfScopeError.

    Raises :class:`RegisterError` ``erased`` where its key was dropped, ``damaged`` where its hash is another.
    """
    document = session.scalars(
        select(Document)
        .join(Case, Case.id == Document.case_id)
        .where(Document.id == document_id, access.readable(scope)),
    ).one_or_none()
    if document is None or document.data_key_id is None:
        raise scope.out_of_scope("document", document_id)
    place = (document.data_key_id, Document.__tablename__, "content", document.id)
    content = open_bytes(session, *place, document.content_sealed)
    if content is None:
        raise RegisterError("erased")
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise RegisterError("damaged")
    centre_id = session.execute(select(Case.centre_id).where(Case.id == document.case_id)).scalar_one()
    record(session, actor, "document_opened", "document", document.id, centre_id, case=str(document.case_id))
    return document.media_type, content


def attach_document(session: Session, actor: Actor, scope: Scope, decision_id: UUID, document_id: UUID) -> None:
    """The paper of a decision that was entered before it was at hand.

    Raises OutOfScopeError, MissingPermissionError, and :class:`RegisterError` unknown_document.
    """
    case, decision = acts.held(session, scope, Decision, decision_id)
    document = session.get(Document, document_id)
    if document is None or document.case_id != case.id:
        raise RegisterError("unknown_document")
    decision.document_id = document_id
    acts.note(session, actor, case, "document_attached", "decision", decision.id, document=str(document_id))


def add_authority(session: Session, actor: Actor, scope: Scope, kind: str, province_code: str, title: str) -> UUID:
    """A court, office or police unit by its name; however it is typed, it stands once. Returns its id.

    Raises MissingPermissionError, and :class:`RegisterError`: unknown_authority, unknown_province, wrong_title.
    """
    if not (scope.may("register.write") or scope.may("case.write")):
        scope.require("register.write", "authority")
    acts.one_of(kind, decisions.AUTHORITIES, "unknown_authority")
    written, folded = " ".join(title.split()), fold_tr(title)
    if len(written) not in _TITLE_LENGTHS:
        raise RegisterError("wrong_title")
    if province_code not in {item.code for item in staff_queries.provinces(session)}:
        raise RegisterError("unknown_province")
    row = {"id": new_id(), "kind": kind, "province_code": province_code, "title": written, "folded": folded}
    made = session.execute(
        insert(Authority).values(**row, made_by=actor.id).on_conflict_do_nothing().returning(Authority.id),
    ).scalar_one_or_none()
    if made is not None:
        record(session, actor, "authority_added", "authority", made, kind=kind, province=province_code)
        return made
    known = select(Authority.id).where(
        Authority.kind == kind, Authority.province_code == province_code, Authority.folded == folded
    )
    return session.execute(known).scalar_one()
