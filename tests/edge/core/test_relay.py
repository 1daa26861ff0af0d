"""The relay: killed as often as one likes it loses nothing, and one bad subject or one hung relay stops nobody."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.engines.postgres import libpq
from config.engines.processes import wait_until
from config.relay import _become_active, _heard, _listening
from core.actor import system
from core.audit import AuditEntry, AuditLink, AuditPending, record, verify
from core.database import Ground
from core.ids import new_id
from core.outbox import Outbox, publish
from core.relay import LOCK_KEY, OUTBOX_CHANNEL, WORK_CHANNEL, Message, Relay, beat, head_of
from core.statements import send_waiting
from core.unit_of_work import unit_of_work

KILLS = 10
WRITERS = 4
_SECONDS = 60.0


def _write(ground: Ground, centres: Sequence[UUID], seed: int, stop: threading.Event) -> set[tuple[str, str]]:
    """Commit changes with their audit until told to stop; returns those that were committed."""
    chance, committed, count = random.Random(seed), set[tuple[str, str]](), 0
    while not stop.wait(0.01):
        centre, subject, count = chance.choice(centres), f"{seed}-{count}", count + 1
        with ground.sessions() as session:
            publish(session, centre, "storm", subject)
            record(session, system("storm"), "storm", "storm", subject, centre)
            if chance.random() < 0.2:
                session.rollback()
                continue
            session.commit()
        committed.add((str(centre), subject))
    return committed


def _lines(path: Path) -> list[tuple[str, int, str]]:
    """What was handed over. A line that a kill tore is none: its batch is handed over once more."""
    found: list[tuple[str, int, str]] = []
    for line in path.read_text().split("\n") if path.exists() else []:
        with suppress(ValueError):
            found.append(tuple(json.loads(line)))
    return found


def _start(forker: subprocess.Popen[str]) -> int:
    assert forker.stdin is not None
    assert forker.stdout is not None
    print("another", file=forker.stdin, flush=True)
    return int(forker.stdout.readline())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _unpublished(ground: Ground, centres: Sequence[UUID]) -> int:
    with unit_of_work(ground) as session:
        waiting = select(func.count()).where(Outbox.centre_id.in_(centres), Outbox.published_at.is_(None))
        pending = select(func.count()).select_from(AuditPending)
        return session.execute(waiting).scalar_one() + session.execute(pending).scalar_one()


def test_a_relay_killed_ten_times_loses_nothing_and_the_audit_has_no_gap(
    ground: Ground,
    environment: Mapping[str, str],
    tmp_path: Path,
) -> None:
    centres, path, stop = [new_id(), new_id()], tmp_path / "published", threading.Event()
    command = [sys.executable, "-m", "tests.support.core_child", "relays", str(path)]
    forker = subprocess.Popen(
        command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    # The spare waits for the lock of the active one and takes over when that dies.
    with forker, ThreadPoolExecutor(WRITERS) as threads:
        active, spare = _start(forker), _start(forker)
        writers = [threads.submit(_write, ground, centres, seed, stop) for seed in range(WRITERS)]
        try:
            for _ in range(KILLS):
                size = _size(path)
                assert wait_until(lambda size=size: _size(path) > size, _SECONDS)  # type: ignore[misc]
                os.kill(active, signal.SIGKILL)
                active, spare = spare, _start(forker)
        finally:
            stop.set()
        committed = set[tuple[str, str]]().union(*(writer.result() for writer in writers))
        assert wait_until(lambda: _unpublished(ground, centres) == 0, _SECONDS)
        for child in (active, spare):
            os.kill(child, signal.SIGKILL)

    by_number: dict[tuple[str, int], set[str]] = defaultdict(set)
    for centre, number, subject in _lines(path):
        by_number[centre, number].add(subject)
    assert all(len(subjects) == 1 for subjects in by_number.values())
    mine = {str(centre) for centre in centres}
    heard = sorted((centre, subject) for (centre, _), (subject,) in by_number.items() if centre in mine)
    assert heard == sorted(committed)
    with unit_of_work(ground) as session:
        for centre_id in centres:
            numbers = session.scalars(
                select(AuditLink.number).where(AuditLink.chain == str(centre_id)).order_by(AuditLink.number),
            ).all()
            expected = sum(centre == str(centre_id) for centre, _ in committed)
            assert numbers == list(range(1, expected + 1))
            entries = select(func.count()).where(AuditEntry.centre_id == centre_id)
            assert session.execute(entries).scalar_one() == expected
        assert [fault for chain in mine for fault in verify(session, chain=chain)] == []


class _Sink:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def publish(self, messages: Sequence[Message]) -> None:
        self.messages.extend(messages)


def test_a_subject_that_cannot_be_drawn_is_a_hole_and_stops_no_other(ground: Ground) -> None:
    centre, sink = new_id(), _Sink()

    def draw(_session: Session, subjects: Sequence[str]) -> dict[str, tuple[Mapping[str, Any] | None, Sequence[str]]]:
        return {subject: ({"length": 1 // (subject != "bad")}, ()) for subject in subjects if subject != "gone"}

    relay = Relay(ground, sink, {"contact": draw})
    with unit_of_work(ground) as session:
        for subject in ("a", "bad", "gone", "b"):
            publish(session, centre, "contact", subject)
        publish(session, centre, "duty", "x")
    relay.tick()
    relay.tick()
    heard = [(item.number, item.subject, item.row) for item in sink.messages if item.centre_id == centre]
    # The hole makes the screens fetch; what left the board is told without a row, as is a topic nobody draws.
    assert heard == [(1, "a", {"length": 1}), (3, "gone", None), (4, "b", {"length": 1}), (5, "x", None)]
    with unit_of_work(ground) as session:
        assert head_of(session, [centre]) == {centre: 5}


def test_a_change_that_commits_late_gets_a_later_number(ground: Ground) -> None:
    centre, sink = new_id(), _Sink()
    relay = Relay(ground, sink, {})
    with unit_of_work(ground) as early:
        publish(early, centre, "contact", "early")
        send_waiting(early)
        with unit_of_work(ground) as late:
            publish(late, centre, "contact", "late")
        relay.tick()
    relay.tick()
    assert [(m.number, m.subject) for m in sink.messages if m.centre_id == centre] == [(1, "late"), (2, "early")]


def _all_of(relay: Relay) -> None:
    while relay.tick():
        pass


def test_two_relays_at_once_number_nothing_twice(ground: Ground) -> None:
    centre, sinks = new_id(), (_Sink(), _Sink())
    with unit_of_work(ground) as session:
        for number in range(50):
            publish(session, centre, "contact", str(number))
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(_all_of, Relay(ground, sink, {})) for sink in sinks]:
            done.result()
    told = [(m.number, m.subject) for sink in sinks for m in sink.messages if m.centre_id == centre]
    assert sorted(set(told)) == [(number + 1, str(number)) for number in range(50)]


def test_a_hung_relay_loses_its_lock_to_the_spare(ground: Ground) -> None:
    url = libpq(ground.settings.database_url)
    with psycopg.connect(url, autocommit=True) as hung, psycopg.connect(url, autocommit=True) as spare:
        hung.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        with unit_of_work(ground) as session:
            beat(session, "relay")
        _become_active(spare, hung_s=0.0)
        assert spare.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone() == (True,)
        assert hung.broken or _is_gone(hung)


def test_what_comes_while_it_rests_is_heard_together(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    url = libpq(ground.settings.database_url)
    with _listening(ground.settings) as listening, psycopg.connect(url, autocommit=True) as others:

        def meanwhile(_seconds: float) -> None:
            for number in range(40):
                others.execute(f"NOTIFY {WORK_CHANNEL if number == 39 else OUTBOX_CHANNEL}, '{number}'".encode())

        monkeypatch.setattr("config.relay.time.sleep", meanwhile)
        heard = [_heard(listening, rest_s=0.1)]
        monkeypatch.setattr("config.relay.time.sleep", lambda _seconds: None)
        monkeypatch.setattr("config.relay.POLL_S", 0.1)
        # The last may still be on its way when the first are there.
        while one := _heard(listening, rest_s=0.0):
            heard.append(one)
    assert set[str]().union(*heard) == {OUTBOX_CHANNEL, WORK_CHANNEL}
    assert len(heard) < 5


def _is_gone(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False
