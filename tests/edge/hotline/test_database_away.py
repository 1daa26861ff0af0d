"""The database hangs, is gone, and comes back; the disk fails too: nobody is lost, and nobody waits for an answer."""

from __future__ import annotations

import functools
import os
import re
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, QueuePool, select, text
from sqlalchemy.orm import Session

from config import web
from config.engines.postgres import PostgresEngine
from config.web import Replayer, create_app
from core.actor import system
from core.due import Due
from core.settings import Settings
from core.unit_of_work import unit_of_work
from hotline import shapes
from hotline.journal import Journal, has_pending
from hotline.models import Call, Contact, Message, Send
from hotline.paths import READ_TIMEOUT_S
from hotline.roster import Roster, write_roster
from hotline.service.calls import DEADLINE
from hotline.sound_files import silence
from hotline.sounds import PATH
from hotline.telephone import PATIENT_LINE, PATIENT_PLACES, WAIT_S, Step, Telephone
from staff import service as staff_service
from tests.support.dumps import keep_dump
from tests.support.engines import suite_environment
from tests.support.house import make_ground
from tests.support.line import Line, fresh_number, fresh_sid, line_number
from tests.support.migrated import migrate_database
from tests.support.recordings import recorded
from tests.support.tones import wav


@dataclass
class House:
    """A house on a server of its own, which may be stopped."""

    engine: PostgresEngine
    app: Flask
    line: Line
    replayer: Replayer

    @property
    def telephone(self) -> Telephone:
        found: Telephone = self.app.extensions["koza_telephone"]
        return found

    @property
    def journal(self) -> Path:
        return self.telephone.ground.settings.data_dir / "journal"

    @contextmanager
    def hung(self) -> Iterator[None]:
        """The server and all its processes stand still."""
        assert self.engine.pid is not None
        server = self.engine.pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        everybody = [server, *map(int, children)]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def gone(self) -> Iterator[None]:
        """The server was killed; a supervisor starts it again at its old place."""
        assert self.engine.pid is not None
        os.kill(self.engine.pid, signal.SIGQUIT)
        self.until(lambda: not self.engine.alive())
        try:
            yield
        finally:
            self.engine.start()

    def replayed(self) -> None:
        """The journal is in the database again."""
        self.until(lambda: self.replayer.round() >= 0 and not has_pending(self.journal))

    @staticmethod
    def until(condition: Callable[[], bool], patience: float = 30.0) -> None:
        """Look again and again, as the replaying thread does."""
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, "it did not come about"

    def contacts(self, sid: str) -> list[Contact]:
        with unit_of_work(self.telephone.ground) as session:
            return list(session.scalars(select(Contact).where(Contact.carrier_sid == sid)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresEngine]:
    folder = tmp_path_factory.mktemp("server")
    # Durable, unlike the suite's: what was committed must be there after a kill.
    engine = PostgresEngine(folder)
    engine.start()
    migrate_database(engine.url())
    yield engine
    keep_dump(engine.url(), folder, "database")
    engine.stop()


@pytest.fixture
def house(server: PostgresEngine, tmp_path: Path) -> Iterator[House]:
    settings = Settings.load(suite_environment(server.url(), None, tmp_path))
    ground = make_ground(suite_environment(server.url(), None, tmp_path))
    number = line_number()
    with unit_of_work(ground) as session:
        centre_id = staff_service.create_centre(
            session,
            system("tests"),
            slug=f"c{fresh_sid('x')[:12]}",
            name="Merkez",
            province_code="06",
        )
        line_id = staff_service.add_line(session, system("tests"), number=number, centre_id=centre_id, name="Hat")
    app = create_app(settings, replaying=False)
    telephone = app.extensions["koza_telephone"]
    line = Line(telephone.ground, app.test_client(), centre_id, line_id, number, telephone)
    yield House(server, app, line, Replayer(telephone.ground, telephone))
    for engine in (ground.engine, telephone.ground.engine, app.extensions["koza_ground"].engine):
        # Whoever still waited for the hung server gives its connection back first.
        House.until(functools.partial(_nobody_asks, engine))
        engine.dispose()


def _nobody_asks(engine: Engine) -> bool:
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout() == 0


def test_a_webhook_gives_up_on_the_database_long_before_the_carrier_gives_up_on_it() -> None:
    """What follows, the journal's sync and the answer itself, has more than half of the carrier's patience."""
    assert WAIT_S < READ_TIMEOUT_S / 2


@pytest.mark.parametrize("how", ["hung", "gone"])
def test_calls_and_texts_survive_a_database_that_is(house: House, how: str) -> None:
    house.line.ring(fresh_number())
    house.telephone.wait_s = 0.2  # the server stands still for as long as the webhooks are answered
    caller, sender = fresh_number(), fresh_number()
    with getattr(house, how)():
        sid, rung = house.line.ring(caller)
        message, texted = house.line.text(sender, "yardım")
        house.line.ring(caller, sid)
        ended = house.line.status(sid, caller, "completed", 3)
        assert (rung.status_code, texted.status_code, ended.status_code) == (200, 200, 200)
        assert "112" in rung.text
        assert "<Message" not in texted.text
        assert has_pending(house.journal)
    house.replayed()
    (contact,) = house.contacts(sid)
    assert contact.late_seconds is not None
    assert contact.state.startswith("abandoned")
    with unit_of_work(house.telephone.ground) as session:
        kept = session.scalars(select(Message).where(Message.carrier_sid == message)).all()
        assert [item.body for item in kept] == ["yardım"]
        assert session.scalars(select(Send).where(Send.public)).all() == []
    house.until(lambda: house.line.ring(fresh_number())[1].text.count("<Gather") == 1)


def test_the_duty_telephone_of_the_last_roster_is_rung(house: House) -> None:
    ground, duty = house.telephone.ground, fresh_number()
    with unit_of_work(ground) as session:
        moment = session.execute(text("SELECT now()")).scalar_one()
    roster = Roster({house.line.number: (duty,)}, moment)
    write_roster(ground.settings.data_dir / "roster.sealed", ground.keyring.derive("roster"), roster)
    with house.gone():
        _, rung = house.line.ring(fresh_number())
    assert duty in rung.text
    assert f'callerId="{house.line.number}"' in rung.text
    house.replayed()


def test_her_call_goes_on_while_the_database_is_away_and_never_past_its_ceiling(house: House) -> None:
    caller = fresh_number()
    sid, _ = house.line.ring(caller)
    contact_id = house.contacts(sid)[0].id
    with house.gone():
        entered = house.line.step(f"/twilio/voice/menu/{contact_id}", sid, caller, Digits="4")
        waits = house.line.step(f"/twilio/voice/wait/{contact_id}", sid, caller, QueueTime="15", Digits="5")
        too_long = house.line.step(f"/twilio/voice/wait/{contact_id}", sid, caller, QueueTime="120")
        out = house.line.step(f"/twilio/voice/left/{contact_id}", sid, caller, QueueResult="leave")
    assert "<Enqueue" in entered.text
    assert "<Say" not in waits.text
    assert "<Leave/>" in too_long.text
    assert "112" in out.text
    house.replayed()
    (contact,) = house.contacts(sid)
    assert (contact.language, contact.danger, contact.state) == ("ku", True, "queued")


def test_a_late_call_that_may_be_talking_to_the_duty_telephone_is_not_interrupted(house: House) -> None:
    with house.gone():
        sid, _ = house.line.ring(fresh_number())
    house.replayed()
    with unit_of_work(house.telephone.ground) as session:
        call = session.scalars(select(Call).where(Call.carrier_sid == sid)).one()
        due = select(Due.id).where(Due.kind == DEADLINE, Due.subject == str(call.id))
        assert session.execute(due).all() == []


def test_a_form_of_a_wrong_shape_is_refused_without_a_database_too(house: House) -> None:
    with house.gone():
        answer = house.line.post("/twilio/voice", {"CallSid": "CA1", "From": fresh_number(), "To": house.line.number})
        assert answer.status_code == 403
        assert not has_pending(house.journal)


def test_with_the_disk_failing_too_the_carrier_is_told_to_go_elsewhere(house: House, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    house.telephone.journal = Journal(blocked / "journal", house.telephone.ground.keyring.derive("journal"))
    with house.gone():
        assert house.line.ring(fresh_number())[1].status_code == 503
        assert house.line.text(fresh_number(), "yardım")[1].status_code == 503


def test_people_s_pages_never_take_the_carrier_s_last_thread(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PAGE_THREADS", 0)
    app = create_app(house.telephone.ground.settings, replaying=False)
    client = app.test_client()
    assert client.get("/sign-in").status_code == 503
    assert client.get("/healthz").status_code == 200
    telephone, mine = app.extensions["koza_telephone"], house.line
    line = Line(telephone.ground, client, mine.centre_id, mine.line_id, mine.number, telephone)
    assert line.ring(fresh_number())[1].status_code == 200
    telephone.ground.engine.dispose()


def test_a_statement_that_is_given_up_costs_its_own_webhook_alone(house: House) -> None:
    def too_slow(session: Session, _form: object, _params: object) -> str:
        session.execute(text("SET LOCAL statement_timeout = 1"))
        session.execute(text("SELECT pg_sleep(10)"))
        return "never"

    step = Step("voice_step", too_slow, lambda _form, _params: "safe", shapes.voice_step)
    assert house.telephone._in_database(step, {}, {}) is None
    _, rung = house.line.ring(fresh_number())
    assert "<Gather" in rung.text
    assert not has_pending(house.journal)


def test_callers_are_answered_while_texts_have_to_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    telephone = house.telephone
    monkeypatch.setattr(telephone, "wait_s", 0.2)
    for _ in range(PATIENT_PLACES):
        telephone.patient.acquire()
    _, rung = house.line.ring(fresh_number())
    assert "<Gather" in rung.text
    assert not has_pending(house.journal)
    assert house.line.text(fresh_number(), "yardım")[1].status_code == 200
    assert has_pending(house.journal)
    assert telephone.breaker.closed()
    telephone.patient.release(PATIENT_PLACES)
    house.replayed()


def test_where_many_texts_wait_the_next_keeps_no_thread_and_is_journalled_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone = house.telephone
    for place, count in ((telephone.patient, PATIENT_PLACES), (telephone.line, PATIENT_LINE)):
        for _ in range(count):
            assert place.acquire(blocking=False)
    # Whoever waited for a place would wait for longer than this test may last.
    monkeypatch.setattr(telephone, "wait_s", 3600.0)
    assert house.line.text(fresh_number(), "yardım")[1].status_code == 200
    assert has_pending(house.journal)
    _, rung = house.line.ring(fresh_number())
    assert "<Gather" in rung.text
    telephone.line.release(PATIENT_LINE)
    telephone.patient.release()
    assert house.line.text(fresh_number(), "yardım")[1].status_code == 200
    telephone.patient.release(PATIENT_PLACES - 1)
    house.replayed()
    assert not has_pending(house.journal)


def test_what_is_journalled_has_the_time_of_the_database(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own clock may be wrong by hours; the database has told the house what time it is."""
    assert house.replayer.tell_the_time()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    with house.gone():
        sid, _ = house.line.ring(fresh_number())
    house.replayed()
    (contact,) = house.contacts(sid)
    assert contact.late_seconds is not None
    assert contact.late_seconds < 600


def test_a_disk_that_refuses_is_not_left_full_of_beginnings(house: House) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with house.gone():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            assert house.line.ring(fresh_number())[1].status_code == 503
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(house.journal.glob("*.new")) == []


def test_a_safe_route_says_nothing_about_the_database(house: House) -> None:
    """Otherwise each of its requests would let the next one wait for a database that is away."""
    breaker = house.telephone.breaker
    breaker.failed()
    for path, more in (("screen", {}), ("screened", {"Digits": "1"}), ("after", {"DialCallStatus": "busy"})):
        answer = house.line.step(f"/twilio/voice/safe/{path}", fresh_sid("CA"), fresh_number(), **more)
        assert answer.status_code == 200
    assert breaker._until > 0
    house.until(breaker.closed)
    house.line.step("/twilio/voice/safe/after", fresh_sid("CA"), fresh_number(), DialCallStatus="busy")
    assert not breaker.closed()


def test_what_was_recorded_is_given_out_while_the_database_is_away_and_the_last_known_stands(house: House) -> None:
    recorded(house.telephone.ground, "greeting_neutral", file=wav(2))
    sounds, client = house.telephone.sounds, house.app.test_client()
    assert sounds.look()
    (address,) = re.findall("<Play>(.*?)</Play>", house.line.ring(fresh_number())[1].text)
    path = urlsplit(address).path
    for away in (house.gone, house.hung):
        with away():
            assert not sounds.look()
            answer = client.get(path)
            assert (answer.status_code, answer.data) == (200, wav(2))
            assert "immutable" in answer.headers["Cache-Control"]
            # Who is answered without the database is answered by the carrier's voice.
            assert "<Play" not in house.line.ring(fresh_number())[1].text
            began = time.monotonic()
            strange = client.get(f"{PATH}/{uuid4()}/closing.ku.wav")
            assert (strange.status_code, strange.data) == (200, silence())
            assert time.monotonic() - began < WAIT_S
        house.replayed()
    assert sounds.look()
    house.until(lambda: f"<Play>{address}</Play>" in house.line.ring(fresh_number())[1].text)


def test_readiness_answers_while_the_database_hangs(house: House) -> None:
    with house.hung():
        answer = house.app.test_client().get("/readyz")
        assert answer.status_code == 503
        assert house.app.test_client().get("/healthz").status_code == 200


def test_metrics_answer_while_the_database_hangs_and_tell_no_false_zero(house: House) -> None:
    with house.hung():
        house.line.ring(fresh_number())
        page = house.app.test_client().get("/metrics").text
    assert "koza_database_up 0.0" in page
    assert "koza_journal_waiting 1.0" in page
    assert "koza_pages_open" not in page
    assert "koza_queue_waiting" not in page
    house.replayed()
    assert "koza_journal_waiting 0.0" in house.app.test_client().get("/metrics").text
