"""Fetching what a Play names: by GET, without a cookie, and only if it is a sound."""

from __future__ import annotations

from collections.abc import Callable

from practice.ground import Ground
from practice.webhooks import Answer

#: Twilio's error code for a Play that names something else; its page lists these types.
NO_SOUND = 13420
TYPES = frozenset(
    {"audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/aiff", "audio/x-aifc", "audio/x-aiff"}
    | {"audio/x-gsm", "audio/gsm", "audio/ulaw"}
)


def fetch(
    ground: Ground,
    url: str,
    on_sound: Callable[[float | None], None],
    on_failure: Callable[[int, str], None],
) -> None:
    """Ask `url` for a sound; `on_sound(seconds)`, None where they are not told, or `on_failure` follows once."""

    def answered(answer: Answer) -> None:
        content_type = answer.content_type.partition(";")[0].strip().lower()
        if content_type in TYPES:
            on_sound(_seconds(answer.body))
            return
        ground.trouble(NO_SOUND, f"Play: invalid content type {content_type or '(none)'}", url)
        on_failure(NO_SOUND, url)

    ground.webhooks.send("play", url, {}, method="GET", on_answer=answered, on_failure=on_failure)


def _seconds(body: str) -> float | None:
    """How long a WAV lasts, by what its head says: bytes of sound, and bytes a second."""
    content = body.encode("latin-1", "replace")
    place = content.find(b"data")
    if content[:4] != b"RIFF" or place < 0:
        return None
    size = int.from_bytes(content[place + 4 : place + 8], "little")
    each_second = int.from_bytes(content[28:32], "little")
    return size / each_second if each_second else None
