"""What each row of a list would become, or what is wrong with which of its cells; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from core.ids import parse_reference
from core.text import digits_to_ascii, fold_tr
from escalation.cases.lists.catalogues import columns_catalogue
from escalation.cases.lists.reading import Row
from escalation.cases.register.catalogues import Measure
from escalation.cases.register.rules.papers import file_number

_DAY: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LONGEST_DAYS: Final = 3660
#: Until somebody has looked at her case.
_LEVEL: Final = 2
_TITLE: Final = range(2, 121)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are compared with: measures that hold by code, provinces (name by code), the day in Turkey."""

    measures: Mapping[str, Measure]
    provinces: Mapping[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell: its column's code and a reason's; ``about`` is another row's number or a code."""

    column: str
    reason: str
    about: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class NewPaper:
    """A decision as a row tells it."""

    authority_kind: str
    province_code: str
    authority: str
    docket: str
    number: str
    decided_on: date
    codes: tuple[str, ...]
    days: int | None
    until: date | None
    served_on: date | None
    against: str

    @property
    def key(self) -> tuple[str, ...]:
        """Court, docket and decision number, however they are written."""
        court = (self.authority_kind, self.province_code, fold_tr(self.authority))
        return (*court, file_number(self.docket), file_number(self.number))


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """A row: what it would make, or its problems."""

    row: Row
    own_number: str = ""
    case_ref: str = ""
    protected: str = ""
    level: int = _LEVEL
    paper: NewPaper | None = None
    problems: tuple[Problem, ...] = ()


def check(rows: Iterable[Row], known: Known) -> list[Checked]:
    """Every row by itself, and then beside those before it: one paper twice, one file under two names."""
    found: list[Checked] = []
    papers: dict[tuple[str, ...], int] = {}
    names: dict[str, str] = {}
    for row in rows:
        one = _Reader(row, known).checked()
        if not one.problems:
            one = _beside(one, papers, names)
        if not one.problems:
            names.setdefault(fold_tr(one.own_number), fold_tr(one.protected))
            if one.paper is not None:
                papers.setdefault(one.paper.key, row.number)
        found.append(one)
    return found


def _beside(one: Checked, papers: Mapping[tuple[str, ...], int], names: Mapping[str, str]) -> Checked:
    problems = []
    if one.paper is not None and one.paper.key in papers:
        problems.append(Problem("number", "twice_in_list", str(papers[one.paper.key])))
    if names.get(fold_tr(one.own_number), fold_tr(one.protected)) != fold_tr(one.protected):
        problems.append(Problem("protected", "another_name"))
    return Checked(one.row, problems=tuple(problems)) if problems else one


@dataclass(slots=True)
class _Reader:
    """Reads the cells of one row and gathers what is wrong with them."""

    row: Row
    known: Known
    problems: list[Problem] = field(default_factory=list)

    def checked(self) -> Checked:
        self.problems += [Problem(code, "formula") for code in sorted(self.row.formulas)]
        for column in columns_catalogue().columns:
            if len(str(self.row.cells.get(column.code, ""))) > column.longest:
                self.problems.append(Problem(column.code, "too_long", str(column.longest)))
        own, ref = self._needed("own_number"), self._case_ref()
        protected, level = self._needed("protected"), self._level()
        told = {item.code for item in columns_catalogue().columns if item.decision}
        paper = self._paper() if told & (set(self.row.cells) | self.row.formulas) else None
        if self.problems:
            return Checked(self.row, problems=tuple(dict.fromkeys(self.problems)))
        return Checked(self.row, own, ref, protected, level, paper)

    def _text(self, code: str) -> str:
        value = self.row.cells.get(code, "")
        return value.strftime("%d.%m.%Y") if isinstance(value, date) else value

    def _wrong(self, code: str, reason: str, about: str = "") -> None:
        # A cell that computes was told of already.
        if code not in self.row.formulas:
            self.problems.append(Problem(code, reason, about))

    def _needed(self, code: str) -> str:
        text = self._text(code)
        if not text:
            self._wrong(code, "needed")
        return text

    def _case_ref(self) -> str:
        text = self._text("case_ref")
        found = parse_reference(text) if text else ""
        if text and not found:
            self._wrong("case_ref", "unknown_case")
        return found or ""

    def _level(self) -> int:
        text = digits_to_ascii(self._text("level"))
        if text and text not in {"1", "2", "3", "4"}:
            self._wrong("level", "wrong_level")
        return int(text) if text in {"1", "2", "3", "4"} else _LEVEL

    def _paper(self) -> NewPaper | None:
        kind, province = self._kind(), self._province()
        authority = self._needed("authority")
        if authority and len(authority) not in _TITLE:
            self._wrong("authority", "needed")
        docket, number = self._text("docket"), self._text("number")
        if not docket and not number:
            self._wrong("number", "number_needed")
        decided_on, codes = self._decided_on(), self._codes()
        days, until, served_on = self._days(), self._day("until"), self._day("served_on")
        self._span(decided_on, days, until, served_on)
        if self.problems or decided_on is None:
            return None
        against = self._text("against")
        return NewPaper(kind, province, authority, docket, number, decided_on, codes, days, until, served_on, against)

    def _kind(self) -> str:
        text = fold_tr(self._needed("authority_kind"))
        kinds = {fold_tr(word): kind for kind, words in columns_catalogue().kinds.items() for word in words}
        kind = kinds.get(text, "")
        if text and not kind:
            self._wrong("authority_kind", "unknown_kind")
        if kind == "police_chief":
            self._wrong("authority_kind", "police_by_hand")
        return kind

    def _province(self) -> str:
        text = fold_tr(self._needed("province"))
        codes = {code: code for code in self.known.provinces} | {
            fold_tr(name): code for code, name in self.known.provinces.items()
        }
        found = codes.get(text.zfill(2) if text.isdecimal() else text, "")
        if text and not found:
            self._wrong("province", "unknown_province")
        return found

    def _decided_on(self) -> date | None:
        if "decided_on" not in self.row.cells:
            self._wrong("decided_on", "needed")
            return None
        return self._day("decided_on")

    def _day(self, code: str) -> date | None:
        value = self.row.cells.get(code, "")
        if isinstance(value, date) or not value:
            return value or None
        day = _day_of(digits_to_ascii(value))
        if day is None:
            self._wrong(code, "wrong_day")
        return day

    def _days(self) -> int | None:
        text = digits_to_ascii(self._text("days"))
        if not text:
            return None
        if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= _LONGEST_DAYS:
            self._wrong("days", "wrong_days")
            return None
        return int(text)

    def _codes(self) -> tuple[str, ...]:
        text = self._needed("measures")
        refs = {_letters(item.ref): code for code, item in self.known.measures.items()}
        refs |= {code: code for code in self.known.measures}
        codes = []
        for word in re.split(r"[,;]", text):
            if not word.strip():
                continue
            code = refs.get(_letters(word))
            if code is None:
                self._wrong("measures", "unknown_measure")
            elif code.endswith("_other"):
                self._wrong("measures", "other_by_hand")
            else:
                codes.append(code)
        return tuple(dict.fromkeys(codes))

    def _span(self, decided_on: date | None, days: int | None, until: date | None, served_on: date | None) -> None:
        for code, day in (("decided_on", decided_on), ("served_on", served_on)):
            if day is not None and day > self.known.today:
                self._wrong(code, "in_future")
        if decided_on is None:
            return
        if served_on is not None and served_on < decided_on:
            self._wrong("served_on", "before_decision")
        last = until or (decided_on + timedelta(days=days) if days is not None else None)
        if last is None:
            self._wrong("days", "no_end")
        elif last < decided_on:
            self._wrong("until", "before_decision")
        elif last < self.known.today:
            self._wrong("until" if until else "days", "ended")


def _day_of(text: str) -> date | None:
    turkish, iso = _DAY.fullmatch(text), _ISO.fullmatch(text)
    try:
        if turkish:
            return date(int(turkish[3]), int(turkish[2]), int(turkish[1]))
        return date(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None
    except ValueError:
        return None


def _letters(text: str) -> str:
    """A paragraph of the law as a key. Nothing is folded: c and ç, g and ğ, i and ı are different paragraphs."""
    small = text.replace("İ", "i").replace("I", "ı").lower()
    return re.sub(r"\s+|^(?:m\.|md\.|madde)", "", small.strip())
