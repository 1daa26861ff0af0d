"""What may be played to a caller is known by its content, and nothing but the sound is kept of it."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.sound_files import LONGEST_S, MAX_BYTES, SoundError, read_sound, silence
from tests.support.tones import mp3, wav


def test_a_wave_and_an_mp3_are_known_by_their_content() -> None:
    found = read_sound(wav(2.5))
    assert (found.media_type, found.seconds, found.content) == ("audio/wav", 2.5, wav(2.5))
    found = read_sound(mp3(2.5))
    assert (found.media_type, found.content) == ("audio/mpeg", mp3(2.5))
    assert found.seconds == pytest.approx(2.5, abs=0.03)
    assert read_sound(wav(1, rate=44_100, channels=2)).seconds == 1


def test_what_stands_around_the_sound_is_not_kept() -> None:
    """Recorders write the owner's name and place there."""
    note = b"LIST" + struct.pack("<I", 20) + b"INFOIART" + struct.pack("<I", 8) + b"Ayse Y.\0"
    body = wav(1)[12:] + note
    tagged = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body
    assert read_sound(tagged).content == wav(1)
    title = b"TIT2" + bytes(6) + b"Ayse Y."
    head = b"ID3\x03\x00\x00" + bytes((0, 0, 0, len(title))) + title
    footed = b"ID3\x04\x00\x10" + head[6:] + b"3DI\x04\x00\x10" + head[6:10] + bytes(100)
    assert read_sound(footed + mp3(1)).content == mp3(1)
    tail = b"TAG" + b"Ayse Y.".ljust(125, b"\0")
    assert read_sound(head + mp3(1) + tail).content == mp3(1)


def test_a_last_frame_that_is_cut_off_is_left_out() -> None:
    assert read_sound(mp3(1) + mp3(0.01)[:100]).content == mp3(1)
    assert read_sound(wav(1)[:-1000]).seconds == pytest.approx(1 - 500 / 8000)


@pytest.mark.parametrize(
    ("reason", "file"),
    [
        ("empty", b""),
        ("no_sound_file", b"%PDF-1.7 not a sound"),
        ("no_sound_file", b"\0\0\0\x20ftypM4A " + bytes(5000)),
        ("no_sound_file", b"OggS" + bytes(5000)),
        ("no_sound_file", mp3(0.1)),
        ("no_sound_file", mp3(1) + bytes(200_000)),
        ("no_sound_file", b"<script>" + mp3(1)),
        ("wrong_wave", wav(1)[:30]),
        ("wrong_wave", wav(1, width=4)),
        ("wrong_wave", wav(1, rate=96_000)),
        ("wrong_wave", wav(1, channels=3)),
        ("wrong_wave", wav(1).replace(b"fmt \x10\0\0\0\x01\0", b"fmt \x10\0\0\0\x31\0")),
        ("too_short", wav(0.1)),
        ("too_short", wav(0)),
        ("too_long", wav(LONGEST_S + 1)),
        ("too_long", mp3(LONGEST_S + 1)),
        ("too_large", bytes(MAX_BYTES + 1)),
    ],
)
def test_what_the_carrier_might_not_play_is_refused(reason: str, file: bytes) -> None:
    with pytest.raises(SoundError) as refused:
        read_sound(file)
    assert refused.value.reason == reason


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda junk: wav(0.5)[:44] + junk)))
def test_no_file_is_more_than_refused(file: bytes) -> None:
    try:
        read_sound(file)
    except SoundError:
        return


def test_silence_is_a_sound() -> None:
    with wave.open(io.BytesIO(silence())) as found:
        assert found.getnframes() == 4000
        assert set(found.readframes(4000)) == {0}
