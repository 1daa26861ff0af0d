"""Reports, the audit log, night acts and search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboard.presenters.forms import Field, FormError, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with its unit and what it means."""

    label: str
    value: str
    help: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of a chart."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedBars:
    """Bars by category, each a stack of series. Drawn as SVG by the server, with the same figures as a table."""

    key: str
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""

    @property
    def highest(self) -> float:
        """The highest whole stack, at least one (so that an empty report still has a scale)."""
        totals = (sum(one.values[index] or 0 for one in self.series) for index in range(len(self.categories)))
        return max([1.0, *totals])


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Weekday by hour. A suppressed small cell is None and drawn hatched."""

    key: str
    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]

    @property
    def highest(self) -> int:
        """The highest cell, at least one."""
        return max([1, *(cell for row in self.cells for cell in row if cell is not None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChart:
    """A time series for uPlot: ``x`` in epoch seconds, ``labels`` the same moments as words for the table."""

    key: str
    title: str
    x: tuple[int, ...]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A plain table of a report; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """The reports of a period: figures, pictures, each with its table."""

    period: str
    filters: tuple[Field, ...]
    figures: tuple[Figure, ...]
    by_hour: StackedBars
    heat: HeatMap | None = None
    trend: TimeChart | None = None
    speed: TimeChart | None = None
    tables: tuple[ReportTable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry of the audit chain, neutral as it was written."""

    number: int | None
    at: datetime
    actor: str
    act: str
    subject: str
    detail: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """The audit log for the auditor. ``chain`` tells in words how far the chain has been verified."""

    rows: tuple[AuditRow, ...]
    chain: str
    chain_ok: bool = True
    filters: tuple[Field, ...] = ()
    next_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightActRow:
    """An act that wants four eyes and was done, or is asked for, by one person at night."""

    id: str
    act: str
    by: str
    at: datetime
    reason: str
    state: Literal["asked", "waiting", "confirmed", "objected", "expired"]
    subject: str = ""
    subject_href: str = ""
    until: datetime | None = None
    may_review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexplainedRow:
    """A call, a text or a contact without an explanation: a reference, or the carrier's SID where there is none."""

    ref: str
    href: str
    channel: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCountView:
    """The last day that was counted (empty: none yet), when, and what nobody could explain by now."""

    day: str = ""
    at: datetime | None = None
    rows: tuple[UnexplainedRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightActsPage:
    """Acts to confirm or object to, those of the last days, and the nightly count."""

    waiting: tuple[NightActRow, ...]
    count: NightCountView = NightCountView()
    past: tuple[NightActRow, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A found record: reference and neutral words only."""

    ref: str
    kind: str
    href: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Search by reference, number or name; asked by POST so that no address line keeps it."""

    asked: bool = False
    hits: tuple[SearchHit, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmaskPage:
    """A number in clear, shown after a reason was given; never in the page's address or title."""

    value: str
    back_href: str
