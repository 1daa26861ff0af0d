"""The static checks, the longest on one core and the others beside it; all are run, so that one look shows everything.

python -m tools.check
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools import budget

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = [sys.executable, "-m"]
_BIN = Path(sys.executable).parent

#: Of two that can run, the one that stands first begins.
CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("types", [*_PYTHON, "mypy", "--no-error-summary"]),
    ("lint", [*_PYTHON, "ruff", "check", "--quiet", "."]),
    ("format", [*_PYTHON, "ruff", "format", "--check", "--quiet", "."]),
    ("imports", [str(_BIN / "lint-imports"), "--no-logo"]),
    ("translations", [*_PYTHON, "tools.catalogues", "check"]),
)
#: Each is one process on one core.
_AT_ONCE = 2


def main() -> int:
    """Run every check; returns 1 if any failed. What a passing check would say is not shown."""
    failed, whole = [], time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for done in as_completed([threads.submit(_run, *check) for check in CHECKS]):
            name, seconds, answer = done.result()
            verdict = "ok" if answer.returncode == 0 else "FAILED"
            print(f"{name:<14} {verdict:<7} {seconds:5.1f} s", flush=True)
            if answer.returncode != 0:
                failed.append(name)
                print(answer.stdout.decode("utf-8", "replace").rstrip(), flush=True)
    print(budget.line("static", time.monotonic() - whole), flush=True)
    if failed:
        print(f"static checks failed: {', '.join(failed)}", flush=True)
    return int(bool(failed))


def _run(name: str, command: list[str]) -> tuple[str, float, subprocess.CompletedProcess[bytes]]:
    begun = time.monotonic()
    answer = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return name, time.monotonic() - begun, answer


if __name__ == "__main__":
    sys.exit(main())
