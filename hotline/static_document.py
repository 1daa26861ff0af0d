"""The last answer of all, for another host: what a caller hears when no machine of ours answers the carrier.

Whoever serves it knows nothing: not the line's state, nor the caller's language, nor whether she pressed 5. So it is
short before it rings, asks for no key, names nobody, and leads to no address of ours.
"""

from __future__ import annotations

from hotline.phrases import LANGUAGES
from hotline.twiml import DialNumbers, Hangup, Number, Play, Say, render
from hotline.voice_scripts import DEFAULT_SPEAKER, DUTY_RING_S, Speaker


def static_document(fallback: str, *, caller_id: str | None, speaker: Speaker = DEFAULT_SPEAKER) -> str:
    """A moment's patience in four languages, the fallback number, the way to 112, and the fallback number once more.

    ``fallback`` is its number, or its SIP address where the line is a trunk's.

    The human comes before the sentence about 112, because four languages of it would keep her from him for half a
    minute. ``caller_id`` should be the line that is called, so that the telephone which rings does not keep hers.
    """
    ring = DialNumbers((Number(fallback),), None, DUTY_RING_S, caller_id)
    return render([*_said("one_moment", speaker), ring, *_said("closing", speaker), ring, Hangup()])


def _said(key: str, speaker: Speaker) -> list[Say | Play]:
    return [speaker.speak(key, language) for language in LANGUAGES]
