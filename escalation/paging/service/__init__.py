"""What the pager does, one verb each; never commits, never sends."""

from escalation.paging.service.about import About, about_contact
from escalation.paging.service.answers import (
    Accepted,
    Channel,
    accept,
    acceptor_gone,
    answer_by_text,
    close,
    decline,
    duress,
    give_back,
    merge,
    note_contact_made,
    page_about_duress,
    pin_entered,
    pin_passed,
    tell_page,
)
from escalation.paging.service.calls import call_unanswered
from escalation.paging.service.lines import line_over
from escalation.paging.service.moves import LINE, PROMISE, STEP, TEXT, PagingError
from escalation.paging.service.night import explain_contacts
from escalation.paging.service.people import Called, forecast
from escalation.paging.service.reached import contact_closed, due_done, reached_by_us, spoken_with
from escalation.paging.service.requests import (
    Requested,
    raise_level,
    request_for_contact,
    request_page,
    snooze,
)
from escalation.paging.service.steps import climb, leg_ended, promise_lapsed, send_ended
from escalation.paging.service.texts import (
    text_answered,
    text_arrived,
    text_level_raised,
    text_overdue,
    text_taken,
    text_waits,
)
from escalation.paging.service.watch import never_dialled, stuck

__all__ = [
    "LINE",
    "PROMISE",
    "STEP",
    "TEXT",
    "About",
    "Accepted",
    "Called",
    "Channel",
    "PagingError",
    "Requested",
    "about_contact",
    "accept",
    "acceptor_gone",
    "answer_by_text",
    "call_unanswered",
    "climb",
    "close",
    "contact_closed",
    "decline",
    "due_done",
    "duress",
    "explain_contacts",
    "forecast",
    "give_back",
    "leg_ended",
    "line_over",
    "merge",
    "never_dialled",
    "note_contact_made",
    "page_about_duress",
    "pin_entered",
    "pin_passed",
    "promise_lapsed",
    "raise_level",
    "reached_by_us",
    "request_for_contact",
    "request_page",
    "send_ended",
    "snooze",
    "spoken_with",
    "stuck",
    "tell_page",
    "text_answered",
    "text_arrived",
    "text_level_raised",
    "text_overdue",
    "text_taken",
    "text_waits",
]
