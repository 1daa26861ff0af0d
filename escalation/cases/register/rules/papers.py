"""What a paper is, told by its content and not by its name; and numbers of courts as people write them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from core.text import digits_to_ascii, fold_tr

#: A scanned decision of many pages stays well below; a larger one is scanned with too many dots.
LARGEST: Final = 10 * 1024 * 1024
PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
TIFF: Final = "image/tiff"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: The document format of Turkey's courts (UYAP).
UDF: Final = "application/x-udf"
MEDIA_TYPES: Final = (PDF, JPEG, PNG, TIFF, DOCX, UDF)

_STARTS: Final = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_PARTS: Final = (("word/document.xml", DOCX), ("content.xml", UDF))
_NUMBER: Final = re.compile(r"(\d{4})\s*/\s*0*(\d+)")


def media_type(content: bytes) -> str | None:
    """The type of a paper among those that are taken, or ``None``. Nothing is unpacked."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = frozenset(parts.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    return next((kind for part, kind in _PARTS if part in names), None)


def refusal(content: bytes) -> str | None:
    """Why a paper is not taken, as a code: empty, too_large, unknown_type; ``None`` where it is."""
    if not content:
        return "empty"
    if len(content) > LARGEST:
        return "too_large"
    return "unknown_type" if media_type(content) is None else None


def file_number(text: str) -> str:
    """A docket or decision number as a key: ``2026/12``, ``2026 / 0012 D.İş`` and ``2026/12 E.`` are one."""
    found = _NUMBER.search(digits_to_ascii(text))
    return f"{found[1]}/{found[2]}" if found else fold_tr(text)
