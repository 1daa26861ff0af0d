"""Whether the end of a contact is explained: a pure rule over what is known of it.

Nobody who reached us is lost as long as each contact ends with a person, with somebody who is asked for her, or with an
end that a person or a written rule gave it. What has none of these is unexplained, whatever its state is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Explanation = Literal["closed", "answered", "paged", "page_ended", "clock"]
Why = Literal["not_over", "by_nobody", "nobody_asked"]
#: Whether a page was opened for her since she last called or wrote: it asks somebody, or it came to its end.
PageState = Literal["none", "asks", "ended"]


@dataclass(frozen=True, slots=True)
class End:
    """What is known of a contact when its day is over."""

    #: voice, sms, or the way in which somebody came to a desk.
    channel: str
    state: str
    #: Her call is over; true of whatever is no call.
    over: bool = True
    #: A member of staff is known who spoke with her, whose words reached her, or before whom she stood.
    by_staff: bool = False
    page: PageState = "none"
    #: The time in which her text may stand unanswered still runs; a page follows it.
    clock: bool = False


#: The state of each kind of contact in which somebody of ours has answered her, and nothing of hers waits.
_ANSWERED = {"voice": "wrap_up", "sms": "waiting_person"}
#: Before whom she stands, or who is told of her, has her as long as nobody else does.
_AT_THE_DESK = "in_conversation"


def explanation(end: End) -> Explanation | None:
    """Why nobody need look for her, or ``None``: then :func:`why_not` says what is missing."""
    if end.state == "closed":
        return "closed"
    if not end.over:
        return None
    if end.page == "asks":
        return "paged"
    if end.by_staff and end.state == _ANSWERED.get(end.channel, _AT_THE_DESK):
        return "answered"
    if end.page == "ended":
        return "page_ended"
    return "clock" if end.clock else None


def why_not(end: End) -> Why | None:
    """What is missing for an explanation; ``None`` where there is one."""
    if explanation(end) is not None:
        return None
    if not end.over:
        return "not_over"
    answered = end.state == _ANSWERED.get(end.channel, _AT_THE_DESK)
    return "by_nobody" if answered else "nobody_asked"


__all__ = ["End", "Explanation", "PageState", "Why", "explanation", "why_not"]
