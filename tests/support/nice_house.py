"""Starts a process that stands at the door and one that yields, as the supervisor does; tells how nice each is."""

from __future__ import annotations

import io
import os
import sys

from config.children import Child, Job
from config.console import Console

_WAITS = [sys.executable, "-c", "import signal; signal.pause()"]


def main() -> None:
    """Print two numbers: the niceness of the door, and of who yields."""
    console = Console({}, (), io.StringIO())
    children = [Child(Job(name, _WAITS, yields=name == "live"), os.environ, console) for name in ("web", "live")]
    try:
        for child in children:
            child.start()
        marks = [child.mark for child in children]
        print(*(os.getpriority(os.PRIO_PROCESS, mark.pid) for mark in marks if mark is not None))
    finally:
        for child in children:
            child.stop()


if __name__ == "__main__":
    main()
