"""What this room does, one verb each; never commits, never speaks to the carrier."""

from routing.service.accept import Accepted, BusyError, NoTelephoneError, TelephoneAwayError, accept
from routing.service.calling_back import GateRefusedError, call_back
from routing.service.calling_in import Colleagues, NotToldError, call_in, colleagues
from routing.service.listening import (
    MayNotListenError,
    agree_to_listening,
    hindrance,
    listen,
    withdraw_listening,
)
from routing.service.offers import decline
from routing.service.presence import heartbeat, sign_off
from routing.service.queue import enter, give_back, leave
from routing.service.rejoin import rejoin
from routing.service.second_person import (
    READING,
    NoReaderError,
    StaysError,
    could_read,
    hand_over,
    let_read,
    note_reading,
    put_on_hold,
    readers,
    reads_along,
    stays,
    stop_reading,
)
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
    "READING",
    "Accepted",
    "BusyError",
    "Colleagues",
    "GateRefusedError",
    "MayNotListenError",
    "NoReaderError",
    "NoTelephoneError",
    "NotThisTabError",
    "NotToldError",
    "ShiftError",
    "StaysError",
    "Tab",
    "TelephoneAwayError",
    "accept",
    "add_shift",
    "agree_to_listening",
    "answer_here",
    "call_back",
    "call_in",
    "choose_browser",
    "choose_telephone",
    "colleagues",
    "could_read",
    "decline",
    "end_wrap_up",
    "enter",
    "give_back",
    "hand_over",
    "heartbeat",
    "hindrance",
    "leave",
    "let_read",
    "listen",
    "note_reading",
    "note_softphone",
    "offer_next",
    "put_on_hold",
    "readers",
    "reads_along",
    "rejoin",
    "remove_shift",
    "require_tab",
    "sign_off",
    "stays",
    "stop_reading",
    "withdraw_listening",
]
