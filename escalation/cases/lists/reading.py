"""A spreadsheet as rows of plain cells: bounded in size, nothing in it evaluated, nothing fetched.

A workbook is a packed folder of XML. What it would unpack to is added up from its directory before a byte is unpacked,
and no part is unpacked beyond what the directory says. Documents that define entities are refused; the reader itself is
``defusedxml``'s. A formula is not a value, whatever result is stored beside it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core.text import fold_tr
from escalation.cases.lists.catalogues import columns_catalogue

#: The upload, in bytes, packed and unpacked; its parts, rows and columns.
LARGEST: Final = 2 * 1024 * 1024
LARGEST_UNPACKED: Final = 30 * 1024 * 1024
MOST_PARTS: Final = 100
MOST_ROWS: Final = 250
MOST_COLUMNS: Final = 40
_HEAD: Final = 4096
#: What a reader of workbooks raises for one that is none, beside its own error.
_BAD: Final = (
    *(zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError),
    *(IndexError, SyntaxError),
)


class ListError(Exception):
    """A list that cannot be taken, or an act that is not possible: ``reason`` and ``details`` are codes."""

    def __init__(self, reason: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row with its number in the sheet and what stands in each known column; ``formulas`` are cells that compute."""

    number: int
    cells: Mapping[str, str | date]
    formulas: frozenset[str] = frozenset()


def read(content: bytes) -> tuple[Row, ...]:
    """The rows below the first one, without empty ones.

    Raises :class:`ListError`: empty, too_large, not_a_list, no_rows, too_many_rows, columns_missing with their codes.
    """
    _look_into(content)
    lines = _lines(content)
    if not lines:
        raise ListError("no_rows")
    places = _places(lines[0])
    rows = [row for number, line in enumerate(lines[1:], start=2) if (row := _row(number, line, places)) is not None]
    if not rows:
        raise ListError("no_rows")
    if len(rows) > MOST_ROWS or len(lines) > MOST_ROWS + 1:
        raise ListError("too_many_rows")
    return tuple(rows)


def _lines(content: bytes) -> list[tuple[Any, ...]]:
    # Loaded with the first list: a process that reads none need not hold it.
    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    if not openpyxl.DEFUSEDXML:  # pragma: no cover - the lock file holds defusedxml
        raise ImportError("lists are read with defusedxml alone")
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return list(book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS))
        finally:
            book.close()
    except (*_BAD, InvalidFileException) as error:
        # Whatever is wrong with it: a text of the reader could hold a cell's.
        raise ListError("not_a_list") from error


def _look_into(content: bytes) -> None:
    if not content:
        raise ListError("empty")
    if len(content) > LARGEST:
        raise ListError("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            inside = parts.infolist()
            if len(inside) > MOST_PARTS or sum(part.file_size for part in inside) > LARGEST_UNPACKED:
                raise ListError("too_large")
            if "xl/workbook.xml" not in {part.filename for part in inside}:
                raise ListError("not_a_list")
            for part in inside:
                with parts.open(part) as opened:
                    # Also in UTF-16, which puts a zero byte between the letters.
                    head = opened.read(_HEAD).replace(b"\0", b"").upper()
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise ListError("not_a_list")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise ListError("not_a_list") from error


def _places(line: tuple[Any, ...]) -> dict[int, str]:
    known = {
        fold_tr(title): column.code
        for column in columns_catalogue().columns
        for title in (column.title.tr, column.title.en, column.code)
    }
    found: dict[int, str] = {}
    for place, cell in enumerate(line):
        code = known.get(fold_tr(str(cell.value))) if cell.value is not None else None
        if code is not None and code not in found.values():
            found[place] = code
    lacking = tuple(
        item.code for item in columns_catalogue().columns if item.needed and item.code not in found.values()
    )
    if lacking:
        raise ListError("columns_missing", lacking)
    return found


def _row(number: int, line: tuple[Any, ...], places: Mapping[int, str]) -> Row | None:
    cells: dict[str, str | date] = {}
    formulas = set()
    for place, code in places.items():
        cell = line[place] if place < len(line) else None
        if cell is None or cell.value is None:
            continue
        if cell.data_type == "f" or (isinstance(cell.value, str) and cell.value.lstrip().startswith("=")):
            formulas.add(code)
            continue
        value = _plain(cell.value)
        if value != "":
            cells[code] = value
    return Row(number, cells, frozenset(formulas)) if cells or formulas else None


def _plain(value: Any) -> str | date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
