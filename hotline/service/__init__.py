"""What this room does, one verb each; never commits, never speaks to the carrier."""

from hotline.service.browser import answer_in_browser
from hotline.service.call_backs import (
    AlreadyCalledError,
    NothingToCallError,
    be_sure,
    begin_call_back,
    called_lately,
    forbid_call_back,
    is_other,
    place_call_back,
    withdraw_call_back,
)
from hotline.service.calls import close, connect, hang_up, join, mark_silent, set_language
from hotline.service.desk import NoSuchChannelError, open_at_desk, open_for_number
from hotline.service.drafts import drop_draft, keep_draft
from hotline.service.guests import NotHersError, Whom, call_in, hand_over_call, leave_call, let_guest_go
from hotline.service.legs import call_staff, dismiss, leg_digits, page_call, ring_offer, say, tell_page, try_fallback
from hotline.service.listening import (
    NotAgreedError,
    agree_to_listening,
    listen,
    stop_listeners,
    stop_listening,
    take_listening_back,
)
from hotline.service.permits import give_permit, revoke_permits
from hotline.service.rejoining import ring_again
from hotline.service.sending import cancel_sends, page_text
from hotline.service.stepping_out import NotTogetherError, ask_by_key, fetch_back, put_on_hold
from hotline.service.texts import UNDO_S, answer_by_machine, hand_over, let_go, reply, take, take_back
from hotline.service.trials import on_the_line, rung_address, try_telephone
from hotline.service.voices import NotInTheRoomError, set_voice

__all__ = [
    "UNDO_S",
    "AlreadyCalledError",
    "NoSuchChannelError",
    "NotAgreedError",
    "NotHersError",
    "NotInTheRoomError",
    "NotTogetherError",
    "NothingToCallError",
    "Whom",
    "agree_to_listening",
    "answer_by_machine",
    "answer_in_browser",
    "ask_by_key",
    "be_sure",
    "begin_call_back",
    "call_in",
    "call_staff",
    "called_lately",
    "cancel_sends",
    "close",
    "connect",
    "dismiss",
    "drop_draft",
    "fetch_back",
    "forbid_call_back",
    "give_permit",
    "hand_over",
    "hand_over_call",
    "hang_up",
    "is_other",
    "join",
    "keep_draft",
    "leave_call",
    "leg_digits",
    "let_go",
    "let_guest_go",
    "listen",
    "mark_silent",
    "on_the_line",
    "open_at_desk",
    "open_for_number",
    "page_call",
    "page_text",
    "place_call_back",
    "put_on_hold",
    "reply",
    "revoke_permits",
    "ring_again",
    "ring_offer",
    "rung_address",
    "say",
    "set_language",
    "set_voice",
    "stop_listeners",
    "stop_listening",
    "take",
    "take_back",
    "take_listening_back",
    "tell_page",
    "try_fallback",
    "try_telephone",
    "withdraw_call_back",
]
