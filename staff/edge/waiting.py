"""Where guesses wait out the delay that the failures before them earned."""

from __future__ import annotations

import threading
from collections.abc import Callable

from werkzeug.exceptions import TooManyRequests

from staff.sign_in import Throttle


class WaitingRoom:
    """Where tries wait out their delay: a few at once, and one per address, so that one attacker holds one place."""

    def __init__(self, pause: Callable[[float], None], places: int) -> None:
        self._pause = pause
        self._places = places
        self._waiting: set[bytes] = set()
        self._lock = threading.Lock()

    def wait(self, attempt: Throttle) -> None:
        """Wait out the delay.

        Where there is no place, a try that earned the delay by its own failures is refused with
        :class:`TooManyRequests`. One that only the failures of its neighbours slow down goes on at once: behind one
        address there may be a whole centre, and everybody's own name still bounds the guessing.
        """
        if not attempt.delay_s:
            return
        with self._lock:
            free = attempt.client_index not in self._waiting and len(self._waiting) < self._places
            if free:
                self._waiting.add(attempt.client_index)
        if not free and attempt.earned:
            raise TooManyRequests(retry_after=round(attempt.delay_s))
        if not free:
            return
        try:
            self._pause(attempt.delay_s)
        finally:
            with self._lock:
                self._waiting.discard(attempt.client_index)
