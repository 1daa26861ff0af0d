"""A case as its reader sees it: the band, the whole story in order, tasks, and what the intake said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import record
from core.i18n import gettext as _
from dashboard import labels
from dashboard.consents import consent_words, whom_we_may_tell
from dashboard.due import end_of_today
from dashboard.emergency import called_words
from dashboard.names import Names
from dashboard.night_card import card_readers
from dashboard.presenters import (
    CaseHeader,
    CaseListPage,
    CasePage,
    CaseRow,
    Field,
    FiredRule,
    FormError,
    Option,
    TaskRow,
    TimelineItem,
    Tone,
)
from dashboard.register.applications import applications_panel
from dashboard.register.panel import band, deadlines, may_record, panel
from dashboard.report_duty import duty_words
from dashboard.timeline import Story, actors_in, closure_reason
from dashboard.together import told_words
from dashboard.wording import level_rule
from escalation.cases import queries as cases
from escalation.cases.lists.queries import may_bring
from escalation.cases.queries import CaseView, TaskView
from escalation.cases.rules import CLOSURE_REASONS, NOTE_KINDS, STATES, OpenDuties
from hotline import queries as hotline
from intake import queries as intake
from intake.codes import fields as coded_fields
from intake.one_person import others_of_person
from staff import queries as staff
from staff.scope import Scope

_PAGE = 50
#: What of the intake stands beside a case.
_FACTS = ("language", "caller_role", "age_band", "relation", "violence_types", "happened_when", "wants")
#: Roles that may be given a task of a case.
_WORKING = frozenset(
    {
        "operator", "oncall", "shift_lead", "director", "social_worker", "psychologist", "child_development", "health",
        "employment", "legal", "police_liaison", "shelter_liaison",
    },
)  # fmt: skip


def case_of(session: Session, scope: Scope, wanted: UUID | str) -> CaseView:
    """The case by id or reference. Raises OutOfScopeError."""
    found = cases.case(session, scope, wanted)
    if found is None:
        raise scope.out_of_scope("case", wanted)
    return found


def case_list(session: Session, scope: Scope, state: str, before: UUID | None, moment: datetime) -> CaseListPage:
    """Cases in the reader's scope, the newest first."""
    which = state if state in STATES else "" if state == "all" else cases.NOT_CLOSED
    rows = session.execute(cases.newest(scope, _PAGE + 1, state=which, before=before)).all()
    names = Names(session, [row.owner_id for row in rows])
    more = f"/cases?state={state}&before={rows[_PAGE - 1].id}" if len(rows) > _PAGE else ""
    return CaseListPage(
        rows=tuple(_case_row(row, names, moment) for row in rows[:_PAGE]),
        filters=(_state_filter(state),),
        next_href=more,
        lists_href="/lists" if may_bring(scope) else "",
    )


def _case_row(row: Any, names: Names, moment: datetime) -> CaseRow:
    due = row.next_due_at
    late = due is not None and due <= moment
    return CaseRow(
        ref=row.ref,
        href=f"/cases/{row.ref}",
        state=row.state,
        level=row.level,
        owner=names.of(row.owner_id),
        opened_at=row.opened_at,
        next_due_at=due,
        next_due=_("Task, late") if late else _("Task") if due else "",
    )


def _state_filter(state: str) -> Field:
    options = (Option(value="", label=_("All open")), Option(value="all", label=_("All")))
    states = tuple(Option(value=code, label=labels.case_state(code)) for code in STATES)
    return Field(name="state", label=_("State"), kind="select", values=(state,), options=(*options, *states))


def case_page(
    session: Session,
    scope: Scope,
    wanted: UUID | str,
    moment: datetime,
    errors: Sequence[FormError] = (),
    typed: Mapping[str, str] | None = None,
) -> CasePage:
    """The whole case. That it was read is written down."""
    view = case_of(session, scope, wanted)
    record(session, scope.actor, "case_read", "case", view.id, view.centre_id)
    writes, assigns, closes = (_may(session, scope, view, act) for act in ("write", "assign", "close"))
    duties = cases.duties(session, view.id) if closes else OpenDuties()
    closes_over = scope.may("case.close_over_duty")
    tasks = cases.tasks(session, scope, view.id)
    names = Names(session, [view.owner_id, *(task.assignee_id for task in tasks)])
    records = may_record(session, scope, view.id, view.centre_id, restricted=view.confidential)
    protection = panel(session, scope, view.id, record=records, draft=records or writes)
    periods = deadlines(session, scope, view.id, moment)
    return CasePage(
        header=_header(session, view, names, band(protection, periods)),
        timeline=story(session, scope, view),
        tasks=tuple(_task(task, names, moment, writes=writes) for task in tasks),
        next_states=_next_states(view, writes=writes, closes=closes and (closes_over or not duties.any)),
        closing_needs=_closing_needs(duties, closes_over=closes_over) if "closed" in view.possible else "",
        owners=_people(session, scope, view) if writes else (),
        note_kinds=_note_kinds() if writes else (),
        case_workers=_case_workers(session, scope, view) if assigns else (),
        facts=_facts(session, scope, view),
        readers=(*_readers(session, view), *card_readers(session, view.id)),
        night_line=view.night_line,
        night_line_by=Names(session, [view.night_line_by]).of(view.night_line_by) if view.night_line else "",
        night_line_at=view.night_line_at if view.night_line else None,
        may_write=writes,
        may_assign=assigns,
        copy_href=f"/cases/{view.id}/copy",
        petitions_href=f"/cases/{view.id}/petitions" if scope.may("register.read") else "",
        protection=protection,
        applications=applications_panel(session, scope, view.id),
        deadlines=periods,
        errors=tuple(errors),
        typed=typed or {},
    )


def _may(session: Session, scope: Scope, view: CaseView, act: str) -> bool:
    return scope.may(f"case.{act}") and scope.reaches(
        session,
        "case",
        view.id,
        view.centre_id,
        act=act,
        restricted=view.confidential,
    )


def _header(session: Session, view: CaseView, names: Names, protection: tuple[str, Tone]) -> CaseHeader:
    level = intake.levels(session, [view.contact_id]).get(view.contact_id) if view.contact_id is not None else None
    return CaseHeader(
        id=str(view.id),
        ref=view.ref,
        state=view.state,
        owner=names.of(view.owner_id),
        opened_at=view.opened_at,
        protection=protection[0],
        protection_tone=protection[1],
        fired=FiredRule(level=view.level, sentence=level_rule(level.rule) if level is not None else ""),
        intake_ref=level.ref if level is not None else "",
        intake_href=f"/contacts/{view.contact_id}" if level is not None else "",
    )


def story(session: Session, scope: Scope, view: CaseView) -> tuple[TimelineItem, ...]:
    """Everything that happened so far, in order; texts and notes with their words where the reader may read them."""
    items = cases.story(session, scope, view.id)
    bodies = {str(note.id): note.body for note in cases.notes(session, scope, view.id)}
    contact_ids = [*view.contact_ids, *others_of_person(session, scope, view.contact_ids)]
    if scope.may("message.read"):
        for contact_id in contact_ids:
            messages = hotline.messages(session, scope, contact_id)
            bodies |= {str(message.id): message.text or "" for message in messages}
            asked = hotline.key_questions(session, scope, contact_id)
            bodies |= {str(one.id): told_words(one) for one in asked}
            agreed = hotline.agreed_to_listening(session, scope, contact_id)
            bodies |= {str(one.id): one.words for one in agreed}
    if scope.may("intake.read"):
        for contact_id in contact_ids:
            bodies |= called_words(session, scope, contact_id)
            bodies |= duty_words(session, scope, contact_id)
            bodies |= consent_words(session, scope, contact_id)
    return Story(Names(session, actors_in(items)), bodies).tell(items)


def _task(task: TaskView, names: Names, moment: datetime, *, writes: bool) -> TaskRow:
    tone: Tone = ""
    if task.done_at is None and task.due_at is not None:
        tone = "now" if task.overdue else "soon" if task.due_at < end_of_today(moment) else ""
    return TaskRow(
        id=str(task.id),
        title=task.title,
        due_at=task.due_at,
        owner=names.of(task.assignee_id),
        tone=tone,
        done_at=task.done_at,
        may_finish=writes,
    )


def _next_states(view: CaseView, *, writes: bool, closes: bool) -> tuple[Option, ...]:
    """The states to which this reader may move the case: going on is one act, closing another."""
    going_on = [code for code in view.possible if code != "closed"] if writes else []
    options = [Option(value=code, label=labels.case_state(code)) for code in going_on]
    if closes and "closed" in view.possible:
        options += [
            Option(value=f"closed:{reason}", label=_("Closed: %(reason)s", reason=closure_reason(reason)))
            for reason in CLOSURE_REASONS
        ]
    return tuple(options)


def _closing_needs(duties: OpenDuties, *, closes_over: bool) -> str:
    """What stands in the way of closing, and who may close all the same; empty where nothing does."""
    if not duties.any:
        return ""
    stands = _(
        "Open tasks: %(tasks)s. Contacts that wait for us: %(contacts)s."
        " Decisions that protect her or may: %(decisions)s.",
        tasks=duties.open_tasks,
        contacts=duties.unread_contacts,
        decisions=duties.measures_in_force,
    )
    if closes_over:
        return stands + " " + _("To close it all the same, give the reason.")
    return stands + " " + _("Closing waits for them; only the director may close before.")


def _note_kinds() -> tuple[Option, ...]:
    return tuple(Option(value=code, label=labels.note_kind(code)) for code in NOTE_KINDS)


def _case_workers(session: Session, scope: Scope, view: CaseView) -> tuple[Option, ...]:
    """Who may be made responsible: who owns a case writes in it."""
    write = {str(account_id) for account_id in session.scalars(staff.who_may("case.write"))}
    return tuple(option for option in _people(session, scope, view) if option.value in write)


def _people(session: Session, scope: Scope, view: CaseView) -> tuple[Option, ...]:
    people = [
        row
        for row in staff.accounts(session, scope)
        if row.disabled_at is None and row.centre_id == view.centre_id and _WORKING & set(row.roles)
    ]
    # Who owns the case comes first: most of its tasks are hers.
    people.sort(key=lambda row: (row.id != view.owner_id, row.display_name))
    return tuple(Option(value=str(row.id), label=row.display_name or row.name) for row in people)


def _facts(session: Session, scope: Scope, view: CaseView) -> tuple[tuple[str, str], ...]:
    if view.intake_id is None or not scope.may("intake.read"):
        return ()
    found = intake.intake(session, scope, view.intake_id)
    if found is None:
        return ()
    facts = []
    for name in _FACTS:
        value = found.fields.get(name)
        if value:
            field = coded_fields()[name]
            chosen = value if isinstance(value, list | tuple) else [value]
            facts.append((str(field.label), ", ".join(field.name(str(code)) for code in chosen)))
    if found.fields.get("summary"):
        facts.append((_("In her words"), str(found.fields["summary"])))
    facts += [(_("Consent to share"), told) for told in whom_we_may_tell(session, scope, view.contact_ids)]
    return tuple(facts)


def _readers(session: Session, view: CaseView) -> tuple[str, ...]:
    granted = staff.readers_of(session, "case", view.id)
    names = Names(session, [grantee for kind, grantee, _reason, _until in granted if kind == "staff"])
    reasons = {
        "owner": _("owner"),
        "assigned": _("assigned"),
        "referral": _("referred"),
        "break_glass": _("opened with a reason"),
    }
    return tuple(
        f"{names.of(grantee)} · {reasons.get(reason, reason)}"
        for kind, grantee, reason, _until in granted
        if kind == "staff"
    )
