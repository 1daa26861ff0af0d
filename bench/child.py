"""A part of the measurement in a process of its own, so that its work is not counted as the house's.

The child prepares, says that it is ready, waits for the word, measures, and answers with its result. Both ends are
here: :func:`prepared` is the child's, :class:`Child` the parent's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Self

_READY = "ready"
_GO = "go\n"


class ChildError(Exception):
    """A child ended without its result; its own words are on stderr."""


def task() -> dict[str, Any]:
    """In the child: what it is to do."""
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    return told


def prepared() -> None:
    """In the child: say that all is prepared and wait for the word."""
    print(_READY, flush=True)
    sys.stdin.readline()


def answer(result: object) -> None:
    """In the child: hand over the result and stay until the parent has looked at everything."""
    print(json.dumps(result), flush=True)
    sys.stdin.readline()


class Child:
    """In the parent: one child from its task to its end."""

    def __init__(self, module: str, what: object, environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._write(json.dumps(what) + "\n")
        self._expect(_READY)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def go(self) -> Any:
        """Let it measure; returns its result. It lives on until the block ends."""
        self._write(_GO)
        return json.loads(self._line())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, text: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise ChildError(f"a measuring process ended with status {self._process.wait()}")
        return line

    def _expect(self, word: str) -> None:
        if self._line().strip() != word:
            raise ChildError("a measuring process said something unexpected")
