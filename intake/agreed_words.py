"""Ordinary words that a centre agreed on for an emergency ("did you buy the bread"): found in a text, they mean danger.

Nobody who reads the table without the key learns them, and no text, log or screen of a contact says that they were
found by name: the level rises, as it does for any danger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.crypto import Keyring, keyring_of
from core.statements import Read
from core.text import fold_tr
from intake.models import AgreedWord

#: An agreed sentence has so many words at most.
MAX_WORDS: Final = 6
#: A text is searched so far; an emergency is short.
SEARCHED: Final = 60
_WORD: Final = re.compile(r"\w+")


def words_in(folded: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(folded)


def index_of(keyring: Keyring, centre_id: UUID, words: Sequence[str]) -> bytes:
    """The keyed hash under which agreed words are kept: of each centre its own."""
    return keyring.blind_index("agreed_words", f"{centre_id.hex}:{' '.join(words)}")


def candidates(keyring: Keyring, centre_id: UUID, text: str) -> list[bytes]:
    """The hashes of all runs of words in a text that agreed words could be."""
    words = words_in(fold_tr(text))[:SEARCHED]
    runs = {
        tuple(words[start : start + length])
        for length in range(1, MAX_WORDS + 1)
        for start in range(len(words) - length + 1)
    }
    return [index_of(keyring, centre_id, run) for run in runs]


_AGREED = (AgreedWord.centre_id == bindparam("of_centre"), AgreedWord.removed_at.is_(None))
_FOUND = Read(
    select(AgreedWord.id)
    .where(*_AGREED, AgreedWord.word_index == any_(bindparam("hashes", type_=ARRAY(LargeBinary()))))
    .limit(1)
)
#: Whether a centre agreed on any words, for who asks it together with something else.
ANY_AGREED = select(AgreedWord.id).where(*_AGREED).exists()


def holds_agreed_words(session: Session, centre_id: UUID, text: str) -> bool:
    """Whether words that this centre agreed on stand in the text, as whole words and in their order."""
    hashes = candidates(keyring_of(session), centre_id, text)
    return bool(hashes) and _FOUND.first(session, {"of_centre": centre_id, "hashes": hashes}, beside=True) is not None
