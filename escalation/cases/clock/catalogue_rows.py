"""The shipped calendar and duty courts as rows: an update never replaces what an administrator decided."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.catalogue import Catalogue, Entry, load_catalogue
from core.workdays import shipped_file
from escalation.cases.clock.models import CalendarRow, DutyCourt
from escalation.cases.clock.periods import deadlines_file

COURTS: Final = Path(__file__).with_name("catalogue") / "duty_courts.yaml"


class CourtEntry(Entry):
    """Hours of a duty court."""

    open_from: time
    open_until: time
    words: str = ""


class ProvinceEntry(CourtEntry):
    """Hours of a province's duty court."""

    province_code: Annotated[str, Field(pattern=r"\d\d")]


class CourtsFile(Catalogue):
    """The shipped hours; ``default`` stands for provinces that nobody has asked yet."""

    default: CourtEntry
    provinces: tuple[ProvinceEntry, ...] = ()


def load_catalogues(session: Session) -> None:
    """Load the shipped days and hours; may run any number of times. What an administrator wrote stands.

    Raises :class:`core.catalogue.CatalogueError` when a file is wrong.
    """
    deadlines_file()
    days = [
        {
            "day": item.day,
            "closed_from": item.closed_from,
            "title_tr": item.title.tr,
            "title_en": item.title.en,
            "estimated": item.estimated,
            "origin": "shipped",
        }
        for item in shipped_file().days
    ]
    session.execute(
        delete(CalendarRow).where(
            CalendarRow.origin == "shipped", CalendarRow.day.not_in([item.day for item in shipped_file().days])
        )
    )
    told = insert(CalendarRow)
    session.execute(
        told.on_conflict_do_update(
            index_elements=["day"],
            set_={name: told.excluded[name] for name in ("closed_from", "title_tr", "title_en", "estimated")},
            where=CalendarRow.origin == "shipped",
        ),
        days,
    )
    for court in load_catalogue(COURTS, CourtsFile).provinces:
        session.execute(insert(DutyCourt).values(**court.model_dump()).on_conflict_do_nothing())
    session.flush()
