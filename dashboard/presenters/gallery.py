"""The style page: every component with something in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.presenters.cases import TimelineItem
from dashboard.presenters.forms import Field, FormError
from dashboard.presenters.oversight import StackedBars
from dashboard.presenters.workspace import ContactTab


@dataclass(frozen=True, slots=True, kw_only=True)
class StylesPage:
    """Examples of every component, shown under /styles in development only."""

    moment: datetime
    contact_states: tuple[str, ...]
    page_states: tuple[str, ...]
    case_states: tuple[str, ...]
    fields: tuple[Field, ...]
    errors: tuple[FormError, ...]
    tabs: tuple[ContactTab, ...]
    timeline: tuple[TimelineItem, ...]
    bars: StackedBars
