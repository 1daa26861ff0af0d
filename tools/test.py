"""Everything that must hold: static checks, then every test; pytest's summary is the last that is printed.

python -m tools.test [pytest's arguments]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import check

ROOT = Path(__file__).resolve().parent.parent
#: Debian's mirrors may be out of reach; the tests that need no browser shall not wait for them for long.
_APT_SECONDS = 300


def main(arguments: list[str]) -> int:
    """Check, then test; returns 0 only if both are green."""
    provide_chromium()
    unchecked = check.main()
    # One more than two cores can serve: browsers, engines and killed processes are waited for much of the time.
    workers = "3" if (os.cpu_count() or 1) <= 2 else "4"
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", workers, "--dist", "loadgroup", "--durations=15", *arguments],
        cwd=ROOT,
        # Hundreds of processes are started: each finds its modules compiled, as it would on any ordinary machine.
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if unchecked:
        print("The tests are above; the static checks before them failed.", file=sys.stderr, flush=True)
    return tested.returncode or unchecked


def chromium() -> str | None:
    """Where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def provide_chromium() -> None:
    """Install Debian's Chromium where that is possible; otherwise one line says what the browser tests need."""
    if chromium():
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print("Chromium is missing: the browser tests will fail. Install it (Debian: sudo apt install chromium).")
        return
    print("Installing Chromium for the browser tests", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
        try:
            done = subprocess.run(
                [apt, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_APT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"apt-get {command[0]} took longer than {_APT_SECONDS} s; the browser tests will fail.", flush=True)
            return
        if done.returncode != 0:
            print(done.stdout.decode("utf-8", "replace")[-800:], flush=True)
    if not chromium():
        print("Chromium could not be installed; the browser tests will fail.", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
