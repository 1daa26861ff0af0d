"""A stand-in for ``systemctl`` that starts real processes: what ``deploy/`` asks of a service manager, and no more.

``python -m tests.support.service_manager FOLDER restart|is-active|stop UNIT``. As the units say: in the current
release, started again for ever a moment after an end, a whole group told to stop and killed if it does not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from config.engines.processes import in_group, wait_until

_AGAIN = 'while :; do (cd "$0" && exec .venv/bin/koza "$@"); sleep 1; done'
_PATIENCE_S = 20.0


def stop(folder: Path, unit: str) -> None:
    """End a unit with all its processes."""
    note = folder / f"{unit}.group"
    if not note.exists():
        return
    group = int(note.read_text(encoding="ascii"))
    for number in (signal.SIGTERM, signal.SIGKILL):
        if in_group(group):
            os.killpg(group, number)
        if wait_until(lambda: not in_group(group), _PATIENCE_S):
            break
    note.unlink()


def _restart(folder: Path, unit: str) -> None:
    stop(folder, unit)
    name, _, port = unit.removeprefix("koza-").partition("@")
    command = ["run"] if name == "backup" else []
    with (folder / f"{unit}.log").open("ab") as log:
        started = subprocess.Popen(
            ["sh", "-c", _AGAIN, str(folder.parent / "current"), name, *command],
            env=os.environ | ({"PORT": port} if port else {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (folder / f"{unit}.group").write_text(str(started.pid), encoding="ascii")


def _active(folder: Path, unit: str) -> bool:
    note = folder / f"{unit}.group"
    return note.exists() and bool(in_group(int(note.read_text(encoding="ascii"))))


def main(arguments: list[str]) -> int:
    """Do what is asked of one unit."""
    folder, verb, unit = Path(arguments[0]), arguments[1], arguments[-1]
    if verb == "is-active":
        return 0 if _active(folder, unit) else 3
    {"restart": _restart, "stop": stop}[verb](folder, unit)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
