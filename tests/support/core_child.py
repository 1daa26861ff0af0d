"""A process that a test kills: ``relays`` publish into a file, ``stuck`` stays in the middle of a due row.

Started as ``python -m tests.support.core_child MODE ARGUMENT`` on the ground alone. ``relays`` forks one relay for each
line that it reads and prints its process id: ten of them are started in the time that one takes to import.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.crypto import Keyring
from core.database import Ground, new_engine, new_sessions
from core.due import DueHandlers
from core.facts import Reactions
from core.outbox import publish
from core.relay import LOCK_KEY, Message, Relay
from core.settings import Settings
from core.sweeping import sweep


def bare_ground() -> Ground:
    """A ground with nobody on it."""
    settings = Settings.load(os.environ)
    keyring, reactions = Keyring.load(settings.data_key_file), Reactions()
    engine = new_engine(settings.database_url, pool_size=2)
    sessions = new_sessions(engine, settings=settings, keyring=keyring, reactions=reactions)
    return Ground(settings, engine, sessions, keyring, reactions, DueHandlers())


class FileSink:
    """One line for each message, in one write for each batch. A batch begins a line: one before may have been torn."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("a", buffering=1 << 20)

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over."""
        lines = [json.dumps([str(item.centre_id), item.number, item.subject]) for item in messages]
        self._out.write("\n" + "".join(line + "\n" for line in lines))
        self._out.flush()


def relay(path: str) -> None:
    """Wait for the lock, then tick until killed."""
    ground = bare_ground()
    with ground.engine.connect() as lock:
        lock.execute(text("SET lock_timeout = 0"))
        lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        lock.commit()
        worker = Relay(ground, FileSink(Path(path)), {})
        while True:
            worker.tick()


def relays(path: str) -> None:
    """Fork relays when asked to; the dead are not waited for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            relay(path)
        print(child, flush=True)


def stuck(kind: str) -> None:
    """Claim a due row, write something, say so, and never come back."""
    ground = bare_ground()

    def handle(session: Session, subject: str, _epoch: int) -> None:
        publish(session, UUID(subject), "stuck", subject)
        print("inside", flush=True)
        signal.pause()

    ground.due_handlers.on(kind, handle)
    sweep(ground)


if __name__ == "__main__":
    {"relays": relays, "stuck": stuck}[sys.argv[1]](sys.argv[2])
