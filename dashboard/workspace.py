"""The operator's workspace, read through her scope: the contact, its thread, the intake, the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import gettext as _
from core.i18n import ngettext
from core.phones import last_digits
from core.relay import head_of
from dashboard import answers
from dashboard.board import LIVE_PAGES, channel_of, marks_of
from dashboard.calling_back import call_back_card, call_gate
from dashboard.consents import MARK as CONSENT
from dashboard.consents import consent_card
from dashboard.emergency import MARK, build_card
from dashboard.informants import MARK as INFORMANT
from dashboard.informants import informant_card
from dashboard.intake_form import intake_form
from dashboard.listening import listening_panel
from dashboard.names import Names
from dashboard.night_card import night_card
from dashboard.one_person import MARK as PERSON
from dashboard.one_person import one_person_card
from dashboard.person import identity_ways, may_with, person_panel, safe_contact
from dashboard.presenters import (
    ConsentCard,
    ContactPanel,
    ContactTab,
    EmergencyCard,
    EscalateForm,
    FormError,
    Gate,
    Message,
    NightCard,
    Option,
    PersonPanel,
    ReportDutyCard,
    Thread,
    WorkspacePage,
)
from dashboard.reasons import escalation_reasons, unmask_reasons, who_is_woken
from dashboard.report_duty import MARK as DUTY
from dashboard.report_duty import duty_card
from dashboard.script import caller_kinds, ready_replies, shown_kinds
from dashboard.together import reading_along, rejoin, together
from dashboard.wording import message_state, message_why
from escalation.paging import queries as paging
from escalation.paging.service import Called, about_contact, forecast
from hotline import queries as hotline
from hotline.queries import ContactView
from hotline.service import UNDO_S
from intake import queries as intake
from intake.gate import may_reply
from intake.identity import Identity, identity_of
from intake.queries import IntakeView, LevelRow, SafeContactView
from intake.queries.nuisance import disturbed_before
from routing import queries as routing
from routing import service as routing_service
from routing.queries import QueueRow
from staff import queries as staff
from staff.scope import Scope

#: States of a page that a second request for the same contact joins.
_JOINED_PAGES = ("open", "acked", "snoozed")
_CALL_TALKING = ("connected",)
#: Texts of ours that did not arrive, or of which nobody knows it.
FAILED = ("failed", "undelivered", "expired", "unknown", "unsure")
_MASK = "••• "


def _words(message: hotline.MessageView) -> str:
    """What she wrote. A picture without words is no erased text."""
    if message.text is None:
        return _("This text was erased.")
    sent = ngettext(
        "She sent %(n)d picture or file. Koza does not fetch it.",
        "She sent %(n)d pictures or files. Koza does not fetch them.",
        message.media,
    )
    return "\n".join(part for part in (message.text, sent if message.media else "") if part) or _("An empty text.")


def contact_of(session: Session, scope: Scope, contact_id: UUID) -> ContactView:
    """The contact within the reader's scope. Raises OutOfScopeError."""
    found = hotline.contact(session, scope, contact_id)
    if found is None:
        raise scope.out_of_scope("contact", contact_id)
    return found


def intake_of(session: Session, scope: Scope, intake_id: UUID) -> IntakeView:
    """The intake within the reader's scope. Raises OutOfScopeError."""
    found = intake.intake(session, scope, intake_id)
    if found is None:
        raise scope.out_of_scope("intake", intake_id)
    return found


def require_work(session: Session, scope: Scope, contact: ContactView) -> None:
    """Only who works on a contact acts on it: its owner, a lead. Raises MissingPermissionError or OutOfScopeError."""
    scope.require_record(
        session,
        "intake",
        contact.id,
        contact.centre_id,
        subject_kind="contact",
        act="write",
        restricted=contact.confidential,
    )


class Workspace:
    """Reads one workspace."""

    def __init__(self, session: Session, scope: Scope, contact_id: UUID, *, moment: datetime) -> None:
        self._session = session
        self._scope = scope
        self._moment = moment
        self._head = sum(head_of(session, list(scope.centre_ids)).values())
        self.contact = contact_of(session, scope, contact_id)
        self.intake = intake.intake_of_contact(session, scope, contact_id)
        #: Who reads along sees what is written and said, and may nothing: no right of hers is asked for it.
        self.along = self.intake is None and routing_service.reads_along(session, scope, self.contact)
        self._reader = Scope.system("reading_along") if self.along else scope
        if self.along:
            self.intake = intake.intake_of_contact(session, self._reader, contact_id)
        self._queued = routing.queue_rows(session, [contact_id]).get(contact_id)
        self._level = intake.levels(session, [contact_id]).get(contact_id)
        self._owner = self._owner_of(self._queued)
        self._who = identity_of(session, contact_id)

    def _owner_of(self, queued: QueueRow | None) -> UUID | None:
        if queued is not None and queued.state == "taken":
            return queued.taken_by
        return self.contact.owner_id

    def _may(self, record: str, act: str) -> bool:
        her = self.contact
        return may_with(self._session, self._scope, record, act, her.id, her.centre_id, secret=her.confidential)

    def panel(self, errors: Mapping[str, str] | None = None) -> ContactPanel:
        """The contact with what may be done about it; neutral but for the masked number."""
        contact, me = self.contact, self._scope.account_id
        mine = self._owner is not None and self._owner == me
        works = self._may("intake", "write")
        over = contact.ended_at is not None
        page = self._page()
        answers_her = self._may("contact", "answer")
        card = call_back_card(self._session, self._scope, contact, may_call=answers_her) if answers_her else None
        return ContactPanel(
            id=str(contact.id),
            head=self._head,
            ref=self._level.ref if self._level is not None else "",
            channel=channel_of(contact.channel),
            level=self._level.level if self._level is not None else 2,
            state=contact.state,
            language=self._language(),
            line=self._line(),
            arrived_at=contact.received_at,
            heard_at=contact.last_inbound_at or contact.received_at,
            since=contact.answered_at or contact.received_at,
            owner=Names(self._session, [self._owner]).of(self._owner),
            mine=mine,
            masked_number=self._masked() if works else "",
            late=contact.late_seconds or 0,
            marks=marks_of(contact, self._level),
            page_code=page.code if page is not None else "",
            page_state=page.state if page is not None else "",
            may_accept=self._owner is None and not over and answers_her,
            may_hang_up=works and contact.channel == "voice" and contact.state in _CALL_TALKING,
            may_escalate=self._scope.may("page.request") and works,
            may_close=works and self._owner is not None and contact.state != "closed" and self._closable(),
            may_unmask=works and contact.address_kind == "number" and self._may("phone", "unmask"),
            may_replay=contact.channel == "voice" and self._may("contact", "replay"),
            unmask_reasons=unmask_reasons(),
            may_mark_silent=works and contact.channel == "voice" and not over and not contact.danger,
            close_needs=self._needs() if works else (),
            escalate=self._escalate(page) if works else None,
            callback=call_gate(self._session, self._scope, contact) if works and card is None else None,
            call_back=card,
            together=together(self._session, self._scope, contact) if works and not over else None,
            rejoin=rejoin(self._session, self._scope, contact, mine=mine and works and not over),
            reading=reading_along(self._session, self._scope, contact, works=works),
            listening=listening_panel(self._session, self._scope, contact, works=works),
            refused=" ".join((errors or {}).values()),
        )

    def _language(self) -> str:
        told = self._level.language if self._level is not None else None
        return told or self.contact.language or ""

    def _closable(self) -> bool:
        return self.contact.channel != "voice" or self.contact.ended_at is not None

    def _line(self) -> str:
        line = staff.line_by_id(self._session, self.contact.line_id)
        return line.name if line is not None else ""

    def _sender(self) -> str:
        line = staff.line_by_id(self._session, self.contact.line_id)
        return line.number if line is not None else ""

    def _masked(self) -> str:
        address = hotline.address_of(self._session, self._scope, self.contact.id)
        digits = last_digits(address) if address and self.contact.address_kind == "number" else ""
        return _MASK + digits if digits else ""

    def _page(self) -> paging.PageRow | None:
        if not self._scope.may("page.read"):
            return None
        pages = paging.pages_of_contact(self._session, self._scope, self.contact.id)
        live = [page for page in pages if page.state in LIVE_PAGES]
        if live or not pages:
            return live[-1] if live else None
        last = pages[-1]
        if last.state == "merged" and last.closed_at is None:
            # She waits with many others, and their one page has the code that her row carries.
            return paging.page_by_code(self._session, self._scope, last.code)
        return last

    def _needs(self) -> tuple[FormError, ...]:
        if self.intake is None or self.intake.state in ("closed", "escalated"):
            return ()
        missing = answers.missing(self.intake)
        return tuple(FormError(text=answers.field_label(name), field=answers.field_of(name)) for name in missing)

    def _escalate(self, page: paging.PageRow | None) -> EscalateForm:
        if page is not None and page.state in _JOINED_PAGES and not page.of_many:
            effect = _("Page %(code)s is open for her already: no second one is opened.", code=page.code)
        else:
            effect = who_is_woken(self._woken())
        return EscalateForm(reasons=escalation_reasons(suspected=self._who.suspected), effect=effect)

    def _woken(self) -> list[Called]:
        contact_id = self.contact.id
        about = about_contact(self._session, contact_id)
        try:
            return forecast(self._session, self._scope.account_id, about, contact_id, "operator_request")
        except paging.NoLadderError:
            return []

    def thread(self) -> Thread | None:
        """The messages of a text contact with the gate's sentence; none for others."""
        if self.contact.channel != "sms":
            return None
        messages = hotline.messages(self._session, self._reader, self.contact.id)
        names = Names(self._session, [message.author_id for message in messages])
        gate = may_reply(self._session, self._scope, self.contact.id)
        works, me = self._may("intake", "write") and self._scope.may("contact.answer"), self._scope.account_id
        return Thread(
            draft=hotline.draft_of(self._session, self.contact.id, me) if works and me is not None else "",
            may_answer=works,
            replies=tuple(Option(value=one, label=one) for one in ready_replies()) if self._who.suspected else (),
            messages=tuple(self._message(message, names) for message in messages),
            gate=Gate(allowed=gate.allowed, sentence=gate.sentence, sender=self._sender()),
        )

    def _message(self, message: hotline.MessageView, names: Names) -> Message:
        until = message.at + timedelta(seconds=UNDO_S)
        undoable = message.direction == "out" and message.state == "queued" and until > self._moment
        return Message(
            id=str(message.id),
            direction="in" if message.direction == "in" else "out",
            text=_words(message),
            at=message.at,
            by=_("the machine") if message.automatic else names.of(message.author_id),
            state=message_state(message.state) if message.direction == "out" else "",
            failed=message.state in FAILED,
            why=message_why(message.error_code) if message.state in FAILED else "",
            undo_until=until if undoable else None,
        )

    def page(self, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> WorkspacePage:
        """The whole workspace, with what was refused and what had been typed.

        Raises MissingPermissionError where the reader may not read the intake.
        """
        view = self.intake
        if view is None:
            raise self._scope.out_of_scope("intake", self.contact.id)
        safe = safe_contact(self._session, self._scope, self.contact.id)
        who = self._who
        kinds, works = caller_kinds(who.kinds), self._may("intake", "write")
        ways = identity_ways(self.contact.channel)
        errors, typed = errors or {}, typed or {}
        shown_there = (name for name in errors if not name.startswith((MARK, DUTY, CONSENT, PERSON, INFORMANT)))
        listed = tuple(FormError(text=errors[name], field=name) for name in shown_there)
        return WorkspacePage(
            contact=self.panel(),
            intake=intake_form(self._session, self._scope, view, safe, who, errors, typed),
            person=self._person(view, safe, who),
            thread=self.thread(),
            emergency=self._emergency(view, errors, typed),
            duty=self._duty(errors, typed),
            consents=self._consents(view, errors, typed),
            informant=informant_card(self._session, self._scope, view, errors, typed, works=works),
            one_person=one_person_card(self._session, self._scope, view, who, ways, errors, typed, works=works),
            tabs=self._tabs(),
            kinds=kinds if works else (),
            shown=shown_kinds(kinds),
            errors=listed,
        )

    def _person(self, view: IntakeView, safe: SafeContactView | None, who: Identity) -> PersonPanel:
        disturbed = self._may("intake", "write") and disturbed_before(self._session, self.contact.id)
        return replace(
            person_panel(self._session, self._scope, view, safe, who),
            night_card=self._night_card(),
            disturbed=disturbed,
            may_clear=disturbed and self._may("contact", "block"),
        )

    def _night_card(self) -> NightCard | None:
        """For the one who has her alone: others read the case, or do not."""
        mine = self._owner is not None and self._owner == self._scope.account_id
        return night_card(self._session, self._scope, self.contact) if mine else None

    def _duty(self, errors: Mapping[str, str], typed: Mapping[str, str]) -> ReportDutyCard | None:
        if not self._may("intake", "write"):
            return None
        return duty_card(self._session, self._scope, self.contact.id, self._moment, errors, typed)

    def _consents(self, view: IntakeView, errors: Mapping[str, str], typed: Mapping[str, str]) -> ConsentCard | None:
        works = self._may("intake", "write")
        return consent_card(self._session, self._scope, view, self._who, errors, typed, works=works)

    def _emergency(self, view: IntakeView, errors: Mapping[str, str], typed: Mapping[str, str]) -> EmergencyCard | None:
        if not (self._may("intake", "write") and self._scope.may("contact.answer")):
            return None
        return build_card(self._session, self._scope, view, self._moment, errors, typed)

    def _tabs(self) -> tuple[ContactTab, ...]:
        me = self._scope.account_id
        held = routing.held_by(self._session, me) if me is not None else []
        if not held:
            return ()
        found = hotline.contacts(self._scope).subquery("found")
        rows = {row.id: row for row in self._session.execute(select(found).where(found.c.id.in_(held)))}
        levels = intake.levels(self._session, held)
        return tuple(_tab(rows[one], levels.get(one), current=one == self.contact.id) for one in held if one in rows)


def _tab(row: Any, level: LevelRow | None, *, current: bool) -> ContactTab:
    waits = row.channel != "voice" and row.state in ("waiting_staff", "in_conversation") and not current
    return ContactTab(
        id=str(row.id),
        ref=level.ref if level is not None else "",
        channel=channel_of(row.channel),
        unread=int(waits),
        current=current,
    )
