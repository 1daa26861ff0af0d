"""Petitions as their readers see them: those of a case, and one with what it lacks marked in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import format_date
from core.i18n import gettext as _
from dashboard import sources
from dashboard.names import Names
from dashboard.presenters.forms import Field, FieldKind, FormError, Option, Tone
from dashboard.presenters.petitions import PetitionLine, PetitionLink, PetitionPage, PetitionsPage
from dashboard.register import words
from escalation.cases.petitions import service
from escalation.cases.petitions.catalogues import petitions_catalogue
from escalation.cases.petitions.queries import PetitionView, authorities, case_known
from escalation.cases.register import queries as register
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.queries import DecisionView
from escalation.cases.register.rules.applications import MANNERS
from staff.scope import Scope


def state_of(code: str) -> str:
    """How far an application has come."""
    return {
        "draft": _("Draft"),
        "approved_by_her": _("Approved by her"),
        "filed": _("Filed"),
        "granted": _("Granted"),
        "partly_granted": _("Granted in part"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }.get(code, code)


def missing_word(name: str) -> str:
    """What a petition lacks, in words."""
    return {
        "authority": _("the court or authority that it is written to"),
        "applicant": _("her name, as it stands in her papers"),
        "address": _("her address, or the wish to keep it secret"),
        "against": _("the name of the person against whom it is written"),
        "statement": _("what happened, in her words"),
        "requested": _("the measures that are asked for"),
        "decided": _("measures of the decision that still protect"),
        "breaches": _("a breach that is written down in the register"),
        "decision_authority": _("the decision that it is about"),
        "decision_date": _("the day of the decision"),
        "decision_docket": _("the docket number of the decision"),
        "decision_number": _("the number of the decision"),
        "decision_end": _("the last day of the measures"),
    }.get(name, name)


def petition_error(reason: str, details: Sequence[str] = ()) -> str:
    """Why a petition refuses."""
    lacks = ", ".join(missing_word(name) for name in details)
    return {
        "incomplete": _("Something is missing: %(what)s.", what=lacks),
        "not_approved": _("She has not approved it yet."),
        "released_before": _("It was released already."),
        "not_possible": _("It has moved on. Look at it again."),
        "unknown_manner": _("Choose how she approved it."),
        "unknown_purpose": _("Choose what is asked for."),
        "unknown_authority": _("Choose a court or authority of the list."),
        "unknown_decision": _("Choose a decision of this case."),
        "unknown_measure": _("Choose measures of the list."),
    }.get(reason, reason)


def petitions_page(
    session: Session,
    scope: Scope,
    case_id: UUID,
    errors: Sequence[FormError] = (),
    typed: Mapping[str, Sequence[str]] | None = None,
) -> PetitionsPage:
    """The petitions of a case, and the form of a new one. Raises OutOfScopeError."""
    case_id, ref, may_write = _case(session, scope, case_id)
    titles = {item.code: str(item.title) for item in petitions_catalogue().petitions}
    return PetitionsPage(
        case_id=str(case_id),
        case_ref=ref,
        rows=tuple(
            PetitionLink(
                href=f"/petitions/{one.id}",
                title=titles[one.purpose],  # type: ignore[index]
                state=state_of(one.state),
                tone=_tone(one.state),
                made_at=one.made_at,
            )
            for one in register.application_views(session, scope, case_id)
        ),
        fields=_new_fields(session, scope, case_id, typed or {}) if may_write else (),
        errors=tuple(errors),
    )


def _case(session: Session, scope: Scope, case_id: UUID) -> tuple[UUID, str, bool]:
    found = case_known(session, scope, case_id)
    if found is None:
        raise scope.out_of_scope("case", case_id)
    return found


def _tone(state: str) -> Tone:
    return "soon" if state in ("draft", "approved_by_her") else "info" if state == "filed" else ""


def _new_fields(session: Session, scope: Scope, case_id: UUID, typed: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
    decisions = register.decision_views(session, scope, case_id)
    typed = {"authority": _asked_again(decisions, typed), **typed}
    about = tuple(
        Option(value=str(one.id), label=f"{one.authority}, {format_date(one.decided_on)}") for one in decisions
    )
    purposes = tuple(Option(value=item.code, label=str(item.title)) for item in petitions_catalogue().petitions)

    def field(name: str, label: str, kind: FieldKind, options: tuple[Option, ...] = (), help_: str = "") -> Field:
        return Field(name=name, label=label, kind=kind, values=tuple(typed.get(name, ())), options=options, help=help_)

    return (
        field("purpose", _("What is asked for"), "select", purposes),
        *([field("about", _("About the decision"), "select", about)] if about else []),
        field("authority", _("To which court or authority"), "select", _authorities(session, case_id)),
        field("codes", _("Measures"), "checks", _measures(session), _("Only for an application for measures.")),
        field("statement", _("What happened, in her words"), "area"),
        field(
            "secrecy", _("Secrecy"), "checks", (Option(value="1", label=_("She wants her address kept secret (8/6)")),)
        ),
    )


def _asked_again(decisions: Sequence[DecisionView], typed: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The court or office that decided is asked again; the police are asked for nothing."""
    about = next((one for one in decisions if [str(one.id)] == list(typed.get("about", ()))), None)
    return () if about is None or about.authority_kind == "police_chief" else (str(about.authority_id),)


def _authorities(session: Session, case_id: UUID) -> tuple[Option, ...]:
    return tuple(Option(value=str(one), label=title) for one, title in authorities(session, case_id))


def _measures(session: Session) -> tuple[Option, ...]:
    known = measures(session).items()
    return tuple(Option(value=code, label=f"{one.ref} {one.title}") for code, (_id, one) in known)


def petition_page(
    session: Session, scope: Scope, application_id: UUID, errors: Sequence[FormError] = ()
) -> PetitionPage:
    """One petition. That it was read is written down. Raises OutOfScopeError."""
    view = service.read_petition(session, scope.actor, scope, application_id)
    _id, _ref, may_write = _case(session, scope, view.case_id)
    draft = view.application.state == "draft"
    return PetitionPage(
        id=str(application_id),
        case_ref=view.case_ref,
        title=str(view.template.title),
        state=state_of(view.application.state),
        tone=_tone(view.application.state),
        lines=tuple(
            PetitionLine(style=line.style, text=line.text, missing=tuple(missing_word(name) for name in line.missing))
            for line in view.paper.lines
        ),
        missing=tuple(missing_word(name) for name in view.paper.missing),
        is_draft=view.is_draft,
        secret=view.secret,
        source=sources.told(view.template.source),
        fields=_fields(session, view) if draft and may_write else (),
        manners=_manners() if draft and may_write and not view.paper.missing else (),
        may_release=_may_release(scope, view),
        released_at=view.released_at,
        released_by=Names(session, [view.released_by]).of(view.released_by) if view.released_by else "",
        errors=tuple(errors),
    )


def _may_release(scope: Scope, view: PetitionView) -> bool:
    waits = view.released_at is None and view.application.state not in ("draft", "withdrawn")
    return scope.may("petition.release") and waits and not view.paper.missing


def _manners() -> tuple[Option, ...]:
    return tuple(Option(value=code, label=words.approved_how(code)) for code in MANNERS)


def _fields(session: Session, view: PetitionView) -> tuple[Field, ...]:
    application, typed = view.application, view.particulars

    def text(name: str, label: str, help_: str = "") -> Field:
        return Field(name=name, label=label, kind="text", values=(typed.get(name, ""),), help=help_)

    asked = (str(application.authority_id),) if application.authority_id else ()
    secret = ("1",) if application.secrecy_asked else ()
    wish = (Option(value="1", label=_("She wants her address kept secret (8/6)")),)
    return (
        Field(
            name="authority",
            label=_("To which court or authority"),
            kind="select",
            values=asked,
            options=_authorities(session, view.case_id),
        ),
        text("applicant", _("Her name")),
        text("national_id", _("Her identity number"), _("May be left empty and written by hand.")),
        text("against", _("Against whom")),
        *([] if view.secret else [text("address", _("Her address"), _("Left out as soon as secrecy is asked for."))]),
        Field(name="codes", label=_("Measures"), kind="checks", values=application.codes, options=_measures(session)),
        Field(
            name="statement", label=_("What happened, in her words"), kind="area", values=(application.statement or "",)
        ),
        Field(name="secrecy", label=_("Secrecy"), kind="checks", values=secret, options=wish),
    )


__all__ = ["petition_error", "petition_page", "petitions_page"]
