"""One log for all processes: whose line it is, in colour on a terminal, with secrets blotted out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import IO, TextIO

_COLOURS = {"web": 32, "live": 36, "relay": 35, "worker": 33, "practice": 34, "postgres": 90, "redis": 90, "koza": 1}
_WIDTH = 8
#: Shorter values would blot out ordinary words.
_SHORTEST_SECRET = 8
_BLOT = "•••"


class Console:
    """The terminal, shared by threads that each read one process."""

    def __init__(self, environ: Mapping[str, str], secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._colour = self._stream.isatty() and "NO_COLOR" not in environ and environ.get("TERM") != "dumb"
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Never print these values again. Longest first, so that a part does not spoil the whole."""
        known = {*self._secrets, *(value for value in secrets if len(value) >= _SHORTEST_SECRET)}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def line(self, source: str, text: str) -> None:
        """Print one line of one process."""
        for secret in self._secrets:
            text = text.replace(secret, _BLOT)
        head = f"{datetime.now().astimezone():%H:%M:%S} {source:<{_WIDTH}} |"
        if self._colour:
            head = f"\x1b[{_COLOURS.get(source, 37)}m{head}\x1b[0m"
        self.block(f"{head} {text}")

    def block(self, text: str) -> None:
        """Print text as it stands; the start-up block shows the demo's sign-ins on purpose."""
        with self._lock:
            try:
                self._stream.write(f"{text}\n")
                self._stream.flush()
            except (OSError, ValueError):
                # The reader of the log has gone, or its disk is full; the hotline has not.
                return

    def follow(self, source: str, pipe: IO[bytes]) -> threading.Thread:
        """Print everything a process writes, until it closes its end."""

        def read() -> None:
            with pipe:
                for raw in pipe:
                    self.line(source, raw.decode("utf-8", "replace").rstrip())

        thread = threading.Thread(target=read, name=f"log-{source}", daemon=True)
        thread.start()
        return thread
