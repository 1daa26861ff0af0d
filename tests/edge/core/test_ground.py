"""The ground holds: sealed columns, facts and reactions, due times, relay, audit chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.actor import system
from core.audit import AuditEntry, AuditLink, chain_pending, record, verify
from core.clock import koza_now
from core.crypto import CryptoError, drop_data_key, new_data_key, open_sealed, seal
from core.database import Ground, new_sessions
from core.due import Due, DueHandlers, set_due
from core.facts import Fact, Reactions, StoredFact, report, run_deferred
from core.ids import new_id
from core.outbox import Outbox, publish
from core.relay import Message, Relay, SinkUnavailableError, head_of
from core.sweeping import sweep
from core.unit_of_work import run, unit_of_work
from tests.support.house import Clock


@dataclass(frozen=True)
class BellRang(Fact):
    """A fact for these tests."""

    times: int
    by: UUID | None


def rewired(ground: Ground, reactions: Reactions, due: DueHandlers) -> Ground:
    """The same database with other reactions and handlers."""
    sessions = new_sessions(ground.engine, settings=ground.settings, keyring=ground.keyring, reactions=reactions)
    return replace(ground, sessions=sessions, reactions=reactions, due_handlers=due)


def test_a_sealed_value_opens_only_in_its_own_place(session: Session) -> None:
    key, record_id = new_data_key(session), new_id()
    sealed = seal(session, key, "contacts", "name", record_id, "Zeynep")
    assert b"Zeynep" not in sealed
    assert open_sealed(session, key, "contacts", "name", record_id, sealed) == "Zeynep"
    for place in (("cases", "name", record_id), ("contacts", "note", record_id), ("contacts", "name", new_id())):
        with pytest.raises(CryptoError):
            open_sealed(session, key, *place, sealed)


def test_dropping_the_data_key_erases(session: Session) -> None:
    key, record_id = new_data_key(session), new_id()
    sealed = seal(session, key, "contacts", "name", record_id, "Zeynep")
    drop_data_key(session, key)
    assert open_sealed(session, key, "contacts", "name", record_id, sealed) is None


def test_a_reaction_that_raises_is_deferred_in_order_and_the_fact_commits(ground: Ground) -> None:
    contact, heard, broken = new_id(), [], [True]

    def react(_session: Session, fact: BellRang) -> None:
        if broken[0]:
            raise RuntimeError("not now")
        heard.append(fact.times)

    reactions, due = Reactions(), DueHandlers()
    reactions.on(BellRang, "tests.hear", react)
    due.on("reaction", run_deferred)
    house = rewired(ground, reactions, due)
    first = run(house, lambda session: report(session, BellRang(contact, None, 1, contact)))
    broken[0] = False
    run(house, lambda session: report(session, BellRang(contact, None, 2, None)))
    assert heard == []
    with unit_of_work(house) as session:
        assert session.get(StoredFact, first) is not None
        waiting = session.scalars(select(Due.subject).where(Due.lane_contact == contact).order_by(Due.id)).all()
        assert len(waiting) == 2
    sweep(house)
    assert heard == [1, 2]
    run(house, lambda session: report(session, BellRang(contact, None, 3, None)))
    assert heard == [1, 2, 3]


def test_a_failing_due_row_stays_and_is_tried_again(ground: Ground, hand: Clock) -> None:
    subject, tries = str(new_id()), []

    def handle(_session: Session, due_subject: str, _epoch: int) -> None:
        tries.append(due_subject)
        if len(tries) < 3:
            raise RuntimeError("not now")

    due = DueHandlers()
    due.on("tests.bell", handle)
    house = rewired(ground, Reactions(), due)
    with unit_of_work(house) as session:
        set_due(session, "tests.bell", subject, koza_now())
    sweep(house)
    assert tries == [subject]
    for seconds in (3, 5):
        hand.advance(seconds, sweeping=False)
        sweep(house)
    assert tries == [subject] * 3
    with unit_of_work(house) as session:
        assert session.scalars(select(Due).where(Due.subject == subject)).all() == []


class _Sink:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.away = False

    def publish(self, messages: Sequence[Message]) -> None:
        if self.away:
            raise SinkUnavailableError
        self.messages.extend(messages)


def _renderer(_session: Session, subjects: Sequence[str]) -> dict[str, tuple[dict[str, Any], Sequence[str]]]:
    return {subject: ({"id": subject}, ()) for subject in subjects}


def test_the_relay_numbers_each_centre_alone_and_offers_again_what_the_sink_refused(ground: Ground) -> None:
    ankara, izmir, sink = new_id(), new_id(), _Sink()
    relay = Relay(ground, sink, {"contact": _renderer})
    while relay.tick():
        pass  # what other tests of this database left comes first
    with unit_of_work(ground) as session:
        publish(session, [ankara, izmir], "contact", "a")
        publish(session, ankara, "contact", "b")
    sink.away = True
    relay.tick()
    sink.away = False
    relay.tick()
    seen = [(m.centre_id, m.number, m.subject) for m in sink.messages if m.centre_id in {ankara, izmir}]
    assert seen == [(ankara, 1, "a"), (izmir, 1, "a"), (ankara, 2, "b")]
    with unit_of_work(ground) as session:
        assert head_of(session, [ankara, izmir]) == {ankara: 2, izmir: 1}
        assert session.scalars(select(Outbox).where(Outbox.published_at.is_(None))).all() == []


def test_a_rolled_back_change_is_never_published(ground: Ground) -> None:
    centre, sink = new_id(), _Sink()

    def fail(session: Session) -> None:
        publish(session, centre, "contact", "a")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        run(ground, fail)
    Relay(ground, sink, {"contact": _renderer}).tick()
    assert [message for message in sink.messages if message.centre_id == centre] == []


def test_the_audit_chain_holds_and_shows_an_altered_entry(session: Session) -> None:
    centre = new_id()
    entries = [record(session, system("test"), f"act.{n}", "contact", new_id(), centre, count=n) for n in range(3)]
    while chain_pending(session):
        pass
    links = session.scalars(select(AuditLink).where(AuditLink.chain == str(centre)).order_by(AuditLink.number)).all()
    assert [link.number for link in links] == [1, 2, 3]
    assert [fault for fault in verify(session) if fault.chain == str(centre)] == []
    session.execute(text("RESET ROLE"))
    session.execute(text("ALTER TABLE core_audit DISABLE TRIGGER USER"))
    session.execute(update(AuditEntry).where(AuditEntry.id == entries[1]).values(act="act.other"))
    session.expire_all()
    faults = [fault for fault in verify(session) if fault.chain == str(centre)]
    assert [(fault.number, fault.reason) for fault in faults] == [(2, "altered")]


def test_nobody_may_change_the_audit(session: Session) -> None:
    entry = record(session, system("test"), "act", "contact", new_id())
    with pytest.raises(DBAPIError):
        session.execute(update(AuditEntry).where(AuditEntry.id == entry).values(act="other"))
