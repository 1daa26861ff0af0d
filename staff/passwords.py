"""Passwords: what is refused, and how they are kept.

Hashing takes about a tenth of a second and 64 MiB: never do it inside a transaction (``sign_in`` shows how).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.text import fold_tr
from staff.errors import WeakPasswordError

MIN_LENGTH: Final = 15
MAX_LENGTH: Final = 128
#: A passphrase of four words has more; `aaaaaaaaaaaaaaab` has less.
_MIN_DIFFERENT: Final = 6
_COMMON: Final = Path(__file__).parent / "catalogue" / "common_passwords.txt"
#: Rows by which people walk over the keyboard or count.
_RUNS: Final = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_SHORTEST_RUN: Final = 4
_TYPED_FOR: Final = str.maketrans("@431!0$57", "aaeiiosst")

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
#: Verified for a name that nobody has, so that the answer takes as long. Nobody knows its password.
DUMMY_HASH: Final = "$argon2id$v=19$m=65536,t=3,p=1$yYDPW/dM5lVGxn27xJa1SA$oy5b79gdMrwDxvdpHuWHEqWL13+kOPJvg0dCA45vAZ8"


def check_password(password: str, *, names: tuple[str, ...] = ()) -> None:
    """Raise :class:`WeakPasswordError` for a password that is too short, too long or among the first to be guessed.

    Any characters may be used and none must be (ASVS 6.2.5). ``names`` are words an attacker tries first: the
    sign-in name and its centre.
    """
    if len(password) < MIN_LENGTH:
        raise WeakPasswordError("short")
    if len(password) > MAX_LENGTH:
        raise WeakPasswordError("long")
    if len(set(password.casefold())) < _MIN_DIFFERENT:
        raise WeakPasswordError("repetitive")
    rest = _without_guessable(password, names)
    if len(rest) < MIN_LENGTH // 2:
        raise WeakPasswordError("named" if len(_without_guessable(password, ())) >= MIN_LENGTH // 2 else "common")


def _without_guessable(password: str, names: tuple[str, ...]) -> str:
    """What is left when common words, names, runs and repetitions are taken away: the part one must really guess."""
    plain = re.sub(r"[^0-9a-z]+", "", fold_tr(password))
    words = [re.sub(r"[^0-9a-z]+", "", fold_tr(part)) for name in names for part in [name, *re.split(r"[@._-]", name)]]
    candidates = (_strip(plain, words), _strip(plain.translate(_TYPED_FOR), words), _strip(_typed(password), words))
    return min(candidates, key=len)


def _typed(password: str) -> str:
    return re.sub(r"[^0-9a-z]+", "", fold_tr(password.translate(_TYPED_FOR)))


def _strip(plain: str, names: list[str]) -> str:
    for name in sorted((name for name in names if len(name) >= 4), key=len, reverse=True):
        plain = plain.replace(name, "")
    kept, at = [], 0
    while at < len(plain):
        skipped = max(_common_at(plain, at), _run_at(plain, at))
        if not skipped:
            kept.append(plain[at])
        at += skipped or 1
    return re.sub(r"(.{1,8}?)\1+", r"\1", "".join(kept))


@cache
def _common_words() -> dict[str, tuple[str, ...]]:
    """Common words by their first two letters, the longest first."""
    by_start: dict[str, list[str]] = {}
    for line in _COMMON.read_text(encoding="utf-8").split():
        by_start.setdefault(line[:2], []).append(line)
    return {start: tuple(sorted(words, key=len, reverse=True)) for start, words in by_start.items()}


def _common_at(plain: str, at: int) -> int:
    words = _common_words().get(plain[at : at + 2], ())
    return next((len(word) for word in words if plain.startswith(word, at)), 0)


def _run_at(plain: str, at: int) -> int:
    longest = 0
    for run in _RUNS:
        for line in (run, run[::-1]):
            length = _SHORTEST_RUN
            while at + length <= len(plain) and plain[at : at + length] in line:
                longest = max(longest, length)
                length += 1
    return longest


def hash_password(password: str) -> str:
    """Argon2id, 64 MiB. Slow on purpose."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Whether ``password`` is the one behind ``stored``. Slow on purpose, and as slow for :data:`DUMMY_HASH`."""
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a hash was made with other costs than today's and should be made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(stored)
