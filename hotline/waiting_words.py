"""When a waiting caller hears a sentence, and which: policy as data, and pure decisions over it.

A chunk of waiting ends when its words and the listening after them are over, and only then the carrier asks again. So a
chunk listens until the next sentence is due: a fixed length would make each sentence late by up to a whole chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil
from pathlib import Path
from typing import Final

from pydantic import Field

from core.catalogue import Catalogue, load_catalogue
from hotline.phrases import phrase

PATH: Final = Path(__file__).parent / "catalogue" / "waiting.yaml"

#: Each poll is proof that she is still on the line, so none is further from the one before, whatever the policy says.
LONGEST_CHUNK_S: Final = 20
#: However long its words are, a chunk listens a little after them: a key is often pressed at the end of a sentence.
SHORTEST_LISTENING_S: Final = 2
#: How fast the carrier's voices speak at most. Reckoned too slow, a chunk would end before its time, and the carrier
#: would ask once more for nothing; too fast, a sentence is late by the difference.
_SIGNS_A_SECOND: Final = 17


class WaitingWords(Catalogue):
    """How often something is said to who waits; seconds."""

    sentence_seconds: int = Field(ge=10, le=60)
    emergency_after_seconds: int = Field(ge=10, le=110)
    emergency_every_seconds: int = Field(ge=30, le=600)


@cache
def waiting_words() -> WaitingWords:
    """The policy in force. Raises CatalogueError when the file is wrong."""
    return load_catalogue(PATH, WaitingWords)


def prompts(
    policy: WaitingWords, waited_s: float, before_s: float | None, *, returned: bool = False
) -> tuple[str, ...]:
    """What a chunk of waiting says: empty means that it only listens.

    ``before_s`` is how long she had waited at the poll before, None at the first: a sentence is said at the first poll
    past its moment, so a poll that comes late costs a moment and no sentence.
    """
    if before_s is None:
        return ("returned",) if returned else ("danger", "waiting")
    first, every = policy.emergency_after_seconds, policy.emergency_every_seconds
    if _passed(before_s, waited_s, first, every):
        return ("waiting_112",)
    sentence = policy.sentence_seconds
    return ("waiting",) if _passed(before_s, waited_s, sentence, sentence) else ()


def listening(policy: WaitingWords, waited_s: float, said: Sequence[str], language: str) -> int:
    """Seconds to listen after the words ``said``, so that the next poll comes when the next sentence is due."""
    ahead = min(
        _next(waited_s, policy.sentence_seconds, policy.sentence_seconds),
        _next(waited_s, policy.emergency_after_seconds, policy.emergency_every_seconds),
    )
    # Further than one chunk: in equal parts, rather than a long one and one of a second.
    chunk = ahead / ceil(ahead / LONGEST_CHUNK_S)
    return max(ceil(chunk - _spoken_s(said, language)), SHORTEST_LISTENING_S)


def _spoken_s(said: Sequence[str], language: str) -> float:
    return sum(len(phrase(key, language).text) for key in said) / _SIGNS_A_SECOND


def _next(waited_s: float, first_s: float, every_s: float) -> float:
    """Seconds from now to the next of the moments ``first_s``, and every ``every_s`` after it."""
    if waited_s < first_s:
        return first_s - waited_s
    return every_s - (waited_s - first_s) % every_s


def _passed(before_s: float, now_s: float, first_s: float, every_s: float) -> bool:
    return now_s >= first_s and (now_s - first_s) // every_s > max((before_s - first_s) // every_s, -1)


__all__ = ["LONGEST_CHUNK_S", "PATH", "SHORTEST_LISTENING_S", "WaitingWords", "listening", "prompts", "waiting_words"]
