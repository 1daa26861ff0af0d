"""What the carrier asks when a step of a call failed, for us or for it: a breath, and the same step once more.

It reads no row and waits for nothing, so it answers whenever a process runs at all. Only steps of our own are gone
back to, whatever the request says, and only so often: then a caller gets the safe answer and staff are let go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from hotline import shapes, voice, voice_scripts
from hotline.paths import (
    CONTACT_PARAMETER,
    CONTACT_STEPS,
    KEY_PARAMETER,
    OUT_PARAMETER,
    QUIET_PARAMETER,
    ROOM_PARAMETER,
    ROOT,
    ROUND_PARAMETER,
    SPOKEN_PARAMETER,
    STAFF_KEYS,
    with_query,
)
from hotline.rules import LANGUAGES
from hotline.safe import duty_call, pressed_danger
from hotline.sounds import PATH as SOUNDS
from hotline.telephone import Form, Telephone

#: How often one step is gone back to.
MAX_TRIES: Final = 3
TRIES_PARAMETER: Final = "f"
#: What the carrier tells of a call in the waiting room alone.
QUEUE_TIME: Final = "QueueTime"

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_STEP: Final = re.compile(
    rf"{ROOT}(?:/(?P<name>{'|'.join(sorted(CONTACT_STEPS))})/(?P<contact>{_UUID})"
    rf"|/(?P<leg>leg)/{_UUID}/[0-9]{{1,4}}|/leg-over/{_UUID}|/safe/(?:screen|screened|after))?"
)
#: What our own URLs remember and nothing else goes on in the query.
_KEPT: Final = (
    *(QUIET_PARAMETER, ROUND_PARAMETER, KEY_PARAMETER, CONTACT_PARAMETER, TRIES_PARAMETER),
    *(OUT_PARAMETER, ROOM_PARAMETER),
)
_SHORT: Final = re.compile("[0-9a-f_-]{1,36}")


def fallback(telephone: Telephone) -> Callable[[Form], str]:
    """The answer to the carrier's request for the fallback of a step."""
    public_url = telephone.ground.settings.public_url.rstrip("/")
    safe = duty_call(telephone)

    def answer(form: Form) -> str:
        shapes.voice_step(form)
        failed = _one(form, "ErrorUrl")
        parts = urlsplit(failed.removeprefix(public_url) if failed.startswith(f"{public_url}/") else "")
        step = _STEP.fullmatch(parts.path)
        if parts.path.startswith(f"{SOUNDS}/") and _one(form, "Direction") == "inbound":
            telephone.sounds.let_voices_read()
            return _without_sounds(form)
        known = {name: value for name, value in parse_qsl(parts.query) if name in _KEPT and _SHORT.fullmatch(value)}
        if pressed_danger(form):
            known[QUIET_PARAMETER] = "1"
        tries = _count(known.get(TRIES_PARAMETER)) + 1
        if step is not None and tries <= MAX_TRIES:
            return voice_scripts.once_more(
                with_query(parts.path, **{**known, **_key(form, step), TRIES_PARAMETER: str(tries)})
            )
        if _one(form, "Direction") != "inbound":
            return voice_scripts.hang_up()
        if step is not None and step["name"] == "wait":
            return voice_scripts.leave_waiting_room()
        contact = step["contact"] if step is not None else None
        quiet = QUIET_PARAMETER in known
        if step is not None and step["name"] == "apart" and ROOM_PARAMETER in known:
            return voice.back_in_the_room(UUID(contact), known[ROOM_PARAMETER], quiet=quiet)
        return safe(form, {"contact": contact, "quiet": quiet, "round": _count(known.get(ROUND_PARAMETER))})

    return answer


def _without_sounds(form: Form) -> str:
    """She was to hear a recording: out of the waiting room, or to the line's door, where words are read to her."""
    if QUEUE_TIME in form:
        return voice_scripts.leave_waiting_room()
    quiet = "1" if pressed_danger(form) else ""
    return voice_scripts.go_to(with_query(ROOT, **{SPOKEN_PARAMETER: "1", QUIET_PARAMETER: quiet}))


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def _count(value: str | None) -> int:
    return int(value) if value is not None and value.isdecimal() else 0


def _key(form: Form, step: re.Match[str]) -> Mapping[str, str]:
    """A key that would be lost with the request: a language, her answer, what staff decided. Never a PIN."""
    digits = _one(form, "Digits")
    if step["name"] == "apart" and digits.isdecimal():
        return {KEY_PARAMETER: digits[:1]}
    if step["name"] == "menu" and digits[:1] in LANGUAGES:
        return {KEY_PARAMETER: digits[:1]}
    return {KEY_PARAMETER: digits} if step["leg"] and digits in STAFF_KEYS else {}


__all__ = ["MAX_TRIES", "fallback"]
