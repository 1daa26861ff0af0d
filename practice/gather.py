"""Gather: keys, while prompts play."""

from __future__ import annotations

from collections.abc import Mapping

from practice.calls import Activity
from practice.script import Playback, Script
from practice.timeline import Timer
from practice.verbs import Gather


class GatherActivity(Activity):
    """Prompts play until the first key; after the last prompt or key the timeout runs."""

    def __init__(self, script: Script, verb: Gather) -> None:
        self._script = script
        self._verb = verb
        self._digits = ""
        self._timer: Timer | None = None
        self._playback = Playback(script, verb.prompts, self._wait)
        self._open = True
        self._playback.start()
        script.call.handset.listening()

    def _wait(self) -> None:
        self._stop_timer()
        self._timer = self._script.ground.later(self._verb.timeout, lambda: self._done({}))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def press(self, digit: str) -> None:
        """One more key; it silences the prompt."""
        if not self._open:
            return
        self._playback.cancel("key")
        if digit == self._verb.finish_on_key:
            self._done({"FinishedOnKey": digit})
            return
        self._digits += digit
        if self._verb.num_digits is not None and len(self._digits) >= self._verb.num_digits:
            self._done({})
        else:
            self._wait()

    def _done(self, extra: Mapping[str, str]) -> None:
        if not self._open:
            return
        self.cancel("done")
        if not self._digits and not self._verb.action_on_empty_result:
            self._script.advance()
            return
        given = {"Digits": self._digits, "msg": "Gather End", **extra}
        self._script.fetch(self._verb.action, self._verb.method, given)

    def cancel(self, reason: str) -> None:
        """Stop listening."""
        self._open = False
        self._stop_timer()
        self._playback.cancel(reason)
