"""The static checks, in the order of their speed; all are run, so that one look shows everything.

python -m tools.check
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tools import budget

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = [sys.executable, "-m"]
_BIN = Path(sys.executable).parent

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("lint", [*_PYTHON, "ruff", "check", "--quiet", "."]),
    ("format", [*_PYTHON, "ruff", "format", "--check", "--quiet", "."]),
    ("imports", [str(_BIN / "lint-imports"), "--no-logo"]),
    ("translations", [*_PYTHON, "tools.catalogues", "check"]),
    ("types", [*_PYTHON, "mypy", "--no-error-summary"]),
)


def main() -> int:
    """Run every check; returns 1 if any failed. What a passing check would say is not shown."""
    failed, whole = [], time.monotonic()
    for name, command in CHECKS:
        begun = time.monotonic()
        answer = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        verdict = "ok" if answer.returncode == 0 else "FAILED"
        print(f"{name:<14} {verdict:<7} {time.monotonic() - begun:5.1f} s", flush=True)
        if answer.returncode != 0:
            failed.append(name)
            print(answer.stdout.decode("utf-8", "replace").rstrip(), flush=True)
    print(budget.line("static", time.monotonic() - whole), flush=True)
    if failed:
        print(f"static checks failed: {', '.join(failed)}", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
