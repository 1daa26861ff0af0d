"""Reads of the clock: periods of a case, what ends next, a reader's reminders, and what is to be ticked off."""

from escalation.cases.clock.queries.closure import closure_day, closure_ticks, unticked
from escalation.cases.clock.queries.periods import (
    KIND,
    calendar,
    calendar_days,
    court_hours,
    deadline,
    deadlines,
    duty_courts,
    forget_calendar,
    live_of,
    may,
    of_case,
    readable,
    running,
    view,
)
from escalation.cases.clock.queries.reminders import OWNER, addressed, due, reminders, waiting_for
from escalation.cases.clock.queries.views import DeadlineView, DueView, May, ReadingView, ReminderView, TickView

__all__ = [
    "KIND",
    "OWNER",
    "DeadlineView",
    "DueView",
    "May",
    "ReadingView",
    "ReminderView",
    "TickView",
    "addressed",
    "calendar",
    "calendar_days",
    "closure_day",
    "closure_ticks",
    "court_hours",
    "deadline",
    "deadlines",
    "due",
    "duty_courts",
    "forget_calendar",
    "live_of",
    "may",
    "of_case",
    "readable",
    "reminders",
    "running",
    "unticked",
    "view",
    "waiting_for",
]
