"""What the clock does, one verb each; never commits, never sends."""

from escalation.cases.clock.service.calendar import (
    Moved,
    foresee,
    print_of,
    provinces_of,
    reckon_anew,
    set_calendar_day,
    set_duty_court,
)
from escalation.cases.clock.service.closing import (
    case_closed,
    close_by,
    lapse_told,
    legal_moment,
    let_acceptor_read,
    pass_over,
    protection_page,
    record_act,
    take_back,
)
from escalation.cases.clock.service.closure import check_closure, closure_late, start_checks, tick
from escalation.cases.clock.service.errors import ClockError
from escalation.cases.clock.service.held import CLOSURE, CLOSURE_LATE, END, PROTECTION, REMINDER
from escalation.cases.clock.service.opening import Opening, note_detentions, open_deadline
from escalation.cases.clock.service.parts import join_part, leave_part, record_before, record_in_case
from escalation.cases.clock.service.reminders import acknowledge, remind, snooze

__all__ = [
    "CLOSURE",
    "CLOSURE_LATE",
    "END",
    "PROTECTION",
    "REMINDER",
    "ClockError",
    "Moved",
    "Opening",
    "acknowledge",
    "case_closed",
    "check_closure",
    "close_by",
    "closure_late",
    "foresee",
    "join_part",
    "lapse_told",
    "leave_part",
    "legal_moment",
    "let_acceptor_read",
    "note_detentions",
    "open_deadline",
    "pass_over",
    "print_of",
    "protection_page",
    "provinces_of",
    "reckon_anew",
    "record_act",
    "record_before",
    "record_in_case",
    "remind",
    "set_calendar_day",
    "set_duty_court",
    "snooze",
    "start_checks",
    "take_back",
    "tick",
]
