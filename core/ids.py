"""Identifiers: record ids for the database, references for people, codes for pages.

Record ids are UUIDv7 (RFC 9562 §5.7), so that rows written together lie together in an index.
References and page codes are read aloud, copied by hand and typed on a phone, so they use
Crockford's base32 alphabet, which has no I, L, O or U. They come from `secrets`: a reference must
not tell how many records exist nor lead to its neighbour.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final
from uuid import UUID

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Page codes are read from a text message on a small screen: 0 and 1 look like letters there.
_PAGE_DIGITS: Final = "23456789"
_PAGE_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ"

PAGE_CODE_LENGTH: Final = 4
REFERENCE_LENGTH: Final = 8

# People type the letter they see. Dotted and dotless Turkish i both stand for 1.
_TYPED_AS: Final = str.maketrans({"O": "0", "I": "1", "İ": "1", "L": "1"})
_SEPARATORS: Final = re.compile(r"[\s\-‐‑–—_.]+")
_REFERENCE: Final = re.compile(rf"([A-Z])([{CROCKFORD}]{{{REFERENCE_LENGTH}}})")


def new_id() -> UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)


def new_reference(prefix: str) -> str:
    """A reference that people read to each other, such as `R-7K2M-9QXD`.

    `prefix` is one capital ASCII letter: R intake, V case, F perpetrator file.
    Raises ValueError for any other prefix.
    """
    if re.fullmatch("[A-Z]", prefix) is None:
        raise ValueError("a reference prefix is one capital letter")
    body = "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in secrets.token_bytes(REFERENCE_LENGTH))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def parse_reference(text: str) -> str | None:
    """The reference that `text` means, in its written form, or None.

    Forgives case, spaces, missing dashes, and the letters O, I and L typed for 0, 1 and 1.
    """
    typed = _SEPARATORS.sub("", text).upper()
    match = _REFERENCE.fullmatch(typed[:1] + typed[1:].translate(_TYPED_AS))
    if match is None:
        return None
    prefix, body = match.groups()
    return f"{prefix}-{body[:4]}-{body[4:]}"


def new_page_code() -> str:
    """A four-character page code such as `K7Q2`.

    It always holds a letter and a digit, so it is neither a word (a carrier would act on an opt-out
    keyword before we see it) nor a number that someone texts for another reason. It is not unique
    by itself: the pager keeps open codes apart.
    """
    while True:
        code = "".join(secrets.choice(_PAGE_DIGITS + _PAGE_LETTERS) for _ in range(PAGE_CODE_LENGTH))
        if any(c in _PAGE_DIGITS for c in code) and any(c in _PAGE_LETTERS for c in code):
            return code
