"""Attribute values of TwiML: each function turns the text of an attribute into a value or raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Convert = Callable[[str], Any]


def text(value: str) -> str:
    """Any text."""
    return value


def whole(least: int, most: int | None = None) -> Convert:
    """A whole number from `least` to `most`."""

    def convert(value: str) -> int:
        number = int(value)
        if number < least or (most is not None and number > most):
            raise ValueError(value)
        return number

    return convert


def yes_no(value: str) -> bool:
    """True or false."""
    if value not in ("true", "false"):
        raise ValueError(value)
    return value == "true"


def one_of(*choices: str) -> Convert:
    """One of the words."""

    def convert(value: str) -> str:
        if value not in choices:
            raise ValueError(value)
        return value

    return convert


def words_of(*choices: str) -> Convert:
    """Words from a list, separated by blanks."""

    def convert(value: str) -> frozenset[str]:
        words = frozenset(value.split())
        if not words <= frozenset(choices):
            raise ValueError(value)
        return words

    return convert


def matching(pattern: str) -> Convert:
    """A text that matches the whole pattern."""
    compiled = re.compile(pattern)

    def convert(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(value)
        return value

    return convert


BEEPS = ("true", "false", "onEnter", "onExit")
METHOD = one_of("GET", "POST")
KEYS = matching(r"[0-9#*]?")
CALL_EVENTS = words_of("initiated", "ringing", "answered", "completed")
CONFERENCE_EVENTS = words_of("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
GATHER_SECONDS = whole(1, 3600)
