"""Reads an MP3 frame by frame (ISO/IEC 11172-3 and 13818-3, layer III): how long it is, and where its sound begins.

No library: what is needed is four bytes of each frame, and a decoder would be a large thing to hand a stranger's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Kilobits a second by the index in the header: of MPEG 1, and of MPEG 2 and 2.5.
_BITRATES: Final = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
#: Samples a second by the index in the header, for each of the two bits that tell the version.
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_HEADER: Final = 4
_LAYER_III: Final = 1
#: Another kind of file can begin with what looks like a frame, and not with so many in a row.
_FEWEST: Final = 5
#: Of the end, in bytes: a last frame that is cut off, or a tag that tells of the sound.
_REST: Final = 64 * 1024
_TAG: Final = 10
_HAS_FOOTER: Final = 0x10


@dataclass(frozen=True, slots=True)
class Mp3:
    """The frames without what stands before and after them."""

    frames: bytes
    seconds: float


def read_mp3(file: bytes) -> Mp3 | None:
    """The sound of an MP3; None where it is none."""
    begin = place = _after_tags(file)
    seconds, count = 0.0, 0
    while (frame := _frame(file, place)) is not None:
        length, lasts = frame
        if place + length > len(file):
            break
        place, seconds, count = place + length, seconds + lasts, count + 1
    if count < _FEWEST or len(file) - place > _REST:
        return None
    return Mp3(file[begin:place], seconds)


def _after_tags(file: bytes) -> int:
    """Past the ID3v2 tags before the sound, each of which tells its length in four times seven bits, and their rest."""
    place = 0
    while file[place : place + 3] == b"ID3" and len(file) >= place + _TAG:
        length = 0
        for byte in file[place + 6 : place + _TAG]:
            length = (length << 7) | (byte & 0x7F)
        place += _TAG + length + (_TAG if file[place + 5] & _HAS_FOOTER else 0)
    while place < len(file) and file[place] == 0:
        place += 1
    return place


def _frame(file: bytes, place: int) -> tuple[int, float] | None:
    """Length in bytes and seconds of the frame that begins here; None where none does."""
    header = file[place : place + _HEADER]
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = (header[1] >> 3) & 3, (header[1] >> 1) & 3
    bitrate, rate = header[2] >> 4, (header[2] >> 2) & 3
    if layer != _LAYER_III or version not in _RATES or bitrate in {0, 15} or rate == 3:
        return None
    first = version == 3
    samples, hertz = 1152 if first else 576, _RATES[version][rate]
    length = samples // 8 * _BITRATES[not first][bitrate] * 1000 // hertz + ((header[2] >> 1) & 1)
    return length, samples / hertz
