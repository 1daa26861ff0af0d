"""Text as telephones and Turkish need it: folding for comparison, digits of any script, SMS segments.

Python's own lower() makes "hayir" of "HAYIR" and a five-letter word of "İPTAL", so nothing that
compares what a caller wrote may use it directly.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

# 3GPP TS 23.038 §6.2.1, the default alphabet and its extension table (each extension takes two).
_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("^{}\\[~]|€\f")

_GSM_SINGLE: Final = 160
_GSM_PART: Final = 153
_UCS2_SINGLE: Final = 70
_UCS2_PART: Final = 67

# Letters that decomposition does not reach, and marks that phones put in by themselves.
_PLAIN_LATIN: Final = str.maketrans(
    {"ı": "i", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L"}
)
_PLAIN_MARKS: Final = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
    | {"…": "...", "•": "-", "\t": " ", "\u00a0": " ", "\r": "", "\f": " "}
)
# Arabic letters that the same word is written with, depending on the keyboard and the writer's care.
_ARABIC_FOLD: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ـ": None})
_INVISIBLE: Final = str.maketrans(
    dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff")
)


def _strip_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def fold_tr(text: str) -> str:
    """`text` as a key for comparison, equal for every way in which people write the same word.

    "HAYIR", "hayır" and "hayir" are one; so are "İPTAL", "iptal" and "IPTAL", and Arabic with and
    without vowel marks or hamza. Runs of white space become one space. Not for display.
    """
    folded = text.translate(_INVISIBLE).translate(_ARABIC_FOLD)
    folded = _strip_accents(folded).casefold().translate(_PLAIN_LATIN).translate(_ARABIC_FOLD)
    # casefold may itself produce combining marks (İ becomes i and a dot above).
    return " ".join(_strip_accents(folded).translate(_PLAIN_MARKS).split())


def digits_to_ascii(text: str) -> str:
    """`text` with the decimal digits of every script (١, ۱, 1) written as 0 to 9."""
    return "".join(str(unicodedata.decimal(c, None)) if not c.isascii() and c.isdecimal() else c for c in text)


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs on the air: its alphabet, the number of parts, and the units it fills.

    Units are septets in GSM-7 and 16-bit code units in UCS-2.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    units: int


def segments(text: str) -> Segments:
    """How many SMS parts `text` becomes (3GPP TS 23.040 §9.2.3.24.1).

    A character that takes two units (a GSM-7 extension, a surrogate pair) is never divided between
    two parts. An empty text has no part.
    """
    if all(c in _GSM_BASIC or c in _GSM_EXTENSION for c in text):
        sizes = [2 if c in _GSM_EXTENSION else 1 for c in text]
        return Segments("GSM-7", _parts(sizes, _GSM_SINGLE, _GSM_PART), sum(sizes))
    sizes = [2 if ord(c) > 0xFFFF else 1 for c in text]
    return Segments("UCS-2", _parts(sizes, _UCS2_SINGLE, _UCS2_PART), sum(sizes))


def _parts(sizes: list[int], single: int, part: int) -> int:
    if not sizes:
        return 0
    if sum(sizes) <= single:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count


def to_gsm_ascii(text: str) -> str:
    """`text` in plain ASCII letters, so that it stays in GSM-7: ş to s, ı to i, ê to e.

    Letters of other scripts become `?`: use it for staff pages, never for what a person wrote.
    """
    plain = _strip_accents(text.translate(_PLAIN_MARKS)).translate(_PLAIN_LATIN).translate(_PLAIN_MARKS)
    return "".join(c if c == "\n" or (c.isascii() and c.isprintable()) else "?" for c in plain)
