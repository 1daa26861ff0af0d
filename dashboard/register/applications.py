"""Applications for measures: those of a case, the form on which one begins, and one with its acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.clock import now as database_now
from core.i18n import format_date, format_datetime
from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters import Field, FormError, Option
from dashboard.presenters.register import (
    ActForm,
    ApplicationForm,
    ApplicationPage,
    ApplicationRow,
    ApplicationsPanel,
)
from dashboard.register import acts, words
from dashboard.register.acts import Fields, Refused, act_form
from dashboard.register.decision import case_href, case_of
from dashboard.register.entry import boxes, province_of
from dashboard.register.history import history
from dashboard.register.panel import may_record, ref_of
from escalation.cases.register import queries as register
from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.catalogues import Measure, forms_catalogue
from escalation.cases.register.queries import ApplicationView, AuthorityView, WhoseRegister
from escalation.cases.register.rules import applications
from staff import queries as staff
from staff.rules import ISTANBUL
from staff.scope import Scope

#: Who decides on an application: the police decide without one.
KINDS = ("judge", "civil_authority")
#: Every field of the new form but the boxes.
TYPED = ("authority", "authority_kind", "province", "statement")
#: The forms whose boxes are offered: an application may ask a court and an office for anything that stands on them.
_FORMS = ("court", "civil")


def application_of(session: Session, scope: Scope, application_id: UUID) -> ApplicationView:
    """An application that the reader may know of. Raises OutOfScopeError."""
    found = register.application_view(session, scope, application_id)
    if found is None:
        raise scope.out_of_scope("register", application_id)
    return found


def may_draft(session: Session, scope: Scope, case: WhoseRegister) -> bool:
    """Whether the reader may begin an application in the case: a lawyer, or who works with her."""
    records = may_record(session, scope, case.id, case.centre_id, restricted=case.confidential)
    return records or acts.may_report(session, scope, case)


def applications_panel(session: Session, scope: Scope, case_id: UUID) -> ApplicationsPanel | None:
    """The applications of a case, newest first; ``None`` where the reader may not know what the register holds."""
    case = register.whose(session, scope, case_id) if scope.may("register.read") else None
    if case is None:
        return None
    found = register.application_views(session, scope, case_id)
    known = {code: measure for code, (_id, measure) in measures(session).items()} if found else {}
    new = f"/cases/{case_id}/applications/new" if may_draft(session, scope, case) else ""
    return ApplicationsPanel(rows=tuple(_row(one, known, acts=bool(new)) for one in found), new_href=new)


def _row(one: ApplicationView, known: Mapping[str, Measure], *, acts: bool) -> ApplicationRow:
    return ApplicationRow(
        href=f"/applications/{one.id}",
        purpose=words.purpose(one.purpose),
        measures=", ".join(known[code].ref if code in known else code for code in one.codes),
        state=words.application_state(one.state),
        tone=words.application_tone(one.state),
        made_at=one.made_at,
        next_act=words.next_act(one.state) if acts else "",
    )


def form_page(
    session: Session,
    scope: Scope,
    case: WhoseRegister,
    typed: Mapping[str, str],
    ticked: Sequence[str],
    errors: Sequence[FormError] = (),
) -> ApplicationForm:
    """The form of a new application, with what stands on it and why it was refused."""
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    forms = {one.code: one for one in forms_catalogue().forms}
    codes = dict.fromkeys(code for form in _FORMS for code in forms[form].boxes)
    said = {one.field: one.text for one in errors}
    stands = {"authority_kind": KINDS[0], "province": province_of(session, case), **typed}
    kinds = tuple(Option(value=code, label=words.authority(code)) for code in KINDS)
    provinces = tuple(Option(value=row.code, label=row.name) for row in staff.provinces(session))

    def one(name: str, label: str, kind: str = "text", options: tuple[Option, ...] = (), note: str = "") -> Field:
        return Field(
            name=name,
            label=label,
            kind=kind,  # type: ignore[arg-type]
            values=(stands.get(name, ""),),
            options=options,
            help=note,
            error=said.get(name, ""),
        )

    fields = (
        one("authority", _("To which court or authority"), note=_("May be left empty until it is filed")),
        one("authority_kind", _("Kind"), "radios", kinds),
        one("province", _("Province"), "select", provinces),
        one("statement", _("What happened, in her words"), "area", note=_("Also what an “other” measure shall say")),
    )
    return ApplicationForm(
        case_id=str(case.id),
        case_ref=case.ref,
        back_href=case_href(session, scope, case) or "/register",
        fields={field.name: field for field in fields},
        boxes=boxes(sorted(codes, key=list(known).index), known),
        ticked=tuple(ticked),
        authorities=tuple(one.title for kind in KINDS for one in register.authorities(session, kind=kind)),
        errors=tuple(errors),
    )


def application_page(
    session: Session,
    scope: Scope,
    application_id: UUID,
    errors: Sequence[FormError] = (),
    refused: Refused | None = None,
) -> ApplicationPage:
    """One application. That it was read is written down."""
    view = application_of(session, scope, application_id)
    case = case_of(session, scope, view.case_id)
    record(session, scope.actor, "application_read", "application", view.id, case.centre_id, case=str(case.id))
    writes = may_record(session, scope, case.id, case.centre_id, restricted=case.confidential)
    in_case = writes or acts.may_report(session, scope, case)
    at = register.authority(session, view.authority_id)
    known = {code: measure for code, (_id, measure) in measures(session).items()}
    answer = next(
        (one.id for one in register.decision_views(session, scope, case.id) if one.application_id == view.id), None
    )
    decides = writes and view.state == "filed" and view.purpose == "measures"
    return ApplicationPage(
        id=str(view.id),
        case_ref=case.ref,
        case_href=case_href(session, scope, case),
        title=words.purpose(view.purpose),
        state=words.application_state(view.state),
        tone=words.application_tone(view.state),
        facts=_facts(view, at, Names(session, [view.made_by])),
        measures=tuple(
            Option(value=code, label=str(known[code].title), note=ref_of(known[code]))
            for code in view.codes
            if code in known
        ),
        statement=view.statement or "",
        acts=_acts(view, at, database_now(session), refused, writes=writes, in_case=in_case),
        decide_href=f"/cases/{case.id}/decisions/new?application={view.id}" if decides else "",
        decision_href=f"/decisions/{answer}" if answer is not None else "",
        petition_href=f"/petitions/{view.id}",
        history=history(session, scope, {view.id}),
        errors=tuple(errors),
    )


def _facts(view: ApplicationView, at: AuthorityView | None, names: Names) -> tuple[tuple[str, str], ...]:
    how = words.approved_how(view.approval_manner or "")
    found = (
        (_("Authority"), "" if at is None else f"{at.title} · {words.authority(at.kind)}"),
        (_("Draft begun"), f"{format_datetime(view.made_at)} · {names.of(view.made_by)}".rstrip(" ·")),
        (_("Approved by her"), f"{format_datetime(view.approved_at)} · {how}" if view.approved_at else ""),
        (_("Filed"), format_datetime(view.filed_at) if view.filed_at else ""),
        (_("Receipt or docket number"), view.docket or ""),
        (_("Answered"), format_date(view.answered_on) if view.answered_on else ""),
        (_("Withdrawn"), format_datetime(view.withdrawn_at) if view.withdrawn_at else ""),
        (_("Why it was withdrawn"), view.withdrawal or ""),
    )
    return tuple((name, value) for name, value in found if value)


def _acts(
    view: ApplicationView,
    at: AuthorityView | None,
    moment: datetime,
    refused: Refused | None,
    *,
    writes: bool,
    in_case: bool,
) -> tuple[ActForm, ...]:
    """What is possible now; the next step stands open, so that it is typed at once."""
    local = moment.astimezone(ISTANBUL)
    known: dict[str, tuple[str, Callable[[Fields], None], bool]] = {
        "approve": (_("Approved by her"), lambda fields: _approve(fields, local), in_case),
        "file": (_("Filed"), lambda fields: _file(fields, at, local), in_case),
        "answer": (_("Result"), lambda fields: _answer(fields, view), writes),
        "withdraw": (_("Withdrawn"), _withdraw, in_case),
    }
    buttons = {
        "approve": _("Record her approval"),
        "file": _("Record the filing"),
        "answer": _("Record the result"),
        "withdraw": _("Withdraw the application"),
    }
    moves = {"approve": "approve", "file": "file", "answer": "grant", "withdraw": "withdraw"}
    possible = [do for do, move in moves.items() if move in view.possible and known[do][2]]
    first = possible[0] if possible and refused is None and possible[0] != "withdraw" else ""
    return tuple(act_form(do, known[do][0], buttons[do], known[do][1], refused, opened=do == first) for do in possible)


def _approve(fields: Fields, local: datetime) -> None:
    manners = tuple(Option(value=code, label=words.approved_how(code)) for code in applications.MANNERS)
    fields.add("manner", _("How"), "radios", manners, value="oral")
    fields.add("approved_at", _("When"), "datetime", value=f"{local:%Y-%m-%dT%H:%M}")


def _file(fields: Fields, at: AuthorityView | None, local: datetime) -> None:
    kinds = tuple(Option(value=code, label=words.authority(code)) for code in KINDS)
    fields.add("filed_at", _("Day and hour of filing"), "datetime", value=f"{local:%Y-%m-%dT%H:%M}")
    fields.add("authority", _("With which court or authority"), value=at.title if at is not None else "")
    fields.add("authority_kind", _("Kind"), "radios", kinds, value=at.kind if at is not None else KINDS[0])
    fields.add("docket", _("Receipt or docket number"))


def _answer(fields: Fields, view: ApplicationView) -> None:
    outcomes = ("refused", "granted", "partly_granted")
    note = _("Granted: rather enter the decision, it answers the application.") if view.purpose == "measures" else ""
    options = tuple(Option(value=code, label=words.application_state(code)) for code in outcomes)
    fields.add("outcome", _("Answer"), "radios", options, note=note)
    fields.add("answered_on", _("Date of the answer"), "date")


def _withdraw(fields: Fields) -> None:
    fields.add("reason", _("Why she does not want it any more"))
