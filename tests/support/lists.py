"""A centre's own list of two hundred rows, as a spreadsheet: what is made up in it, and the seven mistakes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import openpyxl

from escalation.cases.lists.catalogues import columns_catalogue
from tests.support.planted import NAME

CODES: Final = [column.code for column in columns_catalogue().columns]
#: Six rows with a mistake in one column each; the seventh is the last row, which tells the second one's paper again.
ERRORS: Final[Mapping[int, Mapping[str, str]]] = {
    17: {"protected": ""},
    40: {"measures": "5/1-z"},
    63: {"decided_on": "31.02.2026"},
    88: {"province": "Atlantis"},
    120: {"days": "=60*3"},
    151: {"authority_kind": "kolluk"},
}
#: Every tenth row and those with errors tell of a decision, the others of a case alone.
WHOLE: Final = frozenset({*range(2, 201, 10), *ERRORS})
#: The decisions that the list makes.
MADE: Final = len(WHOLE - set(ERRORS))


def of_a_decision(day: date, number: int, **changes: Any) -> dict[str, Any]:
    """A row that tells of a decision of twenty days before ``day``."""
    whole = {
        "own_number": f"D-{number}",
        "protected": f"{NAME} {number}",
        "against": NAME,
        "authority_kind": "hâkim",
        "province": "Ankara",
        "authority": "Ankara 5. Aile Mahkemesi",
        "docket": f"2026/{number} D.İş",
        "number": f"2026/{number}",
        "decided_on": (day - timedelta(days=20)).strftime("%d.%m.%Y"),
        "measures": "5/1-a, 5/1-c",
        "days": "180",
    }
    return {**whole, **changes}


def two_hundred_rows(day: date) -> list[dict[str, Any]]:
    """Two hundred rows of which seven cannot be made."""
    rows = [of_a_decision(day, number, **ERRORS.get(number, {})) for number in range(2, 201)]
    rows = [one if number in WHOLE else _case_alone(one) for number, one in enumerate(rows, start=2)]
    # The last row is the second one again, written otherwise.
    return [*rows, {**of_a_decision(day, 2), "own_number": "D-201", "docket": "2026 / 02"}]


def _case_alone(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("own_number", "protected")}


def workbook(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as an .xlsx file, below the titles of the columns."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append([column.title.en for column in columns_catalogue().columns])
    for one in rows:
        sheet.append([one.get(code) or None for code in CODES])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
