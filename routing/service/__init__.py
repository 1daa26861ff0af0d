"""What this room does, one verb each; never commits, never speaks to the carrier."""

from routing.service.accept import Accepted, BusyError, NoTelephoneError, TelephoneAwayError, accept
from routing.service.calling_back import GateRefusedError, call_back
from routing.service.calling_in import Colleagues, call_in, colleagues
from routing.service.offers import decline
from routing.service.presence import heartbeat, sign_off
from routing.service.queue import enter, give_back, leave
from routing.service.rejoin import rejoin
from routing.service.shifts import ShiftError, add_shift, remove_shift
from routing.service.softphones import (
    NotThisTabError,
    Tab,
    answer_here,
    choose_browser,
    choose_telephone,
    note_softphone,
    require_tab,
)
from routing.service.waves import offer_next
from routing.service.wrap_up import end_wrap_up

__all__ = [
    "Accepted",
    "BusyError",
    "Colleagues",
    "GateRefusedError",
    "NoTelephoneError",
    "NotThisTabError",
    "ShiftError",
    "Tab",
    "TelephoneAwayError",
    "accept",
    "add_shift",
    "answer_here",
    "call_back",
    "call_in",
    "choose_browser",
    "choose_telephone",
    "colleagues",
    "decline",
    "end_wrap_up",
    "enter",
    "give_back",
    "heartbeat",
    "leave",
    "note_softphone",
    "offer_next",
    "rejoin",
    "remove_shift",
    "require_tab",
    "sign_off",
]
