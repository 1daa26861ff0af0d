"""Texts by a gateway beside the carrier: they come in, leave and are reported as the carrier's do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.clock import now as database_now
from core.unit_of_work import unit_of_work
from hotline.carriers.channels.carrying import channels_beside
from hotline.carriers.channels.description import load_channels
from hotline.journal import has_pending, replay
from hotline.models import Contact, Conversation, InboxEntry, Message, Quarantined, Send
from hotline.queries.reach import reach
from hotline.sender import GRACE_S, Sender
from hotline.service.texts import UNDO_S
from tests.edge.hotline.conftest import Room, alarmed
from tests.support.fake_carrier import FakeCarrier
from tests.support.gateway import NAME, SECRETS, SENDING, StandIn, standing_in
from tests.support.house import Clock, forget, make_ground
from tests.support.line import Line, fresh_number, line_number, new_line
from tests.support.planted import SENTENCE

LONG = "ş" * 670


@dataclass
class ByGateway(Room):
    """A room whose line the gateway carries."""

    gateway: StandIn

    def texts(self, *events: dict[str, str]) -> Any:
        """The gateway brings texts; its answer."""
        return self.gateway.bring(self.line.client, "text", list(events))

    def event(self, sender: str, body: str, identity: str) -> dict[str, str]:
        """A text as the gateway writes it: numbers without a plus."""
        return {
            "messageId": self.gateway.id(identity),
            "from": sender.removeprefix("+"),
            "to": self.line.number.removeprefix("+"),
            "text": body,
        }

    def report(self, identity: str, state: str, query: str = "", **more: Any) -> None:
        """The gateway reports."""
        event = {"messageId": identity, "status": {"name": state}, **more}
        assert self.gateway.bring(self.line.client, "report", [event], query=query).status_code == 200

    def stored(self, *identities: str) -> list[Message]:
        """What was stored of these, in the order in which it came to be."""
        sids = [f"{NAME}:{self.gateway.id(identity)}" for identity in identities]
        wanted = select(Message).where(Message.carrier_sid.in_(sids)).order_by(Message.number)
        return self.do(lambda session: list(session.scalars(wanted)))

    def words(self, *identities: str) -> list[str | None]:
        """The words of these, opened."""
        sids = [f"{NAME}:{self.gateway.id(identity)}" for identity in identities]
        wanted = select(Message).where(Message.carrier_sid.in_(sids)).order_by(Message.number)
        return self.do(lambda session: [message.body for message in session.scalars(wanted)])

    def address(self, kind: type[Contact | Conversation], row_id: UUID | None) -> str | None:
        """An address, opened."""
        return self.do(lambda session: session.get_one(kind, row_id).address)

    def aside(self) -> list[str]:
        """What was set aside of this gateway, as it stands there."""
        return self.do(
            lambda session: [
                row.payload or ""
                for row in session.scalars(select(Quarantined).where(Quarantined.kind == "channel.odd"))
                if self.gateway.tag in (row.payload or "")
            ]
        )

    def replayed(self, late: int) -> int:
        """The journal is brought into the database, so many seconds later; how much it was."""
        line = self.line

        def apply(record: Any) -> None:
            params = {**record["params"], "late_seconds": late}
            self.do(lambda session: line.steps[record["kind"]].work(session, record["form"], params))

        line.telephone.journal.release()
        report = replay(line.journal_folder, self.ground.keyring.derive("journal"), apply)
        assert report.failed == 0
        return report.applied

    def answered(self, identity: str) -> UUID:
        """She writes and a person replies; the reply's message."""
        self.texts(self.event(fresh_number(), "merhaba", identity))
        contact_id = self.stored(identity)[0].contact_id
        return self.reply(contact_id, self.permit(contact_id))


@pytest.fixture(scope="module")
def carried(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Line, StandIn]]:
    """A line whose texts a gateway carries, on a socket."""
    number, folder = line_number(), tmp_path_factory.mktemp("channels")
    with standing_in() as gateway:
        lines = f"{environment['HOTLINE_NUMBERS']},{number}"
        ground = make_ground({**environment, "HOTLINE_NUMBERS": lines, **gateway.environment(folder, number)})
        yield new_line(ground, folder / "journal", number=number), gateway
        ground.engine.dispose()


@pytest.fixture
def by_gateway(carried: tuple[Line, StandIn], hand: Clock) -> Iterator[ByGateway]:
    """The room, and a database in which nothing else waits."""
    line, gateway = carried
    ground = line.ground
    gateway.begin()
    forget(ground)

    def now() -> Any:
        with unit_of_work(ground) as session:
            return database_now(session)

    carrier = FakeCarrier(now)
    channels = channels_beside(carrier, load_channels(ground.settings), ground.settings)
    yield ByGateway(line, ground, carrier, Sender(ground, carrier, channels), hand, gateway)
    gateway.let_go.set()
    forget(ground)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (LONG, LONG),
        ("şşş {[]} 👩\u200d👧 ٣ \u202egizli\u202c", None),
        ("a\x00b\ud800c", "ab\ufffd\ufffd\ufffdc"),
        ("", ""),
    ],
    ids=["670 ş", "signs of every kind", "NUL and half a sign", "nothing"],
)
def test_her_text_reaches_the_board_once_and_as_she_wrote_it(
    by_gateway: ByGateway, body: str, kept: str | None
) -> None:
    her, first, second = fresh_number(), f"a{line_number()[1:]}", f"b{line_number()[1:]}"
    texts = [by_gateway.event(her, body, first), by_gateway.event(her, SENTENCE, second)]
    for batch in (texts, texts[::-1], texts[:1]):
        answer = by_gateway.texts(*batch)
        assert (answer.status_code, answer.text) == (200, "OK")
    found = by_gateway.stored(first, second)
    assert by_gateway.words(first, second) == [body if kept is None else kept, SENTENCE]
    assert len({message.contact_id for message in found}) == 1
    contact = by_gateway.row(Contact, found[0].contact_id)
    assert by_gateway.address(Contact, contact.id) == her
    assert (contact.channel, contact.state) == ("sms", "waiting_staff")
    assert by_gateway.story(contact.id).count("TextArrived") == 2


def test_what_does_not_prove_itself_is_refused_and_nothing_is_kept(by_gateway: ByGateway) -> None:
    before = by_gateway.do(lambda session: session.scalar(select(func.count()).select_from(InboxEntry)))
    client, event = by_gateway.line.client, by_gateway.event(fresh_number(), SENTENCE, "x1")
    forged = by_gateway.gateway.bring(client, "text", [event], secret="b" * 30)
    unsigned = client.post(f"/channels/{NAME}/text", json={"results": [event]})
    stranger = client.post("/channels/baskasi/text", json={"results": [event]}, headers={"X-Signature": "sha256=0"})
    assert [answer.status_code for answer in (forged, unsigned, stranger)] == [403, 403, 403]
    after = by_gateway.do(lambda session: session.scalar(select(func.count()).select_from(InboxEntry)))
    assert (after, by_gateway.stored("x1"), by_gateway.aside()) == (before, [], [])


def test_what_cannot_be_read_is_named_and_set_aside_and_its_neighbours_are_taken(by_gateway: ByGateway) -> None:
    good = by_gateway.event(fresh_number(), SENTENCE, "iyi-1")
    silent = {key: value for key, value in good.items() if key != "text"} | {
        "messageId": by_gateway.gateway.id("kotu-1")
    }
    elsewhere = {**good, "to": line_number(), "messageId": by_gateway.gateway.id("kotu-2")}
    before = alarmed("quarantine")
    for _ in range(2):
        answer = by_gateway.texts(silent, good, elsewhere)
        assert answer.status_code == 422
        assert answer.text == "missing: text; not_a_line: to\n"
    assert by_gateway.words("iyi-1", "kotu-1", "kotu-2") == [SENTENCE]
    assert len(by_gateway.aside()) == 2
    assert alarmed("quarantine") == before + 2
    garbage = by_gateway.gateway.bring(by_gateway.line.client, "text", b"\xff{" + by_gateway.gateway.tag.encode())
    assert (garbage.status_code, garbage.text) == (422, "unreadable: body\n")
    assert len(by_gateway.aside()) == 3


def test_without_a_database_it_is_journalled_and_replayed_once(by_gateway: ByGateway) -> None:
    line, journal = by_gateway.line, by_gateway.line.journal_folder
    line.telephone.breaker.closed = lambda: False  # type: ignore[method-assign]
    event = by_gateway.event(fresh_number(), SENTENCE, "gec-1")
    assert by_gateway.texts(event, {**event, "messageId": by_gateway.gateway.id("gec-2")}).status_code == 200
    assert by_gateway.texts({**event, "messageId": by_gateway.gateway.id("odd"), "text": None}).status_code == 422
    assert (by_gateway.stored("gec-1"), has_pending(journal)) == ([], True)
    del line.telephone.breaker.closed
    assert [by_gateway.replayed(late=40), by_gateway.replayed(late=40)] == [3, 0]
    assert by_gateway.texts(event).status_code == 200
    found = by_gateway.stored("gec-1", "gec-2")
    assert by_gateway.words("gec-1", "gec-2") == [SENTENCE, SENTENCE]
    assert by_gateway.row(Contact, found[0].contact_id).late_seconds == 40
    assert len(by_gateway.aside()) == 1


def test_one_request_waits_once_for_a_database_that_does_not_answer(
    by_gateway: ByGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[Any] = []
    names = [f"dolu-{number}" for number in range(5)]
    with monkeypatch.context() as away:
        away.setattr(by_gateway.line.telephone, "_in_database", lambda *given: waits.append(given))
        events = [by_gateway.event(fresh_number(), SENTENCE, name) for name in names]
        assert by_gateway.texts(*events).status_code == 200
    assert len(waits) == 1
    assert by_gateway.replayed(late=20) == 5
    assert by_gateway.words(*names) == [SENTENCE] * 5


def test_another_text_under_a_known_id_is_kept_beside_it_and_told(by_gateway: ByGateway) -> None:
    her, before = fresh_number(), alarmed("signature")
    by_gateway.texts(by_gateway.event(her, SENTENCE, "ayni-1"))
    assert by_gateway.texts(by_gateway.event(her, "başka", "ayni-1")).status_code == 200
    assert by_gateway.words("ayni-1") == [SENTENCE]
    assert alarmed("signature") == before + 1


def test_a_reply_leaves_by_the_gateway_in_its_shape_and_its_state_only_rises(by_gateway: ByGateway) -> None:
    message_id = by_gateway.answered("soru-1")
    by_gateway.later(UNDO_S + 1)
    contact = by_gateway.row(Contact, by_gateway.row(Message, message_id).contact_id)
    ((headers, _),), (asked,) = by_gateway.gateway.asked, by_gateway.gateway.bodies()
    assert headers["Authorization"] == f"App {SECRETS[SENDING]}"
    assert f"+{asked['destination']}" == by_gateway.address(Contact, contact.id)
    assert asked["sender"] == by_gateway.line.number.removeprefix("+")
    assert asked["body"] == SENTENCE
    assert 2 <= asked["minutes"] <= 10
    assert asked["notify"].startswith(f"https://koza.example/channels/{NAME}/report?t=")
    assert by_gateway.carrier.acts == []
    identity = by_gateway.gateway.accepted()
    states = []
    for told in ("SENT", "NEVER HEARD", "DELIVRD", "SENT", "EXPIRED", "DELIVRD"):
        by_gateway.report(identity, told)
        states.append(by_gateway.row(Message, message_id).state)
    assert states == ["sent", "sent", "delivered", "delivered", "delivered", "delivered"]
    assert by_gateway.row(Contact, contact.id).state == "waiting_person"


def test_a_report_may_come_before_our_own_row_and_without_our_word(by_gateway: ByGateway) -> None:
    by_gateway.report(by_gateway.gateway.id("m1"), "DELIVRD")
    message_id = by_gateway.answered("soru-2")
    by_gateway.later(UNDO_S + 1)
    assert by_gateway.row(Message, message_id).state == "delivered"


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ((200, {"messages": [{"status": "REJECTED", "code": 12}]}), "failed", 21614),
        ((400, {"messages": [{"status": "REJECTED", "code": "12"}]}), "failed", 21614),
        ((401, {}), "failed", None),
    ],
)
def test_a_refusal_is_the_end(by_gateway: ByGateway, answer: Any, state: str, code: int | None) -> None:
    by_gateway.gateway.answers = [answer]
    message_id = by_gateway.answered("ret-1")
    for _ in range(3):
        by_gateway.later(UNDO_S + 1)
    message = by_gateway.row(Message, message_id)
    assert (message.state, message.error_code, len(by_gateway.gateway.asked)) == (state, code, 1)


def test_what_was_surely_not_taken_is_asked_for_again(by_gateway: ByGateway) -> None:
    by_gateway.gateway.answers = [(429, {}), (200, {"messages": [{"status": "REJECTED", "code": "40"}]})]
    message_id = by_gateway.answered("tekrar-1")
    for _ in range(4):
        by_gateway.later(UNDO_S + 1)
    assert len(by_gateway.gateway.asked) == 3
    assert by_gateway.row(Message, message_id).state == "accepted"


@pytest.mark.parametrize("answer", [None, "late", (500, {}), (200, {"nothing": "known"}), (302, {})])
def test_what_may_have_been_taken_is_never_sent_twice(by_gateway: ByGateway, answer: Any) -> None:
    """It is a lost one for whoever waits, until a report says that it was none."""
    if answer == "late":
        by_gateway.gateway.stalls_s = 30
    else:
        by_gateway.gateway.answers = [answer]
    by_gateway.gateway.headers = {"Location": f"{by_gateway.gateway.url}/elsewhere"}
    message_id = by_gateway.answered("belki-1")
    by_gateway.later(UNDO_S + 1)
    assert by_gateway.send_of_message(message_id).state == "unknown"
    by_gateway.later(GRACE_S + 1)
    message = by_gateway.row(Message, message_id)
    contact = by_gateway.row(Contact, message.contact_id)
    assert (message.state, contact.answered_at, contact.state) == ("unsure", None, "waiting_staff")
    by_gateway.later(400)
    assert len(by_gateway.gateway.asked) == 1
    notify = by_gateway.gateway.bodies()[0]["notify"]
    by_gateway.report(by_gateway.gateway.id("m77"), "DELIVRD", query="?" + notify.partition("?")[2])
    assert by_gateway.row(Message, message_id).state == "delivered"
    assert by_gateway.row(Send, message.send_id).state == "finished"
    assert by_gateway.row(Contact, contact.id).answered_at is not None


def test_one_conversation_for_one_line_and_address(by_gateway: ByGateway) -> None:
    her = fresh_number()
    for number, spelt in enumerate((her, her.removeprefix("+"), f"00{her[1:]}", f"0{her[3:]}")):
        event = by_gateway.event(her, "merhaba", f"bir-{number}")
        assert by_gateway.texts({**event, "from": spelt}).status_code == 200
    found = by_gateway.stored(*(f"bir-{number}" for number in range(4)))
    assert len(found) == 4
    assert len({message.conversation_id for message in found}) == 1
    assert by_gateway.address(Conversation, found[0].conversation_id) == her


def test_a_message_by_whatsapp_stands_apart_and_nobody_answers_it_by_text(room: Room) -> None:
    her, to = fresh_number(), f"whatsapp:{room.line.number}"
    sid, answer = room.line.text(f"whatsapp:{her}", SENTENCE, To=to)
    assert answer.status_code == 200
    by_app, by_text = room.contact_of(sid), room.row(Contact, room.text(sender=her))
    assert by_app.conversation_id != by_text.conversation_id
    known = room.do(lambda session: (reach(session, by_app.id), reach(session, by_text.id)))
    assert [found is not None and found.address_index is not None for found in known] == [False, True]
