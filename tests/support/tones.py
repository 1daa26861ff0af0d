"""Sounds for tests: a tone as WAV, and an MP3 of silent frames."""

from __future__ import annotations

import io
import math
import wave
from array import array

#: MPEG 1, layer III, 64 kbit/s, 44.1 kHz, one channel: 208 bytes of 26 ms each.
_FRAME = b"\xff\xfb\x50\xc0" + bytes(204)


def wav(seconds: float = 1.0, *, hertz: int = 440, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    """A tone; ``hertz`` tells one from another."""
    loud = 0.4 * (2 ** (8 * width - 1) - 1)
    samples = array(
        {1: "b", 2: "h", 4: "i"}[width],
        (round(loud * math.sin(2 * math.pi * hertz * n / rate)) for n in range(int(seconds * rate))),
    )
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes() * channels)
    return made.getvalue()


def mp3(seconds: float = 1.0) -> bytes:
    """Frames alone."""
    return _FRAME * math.ceil(seconds * 44_100 / 1152)
