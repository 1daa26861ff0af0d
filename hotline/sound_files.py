"""What a file must be to be played to a caller: decided by its content alone, and nothing but the sound is kept of it.

The carrier plays WAV and MP3. A file that it cannot play would end the call at that prompt, so whatever is not surely
one of the two is refused. What a recorder writes around the sound (who spoke, with which device, where) is left out.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from typing import Final, Literal

from hotline.mp3 import read_mp3

MediaType = Literal["audio/wav", "audio/mpeg"]
Reason = Literal["empty", "too_large", "no_sound_file", "wrong_wave", "too_short", "too_long"]

#: A prompt takes a few seconds: twenty of them in the quality of a studio, or a minute in that of a telephone.
MAX_BYTES: Final = 2 * 1024 * 1024
SHORTEST_S: Final = 0.5
#: The longest text takes nine; whoever waits hears it once a minute, and her keys are heard meanwhile.
LONGEST_S: Final = 20.0
_RATES: Final = range(8000, 48_001)
_EXTENSIONS: Final[dict[str, str]] = {"audio/wav": "wav", "audio/mpeg": "mp3"}


class SoundError(ValueError):
    """The file cannot be played to a caller; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound as it is kept and played."""

    media_type: MediaType
    content: bytes
    seconds: float


def read_sound(file: bytes) -> Sound:
    """The sound in an uploaded file, whatever its name says. Raises :class:`SoundError`."""
    if not file:
        raise SoundError("empty")
    if len(file) > MAX_BYTES:
        raise SoundError("too_large")
    sound = _wave(file) if file[:4] == b"RIFF" and file[8:12] == b"WAVE" else _mp3(file)
    if sound.seconds < SHORTEST_S:
        raise SoundError("too_short")
    if sound.seconds > LONGEST_S:
        raise SoundError("too_long")
    return sound


def extension_of(media_type: str) -> str:
    """How the name of such a file ends."""
    return _EXTENSIONS[media_type]


def silence(seconds: float = 0.5) -> bytes:
    """A WAV in which nothing is heard."""
    return _written(1, 2, 8000, bytes(2 * int(8000 * seconds)))


def _wave(file: bytes) -> Sound:
    """Read and written anew. The carrier takes uncompressed samples of 8 and 16 bits."""
    try:
        with wave.open(io.BytesIO(file)) as found:
            channels, width, rate = found.getnchannels(), found.getsampwidth(), found.getframerate()
            frames = found.readframes(found.getnframes())
    except (wave.Error, EOFError, ValueError, ArithmeticError):
        raise SoundError("wrong_wave") from None
    if channels not in {1, 2} or width not in {1, 2} or rate not in _RATES:
        raise SoundError("wrong_wave")
    whole = len(frames) // (channels * width)
    return Sound("audio/wav", _written(channels, width, rate, frames[: whole * channels * width]), whole / rate)


def _written(channels: int, width: int, rate: int, frames: bytes) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return made.getvalue()


def _mp3(file: bytes) -> Sound:
    found = read_mp3(file)
    if found is None:
        raise SoundError("no_sound_file")
    return Sound("audio/mpeg", found.frames, found.seconds)
