"""A text whose whole body is a page's code, from the telephone it was texted to, accepts it; no other text does."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.unit_of_work import unit_of_work
from escalation.paging import service as paging
from escalation.paging.models import Page
from hotline.models import Contact, Message, Quarantined
from practice.phones import Behaviour
from tests.support.line import fresh_number
from tests.support.planted import SENTENCE
from tests.support.world import Person, World

#: Her telephone rings into the void: what accepts a page here is a text.
DEAF = Behaviour("no_answer")


@dataclass
class Paged:
    """A page that was texted to members on call."""

    world: World
    page_id: UUID
    members: tuple[Person, ...]

    @property
    def page(self) -> Page:
        """As it stands."""
        with unit_of_work(self.world.ground) as session:
            return session.get_one(Page, self.page_id)

    def texts(self, member: Person) -> list[str]:
        """What her telephone shows."""
        return self.world.exchange.phone(member.phone).texts()

    def writes(self, sender: str, body: str, to: str = "") -> str:
        """Somebody texts the on-call number, or another one of ours; returns the message's SID."""
        number = to or self.world.ground.settings.oncall_numbers[0]
        sid = self.world.exchange.text(sender, number, body).sid
        self.world.pass_time(3)
        return sid

    def stands(self) -> tuple[str, UUID | None]:
        """State of the page, and who promised."""
        page = self.page
        return page.state, page.accepted_by

    def contact(self, sid: str) -> Contact | None:
        """The contact that a message belongs to."""
        with unit_of_work(self.world.ground) as session:
            contact_id = session.scalars(select(Message.contact_id).where(Message.carrier_sid == sid)).one_or_none()
            return None if contact_id is None else session.get_one(Contact, contact_id)

    def quarantined(self, sid: str) -> bool:
        """Whether a message was put aside as nobody's."""
        with unit_of_work(self.world.ground) as session:
            return session.scalars(select(Quarantined.id).where(Quarantined.key == sid)).first() is not None


def opened(world: World, *members: Person) -> Paged:
    """An operator asks for somebody on call about a caller."""
    operator = world.person("operator")
    sid = world.exchange.text(fresh_number(), world.line.number, SENTENCE).sid
    world.pass_time(2)
    with unit_of_work(world.ground) as session:
        contact_id = session.scalars(select(Message.contact_id).where(Message.carrier_sid == sid)).one()
    asked = world.do(
        lambda session: paging.request_for_contact(
            session, operator.actor, contact_id, "operator_request", request_reason=SENTENCE
        )
    )
    paged = Paged(world, asked.page_id, members)
    world.until(lambda: any(paged.page.code in one for member in members for one in paged.texts(member)))
    assert paged.stands() == ("open", None)
    return paged


@pytest.fixture
def paged(world: World) -> Paged:
    return opened(world, world.person("oncall", on_duty="oncall", behaviour=DEAF))


@pytest.mark.parametrize("written", ["{code}", " {code}\n", "{small}"])
@pytest.mark.parametrize("where", ["oncall", "line"])
def test_a_live_code_from_the_telephone_it_was_texted_to_accepts_the_page(
    paged: Paged, written: str, where: str
) -> None:
    [member] = paged.members
    code = paged.page.code
    to = paged.world.line.number if where == "line" else ""
    sid = paged.writes(member.phone, written.format(code=code, small=code.lower()), to)
    assert paged.stands() == ("acked", member.account_id)
    assert paged.contact(sid) is None
    assert not paged.quarantined(sid)


def test_a_code_said_twice_is_a_promise_once(paged: Paged) -> None:
    [member] = paged.members
    for _ in range(2):
        paged.writes(member.phone, paged.page.code)
    assert paged.stands() == ("acked", member.account_id)
    assert paged.page.epoch == 2


def test_a_wrong_code_accepts_nothing_and_on_the_line_is_a_text_of_a_caller(paged: Paged) -> None:
    [member] = paged.members
    wrong = "2345" if paged.page.code != "2345" else "2346"
    sid = paged.writes(member.phone, wrong, paged.world.line.number)
    assert paged.stands() == ("open", None)
    contact = paged.contact(sid)
    assert contact is not None
    assert contact.state == "waiting_staff"
    aside = paged.writes(member.phone, wrong)
    assert paged.stands() == ("open", None)
    assert (paged.contact(aside), paged.quarantined(aside)) == (None, True)


@pytest.mark.parametrize("words", ["{code} tamam", "tamam {code}", "{code}{code}"])
def test_more_than_the_code_is_a_text_of_a_caller(paged: Paged, words: str) -> None:
    [member] = paged.members
    sid = paged.writes(member.phone, words.format(code=paged.page.code), paged.world.line.number)
    assert paged.stands() == ("open", None)
    assert paged.contact(sid) is not None


def test_another_persons_code_accepts_nothing(paged: Paged) -> None:
    """Neither a stranger's telephone nor a colleague's who was not paged with it."""
    stranger, colleague = fresh_number(), paged.world.person("oncall", on_duty=None, behaviour=DEAF).phone
    for sender in (stranger, colleague):
        sid = paged.writes(sender, paged.page.code, paged.world.line.number)
        assert paged.stands() == ("open", None)
        contact = paged.contact(sid)
        assert contact is not None
        assert contact.state == "waiting_staff"


def test_of_two_who_answer_the_first_wins_and_the_second_is_told_by_text(world: World) -> None:
    members = tuple(world.person("oncall", on_duty="oncall", behaviour=DEAF) for _ in range(2))
    paged = opened(world, *members)
    code = paged.page.code
    world.until(lambda: all(any(code in one for one in paged.texts(member)) for member in members))
    for member in members:
        paged.writes(member.phone, code)
    assert paged.stands() == ("acked", members[0].account_id)
    assert paged.texts(members[1])[-1] == f"{code} alindi"


def test_the_code_of_a_closed_page_opens_nothing_and_she_is_told(paged: Paged) -> None:
    [member] = paged.members
    paged.world.do(lambda session: paging.close(session, member.actor, paged.page_id, "resolved"))
    sid = paged.writes(member.phone, paged.page.code, paged.world.line.number)
    assert paged.stands() == ("closed", None)
    assert paged.contact(sid) is None
    assert paged.texts(member)[-1] == f"{paged.page.code} acik degil"


def test_after_three_days_a_code_is_a_text_like_any_other(paged: Paged) -> None:
    [member] = paged.members
    with paged.world.ground.engine.begin() as connection:
        connection.execute(
            text("UPDATE hotline_sends SET created_at = created_at - interval '73 hours' WHERE reply_code = :code"),
            {"code": paged.page.code},
        )
    sid = paged.writes(member.phone, paged.page.code, paged.world.line.number)
    assert paged.stands() == ("open", None)
    assert paged.contact(sid) is not None
