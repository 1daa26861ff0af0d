"""The panel of the person: until somebody checked who speaks, nothing but that the number is known."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.i18n import gettext as _
from dashboard.answers import safe_hours_of
from dashboard.board import channel_of
from dashboard.presenters import EarlierContact, Option, PersonPanel
from dashboard.safe_hours import say_hours
from escalation.cases import queries as cases
from hotline import queries as hotline
from intake import queries as intake
from intake.codes import fields as coded_fields
from intake.queries import IntakeView, SafeContactView
from staff.scope import Scope

#: The act by which a member of staff says that she made sure who speaks.
IDENTITY_CHECKED = "identity_checked"
_LISTED = 10


def cleared_reasons() -> tuple[Option, ...]:
    """How somebody knows that she has her telephone again; the code stands in the audit."""
    return (
        Option(value="code_word", label=_("She said the code word")),
        Option(value="spoke", label=_("I spoke with her and am sure")),
        Option(value="typed_wrong", label=_("The code word was typed wrongly")),
    )


def identity_checked(session: Session, intake_id: UUID) -> bool:
    """Whether somebody made sure, in this contact, who speaks."""
    found = select(AuditEntry.id).where(
        AuditEntry.subject_kind == "intake",
        AuditEntry.subject_id == str(intake_id),
        AuditEntry.act == IDENTITY_CHECKED,
    )
    return session.execute(found.limit(1)).first() is not None


def safe_contact(session: Session, scope: Scope, contact_id: UUID) -> SafeContactView | None:
    """What was agreed about reaching her, where the reader may know it."""
    if not scope.may("safe_contact.read"):
        return None
    return intake.safe_contact_of_contact(session, scope, contact_id)


def person_panel(
    session: Session,
    scope: Scope,
    view: IntakeView,
    safe: SafeContactView | None,
) -> PersonPanel:
    """The panel for the intake's contact."""
    earlier = hotline.earlier_contacts(session, scope, view.contact_id, limit=_LISTED)
    known = bool(earlier) or safe is not None
    checked = known and identity_checked(session, view.id)
    panel = PersonPanel(
        known=known,
        identity_checked=checked,
        code_word_set=safe.code_word_set if safe is not None else False,
        code_word_hint=safe.code_word_hint if safe is not None else "",
        compromised=safe is not None and safe.compromised,
        cleared_reasons=cleared_reasons() if _may_clear(session, scope, view) else (),
    )
    if not checked:
        return panel
    ids = [view.contact_id, *(one.id for one in earlier)]
    case = _open_case(session, scope, ids)
    return replace(
        panel,
        safe_contact=_safe_words(safe),
        earlier=_earlier(session, scope, earlier),
        open_case_ref=case,
        open_case_href=f"/cases/{case}" if case else "",
    )


def may_with(
    session: Session, scope: Scope, record: str, act: str, contact_id: UUID, centre_id: UUID, *, secret: bool
) -> bool:
    """Whether the reader may do ``<record>.<act>`` about a contact.

    Where her case is under secrecy only who was given her may, but for the contact itself: that she came and waits is
    the centre's to see.
    """
    return scope.may(f"{record}.{act}") and scope.reaches(
        session,
        record,
        contact_id,
        centre_id,
        subject_kind="contact",
        act=act,
        restricted=secret and record != "contact",
    )


def _may_clear(session: Session, scope: Scope, view: IntakeView) -> bool:
    works = may_with(session, scope, "intake", "write", view.contact_id, view.centre_id, secret=view.confidential)
    return scope.may("safe_contact.write") and works


def _safe_words(safe: SafeContactView | None) -> tuple[tuple[str, str], ...]:
    if safe is None:
        return ()
    allowed = {
        "unasked": _("Not asked"),
        "never": _("Never"),
        "neutral": _("Only neutral words"),
        "ok": _("Yes, plainly"),
    }
    words = [
        (_("We may call"), allowed.get(safe.call, safe.call)),
        (_("We may text"), allowed.get(safe.sms, safe.sms)),
        (_("Safe days and hours"), say_hours(safe_hours_of(safe)) or _("always")),
    ]
    if safe.who_may_answer:
        words.append((_("Who may answer"), safe.who_may_answer))
    if safe.opted_out:
        words.append((_("Warning"), _("She asked us to stop writing.")))
    if safe.expired:
        words.append((_("Warning"), _("What was agreed has expired.")))
    return tuple(words)


def _open_case(session: Session, scope: Scope, contact_ids: list[UUID]) -> str:
    if not scope.may("case.read"):
        return ""
    opened = cases.cases(scope).subquery("opened")
    intakes = intake.intakes(Scope.system("dashboard.person")).subquery("intakes")
    found = session.execute(
        select(opened.c.ref)
        .join(intakes, intakes.c.case_id == opened.c.id)
        .where(intakes.c.contact_id.in_(contact_ids), opened.c.state != "closed")
        .order_by(opened.c.opened_at.desc())
        .limit(1),
    ).scalar()
    return str(found) if found else ""


def _earlier(
    session: Session,
    scope: Scope,
    earlier: list[hotline.EarlierContact],
) -> tuple[EarlierContact, ...]:
    if not earlier:
        return ()
    levels = intake.levels(session, [one.id for one in earlier])
    readable = intake.intakes(scope).subquery("readable")
    rows = session.execute(
        select(readable.c.contact_id, readable.c.outcome).where(readable.c.contact_id.in_([one.id for one in earlier])),
    )
    outcomes = {row.contact_id: row.outcome for row in rows}
    return tuple(
        EarlierContact(
            ref=levels[one.id].ref if one.id in levels else "",
            at=one.received_at,
            channel=channel_of(one.channel),
            outcome=_outcome(outcomes.get(one.id)),
            href=f"/contacts/{one.id}" if one.id in outcomes else "",
        )
        for one in earlier
    )


def _outcome(code: str | None) -> str:
    return coded_fields()["outcome"].name(code) if code else _("without an outcome")
