"""What a telephone of staff hears: pure functions, as `hotline.voice_scripts` has them for her.

Keys: 1 accept, 2 decline, 9 duress. Nothing names her: the telephone may lie on a kitchen table.
"""

from collections.abc import Sequence
from typing import Final, Literal

from hotline.paths import SAFE_SCREENED, remembered, with_query
from hotline.phrases import LANGUAGES, phrase
from hotline.twiml import EMPTY, Gather, Hangup, Play, Redirect, Say, render
from hotline.voice_scripts import DEFAULT_SPEAKER, Prompt, Speaker, hang_up, say_and_hang_up

#: Seconds of listening after a question.
STAFF_TIMEOUT_S: Final = 8
#: The same while she waits in the room already.
VOICE_TIMEOUT_S: Final = 5

Then = Literal["pin", "menu", "hang_up"]


def warning(language: str, speaker: Speaker = DEFAULT_SPEAKER, *, muted: bool = False) -> tuple[Say | Play, ...]:
    """That she may be unable to speak, in a place where no key cuts it short.

    ``muted``: and that she will not hear this telephone until its voice is turned on at the screen.
    """
    prompts = ("whisper_danger", "whisper_muted") if muted else ("whisper_danger",)
    return tuple(speaker.speak(prompt, language) for prompt in prompts)


def ask_voice(action: str, *, language: str, warned: bool, speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """How a telephone joins her who may be unable to speak: 1 silently, 2 speaking. No key is the silent way.

    Asked where whoever accepted has no screen with a key for it: in the room the carrier tells us of no key.
    """
    prompts = ("ask_voice",) if warned else ("whisper_danger", "ask_voice")
    spoken = tuple(speaker.speak(prompt, language) for prompt in prompts)
    return render([Gather(action, VOICE_TIMEOUT_S, spoken), Redirect(action)])


def _warned(*prompts: Prompt | str, danger: bool) -> tuple[Prompt | str, ...]:
    """The warning comes first: it matters more than all that helps to decide."""
    return ("whisper_danger", *prompts) if danger else prompts


def ask_staff(
    action: str, prompts: Sequence[Prompt | str], *, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """Says `prompts` to a telephone of staff and waits for one key; silence goes to `action` too.

    A voicemail presses nothing, so it can neither take a caller nor accept a page.
    """
    spoken = tuple(speaker.speak(prompt, language) for prompt in prompts)
    return render([Gather(action, STAFF_TIMEOUT_S, spoken), Hangup()])


def ask_pin(
    action: str,
    prompts: Sequence[Prompt | str] = ("duty_call", "enter_pin"),
    *,
    language: str = "tr",
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """Says `prompts` (a page's own words, or `wrong_pin`) and collects a PIN that ends with `#` or a pause."""
    return ask_digits(action, prompts, language=language, speaker=speaker)


def ask_digits(
    action: str, prompts: Sequence[Prompt | str], *, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """Says `prompts` and collects digits that end with `#` or a pause; silence goes to `action` too."""
    spoken = tuple(speaker.speak(prompt, language) for prompt in prompts)
    return render([Gather(action, STAFF_TIMEOUT_S, spoken, digits=None), Hangup()])


def offer(
    action: str,
    *,
    level: int,
    caller_language: str | None,
    province: str | None = None,
    repeated: bool = False,
    returned: bool = False,
    danger: bool = False,
    muted: bool = False,
    language: str = "tr",
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """A waiting caller is offered to a telephone: 1 takes her, 2 declines, 9 is duress and never announced.

    What is said helps to decide and names nobody: level, language, province, whether she is known or was cut off.
    After her key 5 (``danger``) it begins with the warning that she may be unable to speak; ``muted``: it says too that
    this telephone will be muted for her until its voice is turned on at the screen.
    """
    repeat = "whisper_returned" if returned else "whisper_repeat" if repeated else None
    values = {
        **_about(level, caller_language, province, language),
        "repeat": phrase(repeat, language).text if repeat else "",
    }
    voice = ("whisper_muted",) if danger and muted else ()
    prompts = _warned(Prompt("whisper", values), *voice, "accept_or_decline", danger=danger)
    return ask_staff(action, prompts, language=language, speaker=speaker)


def consult(
    action: str,
    *,
    level: int,
    caller_language: str | None,
    interpreter: bool = False,
    danger: bool = False,
    language: str = "tr",
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """Somebody is called in to a conversation: why, and as in an offer what helps to decide. 1 joins, 2 declines."""
    values = {**_about(level, caller_language, None, language), "repeat": ""}
    asked = "consult_interpreter" if interpreter else "consult_call"
    return ask_staff(
        action, _warned(Prompt("whisper", values), asked, danger=danger), language=language, speaker=speaker
    )


def page(
    action: str,
    *,
    level: int,
    caller_language: str | None,
    province: str | None,
    code: str,
    many: int = 0,
    danger: bool = False,
    language: str = "tr",
    speaker: Speaker = DEFAULT_SPEAKER,
) -> str:
    """A page to an on-call member who gave her PIN: level, province, language, the code letter by letter, 1 or 2.

    ``many``: how many wait, where one page stands for all of them. ``danger``: as in an offer.
    """
    values = {**_about(level, caller_language, province, language), "code": " ".join(code)}
    number = (Prompt("page_many", {"count": str(many)}),) if many > 1 else ()
    prompts = _warned(Prompt("page_call", values), *number, "accept_or_decline", danger=danger)
    return ask_staff(action, prompts, language=language, speaker=speaker)


def say_then(
    prompt: Prompt | str, then: Then, *, action: str, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER
) -> str:
    """Says `prompt` to a telephone of staff and goes on with asking for a PIN, for 1 or 2, or with the end."""
    if then == "pin":
        return ask_pin(action, (prompt, "enter_pin"), language=language, speaker=speaker)
    if then == "menu":
        return ask_staff(action, (prompt, "accept_or_decline"), language=language, speaker=speaker)
    return say_and_hang_up(prompt, language=language, speaker=speaker)


def screen(*, danger: bool = False, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """What a duty telephone hears before it is connected: it must press 1, so that no voicemail ever answers her."""
    action = with_query(SAFE_SCREENED, **remembered(quiet=danger))
    return ask_staff(action, ("offer_whisper",), language=language, speaker=speaker)


def screened(key: str | None, *, danger: bool = False, language: str = "tr", speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """After the screen: 1 connects (a document that ends does), anything else gives the call back to the others.

    The warning stands here, where nothing remembers who has heard it: once, and no key cuts it short.
    """
    if key != "1":
        return hang_up()
    return render(warning(language, speaker)) if danger else EMPTY


def _about(level: int, caller_language: str | None, province: str | None, language: str) -> dict[str, str | int]:
    known = caller_language if caller_language in LANGUAGES else "other"
    return {
        "level": level,
        "language": phrase(f"language_{known}", language).text,
        "province": province or phrase("province_unknown", language).text,
    }
