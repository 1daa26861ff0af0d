"""What this room does, one verb each; never commits, never speaks to the carrier."""

from routing.service.accept import Accepted, BusyError, NoTelephoneError, accept
from routing.service.calling_in import Colleagues, call_in, colleagues
from routing.service.offers import decline
from routing.service.presence import heartbeat, sign_off
from routing.service.queue import enter, give_back, leave
from routing.service.shifts import ShiftError, add_shift, remove_shift
from routing.service.waves import offer_next
from routing.service.wrap_up import end_wrap_up

__all__ = [
    "Accepted",
    "BusyError",
    "Colleagues",
    "NoTelephoneError",
    "ShiftError",
    "accept",
    "add_shift",
    "call_in",
    "colleagues",
    "decline",
    "end_wrap_up",
    "enter",
    "give_back",
    "heartbeat",
    "leave",
    "offer_next",
    "remove_shift",
    "sign_off",
]
