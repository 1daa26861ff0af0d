"""The interpreter: runs one document after another on one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from practice import documents, sounds
from practice.calls import Activity, Call
from practice.twiml import INVALID, parse_voice
from practice.verbs import Dial, Document, Hangup, Leave, Pause, Play, Redirect, Reject, Say, Verb

if TYPE_CHECKING:
    from practice.machine import Machine

#: Between two documents: a waitUrl without sound, or a document that only redirects to itself, must not spin.
REDIRECT_SECONDS = 0.1
WAIT_LAP_SECONDS = 1.0
BAD_URL = 11100
#: What may stand in a document, by the role of its script (Twilio's pages of Number, Enqueue, Conference, Participant).
ROLES: dict[str, tuple[str, ...] | None] = {
    "main": None,
    "whisper": ("Say", "Play", "Pause", "Gather", "Redirect", "Hangup"),
    "queue-wait": ("Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Leave"),
    "conference-wait": ("Say", "Play", "Pause", "Redirect"),
    "announce": ("Say", "Play", "Pause", "Redirect"),
}
APPLICATION_ERROR = "An application error has occurred. Goodbye."


class Script:
    """TwiML on one call. A role other than "main" is a script inside what the call does: a whisper or waiting music."""

    def __init__(
        self,
        machine: Machine,
        call: Call,
        role: str = "main",
        *,
        on_end: Callable[[], None] | None = None,
        on_leave: Callable[[], None] | None = None,
        on_error: Callable[[], None] | None = None,
        extra: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.machine = machine
        self.ground = machine.ground
        self.call = call
        self.role = role
        self.url = ""
        self.activity: Activity | None = None
        self._on_end = on_end
        self._on_leave = on_leave
        self._on_error = on_error
        self._extra = extra
        self._rest: list[Verb] = []
        #: Grows whenever the course changes, so that a late answer or timer of the old course is ignored.
        self._course = 0

    @property
    def alive(self) -> bool:
        """Whether the script still runs."""
        return not self.call.over and self._course >= 0

    def fetch(self, url: str | None, method: str = "POST", extra: Mapping[str, str] | None = None) -> None:
        """Go on with the document at `url` (relative to the current one; None is the current one)."""
        target = self.resolve(url)
        if target is None:
            return
        self._course += 1
        course = self._course

        def arrived(document: Document, base: str) -> None:
            if self.alive and course == self._course:
                self.run(document, base)

        def nothing() -> None:
            if self.alive and course == self._course:
                self.application_error()

        fallback = self.call.fallback if self.role in ("main", "queue-wait") else None
        kind = "voice" if self.role == "main" else self.role
        parameters = {**self.call.parameters(), **self._extra(), **(extra or {})}
        errand = documents.Errand(kind, parameters, parse_voice, arrived, nothing, fallback)
        documents.fetch(self.ground, errand, target, method)

    def fetch_sound(self, url: str, arrived: Callable[[float | None], None], wanted: Callable[[], bool]) -> None:
        """Get what a Play names; `arrived` hears how many seconds it takes, if the file says so, while it is `wanted`.

        What happens on a real account when it cannot be had is told nowhere; the stricter reading is a failure of the
        call like that of a document: the fallback, or the end.
        """
        target = self.resolve(url)
        if target is None:
            return
        course = self._course

        def mine() -> bool:
            return self.alive and course == self._course and wanted()

        def failed(code: int, failed_url: str) -> None:
            if mine():
                self._sound_failed(code, failed_url)

        sounds.fetch(self.ground, target, lambda seconds: arrived(seconds) if mine() else None, failed)

    def _sound_failed(self, code: int, url: str) -> None:
        fallback = self.call.fallback if self.role in ("main", "queue-wait") else None
        self._set_activity(None)
        if fallback is None or not fallback.url:
            self.application_error()
        else:
            self.fetch(fallback.url, fallback.method, {"ErrorCode": str(code), "ErrorUrl": url})

    def resolve(self, url: str | None) -> str | None:
        """The absolute URL; a URL that cannot be called is an application error."""
        target = urljoin(self.url, url) if url else self.url
        if urlsplit(target).scheme not in ("http", "https"):
            self.ground.trouble(BAD_URL, "invalid URL format", target)
            self.application_error()
            return None
        return target

    def run(self, document: Document, base: str) -> None:
        """Execute a document that came from `base`."""
        allowed = ROLES[self.role]
        for verb in document:
            if allowed is not None and type(verb).__name__ not in allowed:
                self.ground.trouble(INVALID, f"{type(verb).__name__} is not allowed in a {self.role} document", base)
                self.application_error()
                return
            if isinstance(verb, Leave) and self.role == "main":
                self.ground.trouble(INVALID, "Leave outside a queue", base)
                self.application_error()
                return
        self._course += 1
        self.url = base
        self._rest = list(document)
        self.advance()

    def advance(self) -> None:
        """Execute the next verb; at the end of the document, what the role says."""
        self._set_activity(None)
        if not self.alive:
            return
        if not self._rest:
            self._ended()
            return
        verb = self._rest.pop(0)
        if self._must_answer(verb):
            self.call.connect()
        if isinstance(verb, Redirect):
            self.after(REDIRECT_SECONDS, lambda: self.fetch(verb.text, verb.method))
        elif isinstance(verb, Hangup):
            self.call.finish("completed")
        elif isinstance(verb, Reject):
            self._reject(verb)
        elif isinstance(verb, Leave):
            if self._on_leave:
                self._on_leave()
        else:
            self._set_activity(self.machine.execute(self, verb))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` later, unless the script has taken another course by then."""
        course = self._course
        self.ground.later(seconds, lambda: action() if self.alive and course == self._course else None)

    def _must_answer(self, verb: Verb) -> bool:
        """A Pause or Reject at the start, and a Dial with answerOnBridge, leave the caller ringing."""
        if self.call.answered_at is not None or isinstance(verb, Pause | Reject | Redirect):
            return False
        return not (isinstance(verb, Dial) and verb.answer_on_bridge)

    def _reject(self, verb: Reject) -> None:
        if self.call.answered_at is None:
            self.call.finish("busy" if verb.reason == "busy" else "no-answer")
        else:
            self.call.finish("completed")

    def _ended(self) -> None:
        if self._on_end is not None:
            self._on_end()
        else:
            self.call.finish("completed" if self.call.answered_at is not None else "no-answer")

    def _set_activity(self, activity: Activity | None) -> None:
        if self.call.over:
            if activity is not None:
                activity.cancel("hangup")
            return
        self.activity = activity
        if self.role == "main":
            self.call.activity = activity

    def press(self, digit: str) -> None:
        """A key for whatever the script does now."""
        if self.activity is not None:
            self.activity.press(digit)

    def cancel(self, reason: str) -> None:
        """Stop for good."""
        self._course = -(10**9)
        activity, self.activity = self.activity, None
        if activity is not None:
            activity.cancel(reason)

    def application_error(self) -> None:
        """Nothing works any more: the caller hears it and is cut off, unless somebody knows better."""
        if self._on_error is not None:
            self.cancel("error")
            self._on_error()
            return
        self.call.connect()
        self.call.hear(APPLICATION_ERROR)
        self.call.finish("completed")

    # The protocol of calls.Director.

    def redirect(self, url: str, method: str) -> None:
        """Somebody sent the call elsewhere by REST."""
        self._course += 1
        self.call.stop_activity("redirected")
        self.fetch(url, method)

    def redirect_inline(self, twiml: str) -> None:
        """Somebody gave the call new TwiML by REST; raises TwimlError before anything is changed."""
        document = parse_voice(twiml)
        self._course += 1
        self.call.stop_activity("redirected")
        self.run(document, "")


class Playback(Activity):
    """Prompts one after the other, at the speed of speech."""

    def __init__(self, script: Script, prompts: tuple[Say | Play | Pause, ...], on_done: Callable[[], None]) -> None:
        self._script = script
        self._prompts = [prompt for prompt in prompts for _ in range(self._times(prompt))]
        self._on_done = on_done
        self._running = True

    @staticmethod
    def _times(prompt: Say | Play | Pause) -> int:
        """A loop of 0 is for ever; a thousand times is as good."""
        return 1 if isinstance(prompt, Pause) else prompt.loop or 1000

    def start(self) -> None:
        """Begin the next prompt."""
        if not self._running:
            return
        if not self._prompts:
            self._running = False
            self._on_done()
            return
        self._begin(self._prompts.pop(0))

    def _begin(self, prompt: Say | Play | Pause) -> None:
        config = self._script.ground.config
        call = self._script.call
        if isinstance(prompt, Say):
            call.hear(prompt.text)
            self._for(max(1.0, len(prompt.text) / config.speech_characters_per_second))
        elif isinstance(prompt, Pause):
            self._for(float(prompt.length))
        elif prompt.digits:
            call.hear(prompt.digits, "played")
            self._for(config.play_seconds)
        else:
            self._play(prompt.text)

    def _for(self, seconds: float) -> None:
        self._script.after(seconds, self.start)

    def _play(self, url: str) -> None:
        """Fetched first, as the carrier does; a sound that cannot be had is an error of the document it stands in."""
        script, config = self._script, self._script.ground.config
        name = url.partition("?")[0].rpartition("/")[2]
        words = config.media_texts.get(name)
        if words:
            script.call.hear(words)
            self._for(config.play_seconds)
            return

        def arrived(seconds: float | None) -> None:
            script.call.hear(name, "played")
            self._for(config.play_seconds if seconds is None else seconds)

        script.fetch_sound(url, arrived, lambda: self._running)

    def cancel(self, reason: str) -> None:  # noqa: ARG002 -- the signature of activities
        """Fall silent."""
        self._running = False
