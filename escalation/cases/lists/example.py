"""An empty list with one invented row, to be filled in."""

from __future__ import annotations

import io
from typing import Final

from core.i18n import current_locale
from escalation.cases.lists.catalogues import columns_catalogue

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def example() -> bytes:
    """The example in the reader's language; every cell is text, so that no program reads a docket as a day."""
    # Loaded with the first list: a process that reads none need not hold it.
    import openpyxl  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Koza"
    for place, column in enumerate(columns_catalogue().columns, start=1):
        head = sheet.cell(1, place, column.title.tr if current_locale() == "tr" else column.title.en)
        head.font = Font(bold=True)
        cell = sheet.cell(2, place, column.example or None)
        cell.number_format = "@"
        sheet.column_dimensions[head.column_letter].width = max(len(column.example), len(str(head.value))) + 3
    book.properties.creator = "Koza"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
