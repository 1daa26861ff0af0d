"""Whether the end of a contact is explained: nothing is explained by nothing, and what is known more never harms.

All that can be known of a contact is a few thousand cases, so each property is looked at in every one of them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from escalation.paging.explaining import End, PageState, explanation, why_not
from hotline.models.contacts import CALL_STATES, TEXT_STATES
from hotline.rules import DESK_CHANNELS

#: What is known of a page, the more the later.
PAGES: tuple[PageState, ...] = ("none", "ended", "asks")
BOTH = (False, True)
KNOWN = list(product(BOTH, BOTH, PAGES, BOTH))
ENDS = [
    End(channel, state, over=over, by_staff=by_staff, page=page, clock=clock)
    for channel in ("voice", "sms", *DESK_CHANNELS)
    for state in sorted({*CALL_STATES, *TEXT_STATES})
    for over, by_staff, page, clock in KNOWN
]


def test_it_is_explained_by_a_person_or_by_somebody_who_is_asked_and_by_nothing_else() -> None:
    for end in ENDS:
        if explanation(end) is not None:
            assert end.state == "closed" or end.by_staff or end.page != "none" or end.clock
        assert (explanation(end) is None) == (why_not(end) is not None)


def test_what_is_known_beside_it_never_takes_an_explanation_away() -> None:
    for end in (end for end in ENDS if explanation(end) is not None):
        for over, by_staff, page, clock in KNOWN:
            more = replace(
                end,
                over=end.over or over,
                by_staff=end.by_staff or by_staff,
                page=max(end.page, page, key=PAGES.index),
                clock=end.clock or clock,
            )
            assert explanation(more) is not None


def test_a_call_that_never_ended_is_explained_by_a_closing_alone() -> None:
    for end in ENDS:
        if end.channel == "voice" and not end.over:
            assert why_not(end) == (None if end.state == "closed" else "not_over")


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (End("voice", "wrap_up", by_staff=True), None),
        (End("voice", "wrap_up"), "by_nobody"),
        (End("voice", "abandoned_in_queue"), "nobody_asked"),
        # Somebody had spoken with her before; she lost him and hung up while she waited again.
        (End("voice", "abandoned_in_queue", by_staff=True), "nobody_asked"),
        (End("voice", "abandoned_in_queue", page="asks"), None),
        (End("voice", "abandoned_in_ivr", page="ended"), None),
        (End("sms", "waiting_person", by_staff=True), None),
        (End("sms", "waiting_person"), "by_nobody"),
        # Somebody has her, and nobody has answered what she wrote.
        (End("sms", "in_conversation", by_staff=True), "nobody_asked"),
        (End("sms", "in_conversation", by_staff=True, clock=True), None),
        (End("walk_in", "in_conversation", by_staff=True), None),
        (End("walk_in", "waiting_staff"), "nobody_asked"),
    ],
)
def test_what_the_rule_says(end: End, why: str | None) -> None:
    assert why_not(end) == why
