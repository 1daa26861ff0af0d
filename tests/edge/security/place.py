"""A centre with one of everything that can be asked for, and people of one role in every position towards it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from core.actor import system
from core.clock import now
from core.ids import new_id
from core.unit_of_work import unit_of_work
from escalation.cases.clock.models import ClosureTick, Deadline, Reminder
from escalation.cases.copying.catalogue_rows import load_catalogues as load_sheets
from escalation.cases.lists import queries as lists
from escalation.cases.lists import service as list_service
from escalation.cases.lists.example import example
from escalation.cases.models import Case, Task
from escalation.cases.register.catalogue_rows import load_catalogues
from escalation.perpetrators import service as perpetrators
from hotline.models import Message
from hotline.service import recordings
from intake import service as intake
from intake.models import Consent, Informant, Merge
from intake.queries.texting import text_policy
from routing.models import Shift
from routing.service import add_shift
from staff import night_acts, queries
from staff import service as staff
from staff.rules import ISTANBUL
from staff.scope import Scope
from tests.edge.dashboard.conftest import Browser, House
from tests.edge.dashboard.test_workspace import number_of
from tests.support.line import fresh_number
from tests.support.planted import ADDRESS, NAME, SENTENCE
from tests.support.tones import wav

TESTS = system("tests")
DOCKET = "2026/4711 D.İş"
#: Where a reader of some role stands: at the centre; there and assigned to the records; assigned and barred from them;
#: at another centre.
Position = Literal["own", "assigned", "barred", "foreign"]
POSITIONS: tuple[Position, ...] = ("own", "assigned", "barred", "foreign")
#: Roles that hold an act which asks for the code again.
_STEP_UP = frozenset({"shift_lead", "director", "admin", "operator", "oncall", "legal"}) | {
    *("social_worker", "psychologist", "child_development"),
}


@dataclass
class Place:
    """One centre's records, made as they are made in the house, and another centre that must learn nothing of them."""

    home: House
    away: House
    people: dict[tuple[str, str], Browser] = field(default_factory=dict)

    def reader(self, role: str, position: Position) -> Browser:
        """Somebody of this role in this position."""
        if (role, position) not in self.people:
            house = self.away if position == "foreign" else self.home
            self.people[role, position] = reader = house.browser(role, stepped_up=role in _STEP_UP)
            if position in {"assigned", "barred"}:
                self._assign(reader)
            if position == "barred":
                self.bar(reader.account_id)
        return self.people[role, position]

    def _assign(self, reader: Browser) -> None:
        with unit_of_work(self.home.ground) as session:
            for kind, subject in (*self.matter, ("page", self.page_id), ("perpetrator", self.file[0])):
                staff.grant(
                    session,
                    TESTS,
                    subject_kind=kind,
                    subject_id=subject,
                    grantee_kind="staff",
                    grantee_id=reader.account_id,
                    reason="assigned",
                    centre_id=self.home.desk.centre_id,
                )

    def recording(self) -> UUID:
        """A prompt that was recorded and that no caller hears yet."""
        scope = Scope.system("tests")
        with unit_of_work(self.home.ground) as session:
            return recordings.upload(session, TESTS, scope, "other_number", "ku", wav())

    def bar(self, account_id: UUID) -> None:
        """Keep her from the matter, as a director would: from case, intakes and contacts."""
        with unit_of_work(self.home.ground) as session:
            staff.bar(session, TESTS, subjects=self.matter, account_id=account_id, reason="kin")

    @cached_property
    def operator(self) -> Browser:
        """Who took the call and the text."""
        return self.home.browser("operator", ready=True)

    @cached_property
    def call(self) -> UUID:
        """A call that its operator talks in."""
        call = self.home.desk.call()
        assert self.operator.post(f"/offers/{call}/accept", json=True).get_json() == {"won": True}
        return call

    @cached_property
    def text(self) -> UUID:
        """A text conversation that was answered, paged for, and became a case."""
        text = self.home.desk.text(SENTENCE)
        assert self.operator.post(f"/offers/{text}/accept", json=True).get_json() == {"won": True}
        assert self.operator.post(f"/contacts/{text}/messages", {"text": SENTENCE}).status_code == 303
        return text

    @cached_property
    def consent(self) -> UUID:
        """What she agreed to in the call."""
        intake_id = self.home.desk.intake(self.call).id
        form = {"recipient": "police", "told": "name", "how": "spoken", "words": SENTENCE}
        assert self.operator.post(f"/intakes/{intake_id}/consents", form).status_code == 303
        with unit_of_work(self.home.ground) as session:
            return session.scalars(select(Consent.id).where(Consent.intake_id == intake_id)).one()

    @cached_property
    def told(self) -> UUID:
        """The intake of the call, with somebody kept apart who told of her."""
        mine = self.home.desk.intake(self.call).id
        with unit_of_work(self.home.ground) as session:
            session.add(Informant(id=new_id(), intake_id=mine, relation="neighbour"))
        return mine

    @cached_property
    def merge(self) -> UUID:
        """That the call and the text are one woman's, as somebody thinks."""
        mine, other = self.home.desk.intake(self.call), self.home.desk.intake(self.text)
        form = {"ref": other.ref, "why": SENTENCE}
        assert self.operator.post(f"/intakes/{mine.id}/one-person", form).status_code == 303
        with unit_of_work(self.home.ground) as session:
            either = (Merge.first_id == mine.id) | (Merge.second_id == mine.id)
            return session.scalars(select(Merge.id).where(either)).one()

    @cached_property
    def message(self) -> UUID:
        """What was answered to her."""
        with unit_of_work(self.home.ground) as session:
            outward = select(Message.id).where(Message.contact_id == self.text, Message.direction == "out")
            return session.scalars(outward).one()

    @cached_property
    def case_ref(self) -> str:
        """The case that was opened from the text, given to a case worker, with two tasks."""
        answer = self.operator.post(f"/intakes/{self.home.desk.intake(self.text).id}/open-case")
        ref: str = answer.headers["Location"].removeprefix("/cases/")
        lead = self.home.browser("shift_lead")
        with unit_of_work(self.home.ground) as session:
            case_id = session.scalars(select(Case.id).where(Case.ref == ref)).one()
        assert lead.post(f"/cases/{case_id}/owner", {"owner": str(self.keeper.account_id)}).status_code == 303
        for title in (ADDRESS, f"{ADDRESS} 2"):
            assert self.keeper.post(f"/cases/{case_id}/tasks", {"title": title}).status_code == 303
        return ref

    @cached_property
    def case(self) -> UUID:
        """The id of the case."""
        with unit_of_work(self.home.ground) as session:
            return session.scalars(select(Case.id).where(Case.ref == self.case_ref)).one()

    @cached_property
    def keeper(self) -> Browser:
        """The case worker who is responsible for the case."""
        return self.home.browser("social_worker")

    @cached_property
    def task(self) -> UUID:
        """One of the tasks of the case; the other stays open."""
        with unit_of_work(self.home.ground) as session:
            return session.scalars(select(Task.id).where(Task.case_id == self.case).order_by(Task.id)).all()[0]

    @cached_property
    def page(self) -> str:
        """The code of a page about the text, which somebody accepted."""
        assert self.operator.post(f"/contacts/{self.text}/escalate", {"reason": "legal_now"}).status_code == 303
        [row] = self.operator.json("/board/snapshot")["pages"]
        code: str = row["code"]
        self.page_id = UUID(row["id"])
        assert self.home.browser("oncall").post(f"/pages/{code}/accept").status_code == 303
        return code

    @cached_property
    def file(self) -> tuple[UUID, str]:
        """A file of the perpetrator unit: id and reference."""
        worker = self.home.browser("perpetrator_worker")
        with unit_of_work(self.home.ground) as session:
            scope = Scope.of(session, worker.account_id)
            made = perpetrators.open_file(session, scope.actor, scope, self.home.desk.centre_id, NAME, "court_order")
            return made.id, made.ref

    @cached_property
    def petition(self) -> UUID:
        """A petition that was drawn up in the case."""
        form = {"purpose": "measures", "statement": SENTENCE}
        answer = self.keeper.post(f"/cases/{self.case}/petitions", form)
        return UUID(answer.headers["Location"].removeprefix("/petitions/"))

    @cached_property
    def matter(self) -> tuple[tuple[str, UUID], ...]:
        """All the records that tell of the same matter."""
        intakes = [("intake", self.home.desk.intake(contact).id) for contact in (self.call, self.text)]
        return (("contact", self.call), ("contact", self.text), *intakes, ("case", self.case))

    @cached_property
    def colleague(self) -> Browser:
        """An operator whose account others may look at."""
        return self.home.browser("operator")

    def sign_in_name(self) -> str:
        """Her sign-in name."""
        with unit_of_work(self.home.ground) as session:
            found = queries.account(session, self.colleague.account_id)
            assert found is not None
            return found.name

    def point(self) -> UUID:
        """Her one telephone, added anew where somebody took it away."""
        with unit_of_work(self.home.ground) as session:
            phones = queries.telephones_of(session, self.colleague.account_id)
            if phones:
                return phones[0].points[0][0]
            return staff.add_contact_point(session, TESTS, self.colleague.account_id, "voice", fresh_number())

    def lower(self) -> None:
        """The call is of the lowest level, so that it can be raised."""
        lower = {"level": "4", "reason": "yanlış anlaşıldı"}
        assert self._asker.post(f"/intakes/{self.names['call_intake']}/level", lower).status_code == 303

    def shift(self) -> UUID:
        """A shift of hers, made anew where somebody took it away."""
        with unit_of_work(self.home.ground) as session:
            mine = select(Shift.id).where(Shift.account_id == self.colleague.account_id)
            found = session.scalars(mine).one_or_none()
            if found is not None:
                return found
            start: datetime = now(session) + timedelta(days=3)
            add_shift(
                session,
                TESTS,
                account_id=self.colleague.account_id,
                centre_id=self.home.desk.centre_id,
                line_id=self.home.desk.line.line_id,
                role="operator",
                start=start,
                end=start + timedelta(hours=8),
            )
            return session.scalars(mine).one()

    def act(self) -> UUID:
        """A reset of her sign-in that waits for a second person, asked for anew where it was decided."""
        with unit_of_work(self.home.ground) as session:
            scope = Scope.of(session, self._asker.account_id)
            for row in queries.my_open_acts(session, scope):
                return row.id
            night_acts.request_act(
                session,
                scope,
                "reset_sign_in",
                "account",
                self.colleague.account_id,
                reason="telefonu kayıp",
                centre_id=self.home.desk.centre_id,
                night=False,
            )
            return queries.my_open_acts(session, scope)[0].id

    def agreed(self) -> UUID:
        """Words that the centre agreed on for an emergency, anew where somebody dropped them."""
        with unit_of_work(self.home.ground) as session:
            scope = Scope.of(session, self._director.account_id)
            intake.agree_words(session, scope.actor, scope, self.home.desk.centre_id, "ekmek aldın mı")
            return text_policy(session, scope, self.home.desk.centre_id).words[0].id

    def brought(self) -> UUID:
        """A list that its uploader has not confirmed yet, brought anew where somebody did."""
        with unit_of_work(self.home.ground) as session:
            scope = Scope.of(session, self.lawyer.account_id)
            for row in lists.lists(session, scope):
                if row.state == "uploaded":
                    return row.id
            return list_service.upload(session, scope.actor, scope, self.home.desk.centre_id, example())

    @cached_property
    def lawyer(self) -> Browser:
        """The centre's lawyer."""
        return self.home.browser("legal")

    @cached_property
    def _director(self) -> Browser:
        return self.home.browser("director")

    @cached_property
    def _asker(self) -> Browser:
        return self.home.browser("shift_lead")

    @cached_property
    def number(self) -> str:
        """Her whole number."""
        return number_of(self.home, self.text)

    @cached_property
    def decision(self) -> str:
        """A court's decision in the case, with its paper."""
        with unit_of_work(self.home.ground) as session:
            load_catalogues(session)
            load_sheets(session)
            day = now(session).date().isoformat()
        lawyer = self.home.browser("legal")
        typed = {"form": "court", "authority": "Ankara 3. Aile Mahkemesi", "province": "06", "decided_on": day}
        form = {**typed, "docket": DOCKET, "codes": ["o5_a"], "length": "30:days"}
        answer = lawyer.post(f"/cases/{self.case}/decisions", form)
        assert answer.status_code == 303
        where = answer.headers["Location"]
        kept = lawyer.post(where, {"do": "paper", "content": (io.BytesIO(b"%PDF-1.7"), "karar.pdf")})
        assert kept.status_code == 303
        return where.removeprefix("/decisions/")

    @cached_property
    def paper(self) -> str:
        """The paper of the decision."""
        page = self.home.browser("legal").get(f"/decisions/{self.decision}").text
        return page.split('href="/papers/', 1)[1].split('"', 1)[0]

    @cached_property
    def clock(self) -> dict[str, str]:
        """What the law's clock made of the decision: a reminder that was told, and two ticks, one of them late."""
        assert self.decision
        with unit_of_work(self.home.ground) as session:
            mine = select(Deadline).where(Deadline.case_id == self.case)
            ends = session.scalars(mine.where(Deadline.rule == "measure_expiry")).one()
            renewal = session.scalars(mine.where(Deadline.rule == "renewal_window")).one()
            told = session.scalars(select(Reminder).where(Reminder.deadline_id == ends.id)).all()[0]
            told.state, told.told_at = "told", now(session)
            day = now(session).astimezone(ISTANBUL).date()
            made = [
                ClosureTick(
                    centre_id=ends.centre_id,
                    deadline_id=one.id,
                    day=day,
                    next_working_day=day + timedelta(days=3),
                    escalated_at=None if one is ends else now(session),
                )
                for one in (ends, renewal)
            ]
            session.add_all(made)
            session.flush()
            ids = {"reminder": told.id, "deadline": ends.id, "tick": made[0].id, "late_tick": made[1].id}
        return {name: str(value) for name, value in ids.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """What stands in addresses and forms, by name."""
        desk = self.home.desk
        return {
            "call": str(self.call),
            "text": str(self.text),
            "call_intake": str(desk.intake(self.call).id),
            "text_intake": str(desk.intake(self.text).id),
            "consent": str(self.consent),
            "merge": str(self.merge),
            "told_intake": str(self.told),
            "text_ref": desk.intake(self.text).ref,
            "message": str(self.message),
            "case": str(self.case),
            "case_end": str(self.case)[-8:],
            "case_ref": self.case_ref,
            "task": str(self.task),
            "petition": str(self.petition),
            "decision": self.decision,
            "docket": DOCKET,
            "paper": self.paper,
            **self.clock,
            "page": self.page,
            "line": str(desk.line.line_id),
            "file_ref": self.file[1],
            "keeper": str(self.keeper.account_id),
            "account": str(self.colleague.account_id),
            "account_name": self.sign_in_name(),
            "words": SENTENCE,
            "title": ADDRESS,
            "file_name": NAME,
            "number": self.number,
        }
