"""What her telephone hears in each situation: pure functions from prompt keys and neutral parameters to TwiML.

Keys (the same everywhere): 1-4 choose a language, at the greeting only; 5 is danger or "I cannot speak", at every
prompt, and after it nothing is said any more (`silent`); 0 is a person. Every prompt that she hears stands in a
Gather, so that no key is lost while something is being said. What is left are the moments in which the carrier listens
to nothing: between two documents, and while telephones ring for her. Telephones of staff: `hotline.staff_scripts`.

Each function gives a whole document. URLs are relative and come from the edge, which alone knows its routes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape

from core.phones import is_never_dial
from hotline.paths import SAFE_SCREEN
from hotline.phrases import LANGUAGES, phrase
from hotline.rules import DANGER_KEY
from hotline.twiml import (
    MAX_PARALLEL,
    DialConference,
    DialNumbers,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Number,
    Pause,
    Play,
    Redirect,
    Say,
    render,
)

#: Seconds of listening after the last word of the greeting, and of a last sentence.
#: At the greeting also after the first key: a 5 that follows it at once is heard by the same Gather.
GREETING_TIMEOUT_S: Final = 2
GREETING_DIGITS: Final = 2
CLOSING_TIMEOUT_S: Final = 3
#: A chunk of waiting in which nothing is said.
SILENT_CHUNK_S: Final = 12
SILENT_MOMENT_S: Final = 3
#: After the sentence that an interpreter will join.
ANNOUNCE_TIMEOUT_S: Final = 5
BREATH_S: Final = 2
#: How long duty telephones ring together.
DUTY_RING_S: Final = 25
#: The carrier ends a conversation after four hours; longer than any seen.
MAX_TALK_S: Final = 4 * 3600

#: What a caller can hear of the catalogue. Which of the two greetings, her line says.
SAID: Final = frozenset(
    {
        *("greeting", "greeting_neutral", "danger", "one_moment", "waiting", "waiting_112", "returned", "closing"),
        *("hold", "transfer", "interpreter_joins"),
    }
)

#: The carrier's language and voice for each language of the catalogue; it has none for Kurdish.
_VOICES: Final[Mapping[str, tuple[str, str]]] = {
    "tr": ("tr-TR", "Google.tr-TR-Standard-A"),
    "tr_ascii": ("tr-TR", "Google.tr-TR-Standard-A"),
    "en": ("en-GB", "Google.en-GB-Standard-A"),
    "ar": ("ar-XA", "Google.ar-XA-Standard-A"),
    "ku": ("tr-TR", "Google.tr-TR-Standard-A"),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A phrase of the catalogue with its places filled: neutral words only, never a name or a number."""

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """Turns a prompt into a step: a recording where one is configured, else the carrier's voice.

    `recordings` maps (prompt key, language) to the URL of a sound file. The carrier has no voice for Kurdish: without
    a recording a Turkish voice reads the text, which a listener follows with effort (`approximates` says so).
    """

    recordings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def speak(self, prompt: Prompt | str, language: str) -> Say | Play:
        """The step for `prompt`, in Turkish where the catalogue has no such language. Raises KeyError, ValueError."""
        asked = Prompt(prompt) if isinstance(prompt, str) else prompt
        recording = self.recordings.get((asked.key, language))
        if recording is not None and not asked.values:
            return Play(recording)
        chosen = phrase(asked.key, language)
        spoken, voice = _VOICES[chosen.language]
        return Say(chosen.fill(**asked.values), spoken, voice)

    def approximates(self, key: str, language: str) -> bool:
        """Whether `key` would be read by a voice of another language."""
        return phrase(key, language).recording_needed and (key, language) not in self.recordings


#: Speaks the shipped catalogue with the carrier's voices.
DEFAULT_SPEAKER: Final = Speaker()


def greeting(action: str, *, named: bool = False, speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """The first words of every call, in four languages; no key means Turkish and onward, so silence answers too.

    ``named``: they say which institution answers. It is a matter of the line and never of who calls: if a number that
    called before heard other words, whoever holds her telephone could hear from them that she did.

    The danger key is announced in Turkish here and in her own language with the first words of waiting: all four
    would keep her from a person for half a minute. The key itself works from the first moment.
    """
    return escape(action).join(_around_the_action(speaker, "greeting" if named else "greeting_neutral"))


@lru_cache(maxsize=8)
def _around_the_action(speaker: Speaker, words: str) -> list[str]:
    """A greeting with the phrase ``words``, without its action, which alone differs from call to call."""
    action = "/the/action/of/this/call"
    prompts = [speaker.speak(words, language) for language in LANGUAGES]
    prompts.append(speaker.speak("danger", "tr"))
    # A 5 is told at once: while the carrier waited for another key, whoever takes her meanwhile would move her on, and
    # a key that was not told yet is lost.
    gather = Gather(action, GREETING_TIMEOUT_S, tuple(prompts), digits=GREETING_DIGITS, finish=DANGER_KEY)
    return render([gather, Redirect(action)]).split(action)


def enter_waiting_room(queue: str, *, wait_url: str, action: str) -> str:
    """Into the waiting room; `action` is asked when she leaves it or hangs up."""
    return render([Enqueue(queue, wait_url=wait_url, action=action)])


def wait_chunk(
    action: str,
    *,
    language: str,
    prompts: Sequence[str] = ("waiting",),
    listen_s: int = SILENT_CHUNK_S,
    silent: bool = False,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """One poll of the waiting room: `prompts`, and `listen_s` seconds of listening for 5 and 0 after them.

    Without a prompt, or after key 5, only the listening. The document ends there, and the waiting room asks again:
    each poll is proof that she is still on the line.
    """
    if silent:
        return render([Gather(action, SILENT_CHUNK_S, answer_silence=False)])
    spoken = tuple(speaker.speak(key, language) for key in prompts)
    return render([Gather(action, listen_s, spoken, answer_silence=False)])


def wait_in_silence(again: str) -> str:
    """A poll that goes on at `again` instead of at the room's own URL, because that does not know of her 5."""
    return render([Gather(again, SILENT_CHUNK_S), Redirect(again)])


def leave_waiting_room() -> str:
    """Out of the waiting room; the call goes on at the action given when it entered."""
    return render([Leave()])


def one_moment(
    again: str, *, language: str, silent: bool = False, staff: bool = False, speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """Nothing is decided yet: a short word, or silence after key 5, then `again`. The edge counts, at most three."""
    if silent:
        return render([Pause(SILENT_MOMENT_S), Redirect(again)])
    if staff:
        return render([speaker.speak("staff_one_moment", language), Pause(1), Redirect(again)])
    return render([_heard(again, 1, speaker, "one_moment", (language,)), Redirect(again)])


def join_room(
    room: str,
    *,
    action: str,
    status_url: str,
    muted: bool = False,
    coach: str | None = None,
    first: Sequence[Say | Play | Gather] = (),
) -> str:
    """Into the talking room, after what this telephone alone hears `first`; `muted` it is not heard in there.

    With `coach` it is heard by that call alone. The room goes on when anybody drops; the edge ends the telephones of
    staff when she is gone.
    """
    room_ = DialConference(room, action, status_url, time_limit=MAX_TALK_S, muted=muted, coach=coach)
    return render([*first, room_])


def listen_apart(here: str, seconds: int, *, room: str, action: str, status_url: str) -> str:
    """Outside the talking room, without a sound: a key is told to `here`, and after `seconds` without one she is back.

    The way back is in the document itself: it is gone whether or not anybody of us can be asked then.
    """
    listening = Gather(here, seconds, answer_silence=False)
    return join_room(room, action=action, status_url=status_url, first=(listening,))


def announce_apart(
    here: str, *, room: str, action: str, status_url: str, language: str, speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """Outside the talking room: she is told that an interpreter will join, may refuse by a key, and is back.

    Never after key 5.
    """
    told = Gather(here, ANNOUNCE_TIMEOUT_S, (speaker.speak("interpreter_joins", language),), answer_silence=False)
    return join_room(room, action=action, status_url=status_url, first=(told,))


def hold_apart(
    here: str,
    seconds: int,
    *,
    language: str,
    prompt: str | None,
    silent: bool = False,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """Outside the talking room until she is fetched: `prompt` at first, else silence, and `here` again and again."""
    spoken = (speaker.speak(prompt, language),) if prompt is not None and not silent else ()
    return render([Gather(here, min(seconds, SILENT_CHUNK_S), spoken, answer_silence=False), Redirect(here)])


def say_and_hang_up(prompt: Prompt | str, *, language: str, speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """One last sentence, such as `taken`, `page_accepted`, `declined`, `goodbye`, `call_ended`."""
    return render([speaker.speak(prompt, language), Hangup()])


def hang_up() -> str:
    """The end, without a word."""
    return render([Hangup()])


def last_rung(
    numbers: Sequence[str],
    *,
    action: str,
    screen: str,
    again: str,
    caller_id: str,
    language: str,
    silent: bool = False,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """Her time is up: ring the fallback telephones; `action` then decides by `after_duty`.

    Without any, the closing sentence; after key 5 silence, and the rung again until she hangs up.
    """
    numbers = may_ring(numbers)
    if numbers:
        return render([_duty(numbers, action=action, screen=screen, caller_id=caller_id)])
    return after_duty(languages=(language,), again=again, silent=silent, speaker=speaker)


def after_duty(
    *,
    languages: Sequence[str],
    again: str,
    talked: bool = False,
    silent: bool = False,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """After duty telephones were rung: goodbye without a word if somebody talked to her, else the closing sentence.

    After key 5 neither: silence, and then the document at `again`, until she hangs up. A key pressed during the
    sentence is told to `again` too.
    """
    if silent:
        return render([Pause(SILENT_CHUNK_S), Redirect(again)])
    if talked:
        return hang_up()
    return render([_heard(again, CLOSING_TIMEOUT_S, speaker, "closing", languages), Hangup()])


def safe_twiml(
    duty_numbers: Sequence[str],
    languages: Sequence[str] = ("tr", "en"),
    *,
    here: str,
    after: str,
    caller_id: str | None = None,
    silent: bool = False,
    screen: str = SAFE_SCREEN,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """The answer when the database is down: a word, then the duty telephones of the last known roster, all at once.

    `here` hears of a key that she presses meanwhile, `after` of the end of the ringing. `caller_id` should be the line
    that was called, so that a private telephone does not keep her number.
    """
    dial = _duty(duty_numbers, action=after, screen=screen, caller_id=caller_id)
    return render([dial] if silent else [_heard(here, 1, speaker, "one_moment", languages), dial])


def nobody_to_ring(
    languages: Sequence[str],
    *,
    here: str,
    onward: str,
    silent: bool = False,
    last: bool = False,
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """The safe answer without any duty telephone: the closing sentence at once, because it names another help.

    Unless it is the `last` she may wait on, as long as telephones would have rung, and then goes `onward`.
    """
    if silent or last:
        return after_duty(languages=languages, again=here, silent=silent, speaker=speaker)
    return render([_heard(here, DUTY_RING_S, speaker, "closing", languages), Redirect(onward)])


def once_more(url: str) -> str:
    """A breath, and the document at `url`: asking at once would meet what failed a moment ago."""
    return render([Pause(BREATH_S), Redirect(url)])


def go_to(
    url: str, *, prompt: Prompt | str | None = None, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """On with the document at `url`, without a word unless `prompt` is to be said before."""
    return render([*([speaker.speak(prompt, language)] if prompt else []), Redirect(url)])


def may_ring(numbers: Sequence[str]) -> tuple[str, ...]:
    """The numbers that a document may ring: the carrier reaches no emergency number, and she would hear nothing."""
    return tuple(number for number in numbers if not is_never_dial(number))


def _heard(action: str, timeout: int, speaker: Speaker, key: str, languages: Sequence[str]) -> Gather:
    """One prompt in each of the languages; a key pressed meanwhile is told to `action`, silence goes on."""
    prompts = tuple(speaker.speak(key, language) for language in languages)
    return Gather(action, timeout, prompts, answer_silence=False)


def _duty(numbers: Sequence[str], *, action: str, screen: str, caller_id: str | None) -> DialNumbers:
    rung = tuple(Number(number, screen) for number in dict.fromkeys(numbers))[:MAX_PARALLEL]
    return DialNumbers(rung, action, DUTY_RING_S, caller_id)
