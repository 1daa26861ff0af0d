"""What the templates may call: the house's formats, the labels, the icons.

``install`` gives a Jinja environment all of it; templates rely on nothing else.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from core.i18n import format_date, format_datetime, format_duration, format_end, format_time, install_jinja
from dashboard import labels
from dashboard.presenters import as_json

_SPRITE = Path(__file__).parent / "static" / "icons.svg"


def clock(moment: datetime | None) -> str:
    """14:05; empty for no time."""
    return format_time(moment) if moment else ""


def day(moment: datetime | None) -> str:
    """23.11.2026; empty for no time."""
    return format_date(moment) if moment else ""


def stamp(moment: datetime | None) -> str:
    """23.11.2026 14:05; empty for no time."""
    return format_datetime(moment) if moment else ""


def end_stamp(moment: datetime | None) -> str:
    """23.11.2026 24:00: a moment at which something ends; empty for none."""
    return format_end(moment) if moment else ""


def between(start: datetime, end: datetime) -> str:
    """The span from ``start`` to ``end`` in words; nothing is below zero."""
    return format_duration(max(end - start, timedelta()))


def compact(value: object) -> str:
    """A view model as one line of JSON, for an attribute (Jinja escapes it there)."""
    return json.dumps(as_json(value), ensure_ascii=False, separators=(",", ":"))


def install(environment: Environment) -> None:
    """Give a Jinja environment the filters, labels and translations that the dashboard's templates use."""
    install_jinja(environment)
    environment.filters.update(clock=clock, day=day, stamp=stamp, end_stamp=end_stamp, compact=compact)
    # The icons stand in the page itself: our own file, read once at start.
    sprite = Markup(_SPRITE.read_text(encoding="utf-8"))  # noqa: S704
    environment.globals.update(labels=labels, between=between, sprite=sprite)
