"""What can go wrong with an engine, in words for the person in front of the terminal."""

from __future__ import annotations


class EngineError(Exception):
    """An engine cannot be found, started or stopped; the message says what to do about it."""
