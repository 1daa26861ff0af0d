"""Why an act on a period is refused."""

from __future__ import annotations


class ClockError(Exception):
    """An act that is not possible; ``reason`` is a code that a screen words.

    open: unknown_rule, no_length, no_trigger, unknown_basis, no_zone; reminders: not_told, snooze_too_long,
    snoozed_too_often, past_safe_moment;
    acts: not_ended_by_it, not_possible; before closed days: unknown_done, words_needed;
    calendar: past_day, weekend, no_reason, no_title, changed_meanwhile; courts: unknown_province.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
