"""A worker that is killed at a labelled point of the sending protocol: ``claimed``, ``accepted`` or ``recorded``.

What the carrier took stands in the file named by the second argument, one SID to a line.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from hotline.carriers.protocol import Outcome
from hotline.sender import Sender
from tests.support.fake_carrier import Act, FakeCarrier
from tests.support.house import make_ground


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(point: str, taken: Path) -> None:
    """Send what waits, and die."""

    def answer(act: Act) -> Outcome | None:
        if point == "claimed":
            _die()
        with taken.open("a") as file:
            file.write(f"{act.sid}\n")
            file.flush()
            os.fsync(file.fileno())
        if point == "accepted":
            _die()
        return None

    carrier = FakeCarrier(lambda: datetime.now(UTC), answer)
    Sender(make_ground(os.environ), carrier).round()
    _die()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
