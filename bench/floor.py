"""The commit floor: what the database allows, with no web before it. A process of its own.

One statement, committed at once, writes a contact, a message and an event: the least that keeps a text. It is sent
from as many threads as the load has connections; psycopg leaves the interpreter while it waits.
"""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

import psycopg

from bench import child
from core.ids import new_id

TABLES = """
CREATE TABLE IF NOT EXISTS bench_contacts (id uuid PRIMARY KEY, sid text NOT NULL UNIQUE, address bytea NOT NULL);
CREATE TABLE IF NOT EXISTS bench_messages (id uuid PRIMARY KEY, contact_id uuid NOT NULL, body bytea NOT NULL);
CREATE TABLE IF NOT EXISTS bench_events (id uuid PRIMARY KEY, contact_id uuid NOT NULL, kind text NOT NULL)
"""
_WRITE = """
WITH contact AS (INSERT INTO bench_contacts (id, sid, address) VALUES (%(id)s, %(sid)s, %(address)s) RETURNING id),
message AS (INSERT INTO bench_messages (id, contact_id, body) SELECT %(message)s, id, %(body)s FROM contact)
INSERT INTO bench_events (id, contact_id, kind) SELECT %(event)s, id, 'TextArrived' FROM contact
"""


def _row(number: int) -> dict[str, UUID | str | bytes]:
    sid = f"SM{number:032x}"
    return {
        "id": new_id(), "sid": sid, "address": os.urandom(32), "message": new_id(),
        "body": os.urandom(96), "event": new_id(),
    }  # fmt: skip


class Writer:
    """One thread with its connection."""

    def __init__(self, address: str, first: int, begin: threading.Event, seconds: float) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        self._number, self._begin, self._seconds = first, begin, seconds
        self.times: list[float] = []
        self.thread = threading.Thread(target=self._write)
        self.thread.start()

    def _write(self) -> None:
        self._begin.wait()
        until = time.perf_counter() + self._seconds
        now = time.perf_counter()
        while now < until:
            self._number += 1
            self._connection.execute(_WRITE, _row(self._number), prepare=True)
            done = time.perf_counter()
            self.times.append((done - now) * 1000)
            now = done
        self._connection.close()


def main() -> None:
    """A child: ``url``, ``threads``, ``seconds``, ``first`` (a number from which no row has been written)."""
    told = child.task()
    address = told["url"].replace("postgresql+psycopg://", "postgresql://", 1)
    begin = threading.Event()
    step = 10_000_000
    writers = [
        Writer(address, told["first"] + number * step, begin, told["seconds"]) for number in range(told["threads"])
    ]
    child.prepared()
    started = time.perf_counter()
    begin.set()
    for writer in writers:
        writer.thread.join()
    times = [one for writer in writers for one in writer.times]
    child.answer({"seconds": time.perf_counter() - started, "errors": 0, "times": times, "sids": []})


if __name__ == "__main__":
    main()
