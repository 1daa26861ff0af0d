"""What the intake refuses with. ``reason`` is a code; the texts hold no person's data."""

from __future__ import annotations


class IntakeError(Exception):
    """Base of this room's refusals."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ClosedError(IntakeError):
    """The intake is closed; it is reopened first, with a reason."""

    def __init__(self) -> None:
        super().__init__("closed")


class ReopenRefusedError(IntakeError):
    """It is opened again only where it is closed, and with a reason: ``not_closed`` or ``no_reason``."""


class LoweringRefusedError(IntakeError):
    """The level may not be lowered so: ``reason_missing`` or ``lead_missing``."""


class ScreeningError(IntakeError):
    """An answer that the screening does not know: ``unknown_answer``."""


class SafeContactError(IntakeError):
    """The agreement cannot be written: ``no_address``, ``bad_channel``, ``bad_window``, ``bad_drop``, ``not_her``.

    Nor can its word be checked where none was typed: ``no_word``.
    """


class IdentityError(IntakeError):
    """Who speaks cannot be marked so: ``unknown_way``, ``other_party``, ``withdraw_reason``, ``clear_reason``.

    ``not_her``: whoever calls is somebody else. ``unknown_kind``: there is no such kind of caller. ``mark_reason``.
    """


class ReportDutyError(IntakeError):
    """The duty to report cannot be written down so. ``field`` names what is wrong.

    ``reason``: ``unknown_code``, ``no_reason``, ``no_duty_no_report``, ``sent_where_and_when``, ``not_a_time``,
    ``future``, ``before_her``, ``too_long``, ``duty_over``.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class ConsentError(IntakeError):
    """A consent to share cannot be written down or withdrawn so. ``field`` names what is wrong; empty: who speaks.

    ``reason``: ``not_her``, ``check_first`` (a known number, and nobody made sure who speaks), ``unknown_code``,
    ``unknown_way``, ``nothing_told``, ``not_a_time``, ``future``, ``before_her``, ``not_a_day``, ``over_already``,
    ``not_named``, ``too_long``.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class InformantError(IntakeError):
    """Who told of her cannot be written down or opened so. ``field`` names what is wrong.

    ``reason``: ``not_another`` (she herself calls), ``unknown_code``, ``too_long``.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class MergeError(IntakeError):
    """Two records cannot be said to be one woman's so. ``field`` names what is wrong; empty: it is about the two.

    ``reason``: ``unknown_ref``, ``same_record``, ``stands_already``, ``no_reason``, ``too_long``, ``not_her``,
    ``check_first`` (a known number, and nobody made sure who speaks), ``check_there`` (so in the other record),
    ``unknown_way``, ``other_bars`` (one of the two keeps away somebody whom the other does not). Of another number of
    hers: ``no_number``, ``abroad``, ``never_dialled``, ``same_number``.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class EmergencyCallError(IntakeError):
    """A call to 112 cannot be written down so. ``field`` names what is wrong.

    ``reason``: ``unknown_code``, ``not_a_time``, ``future``, ``before_her``, ``too_long``, ``carrier_line`` (a line of
    Koza, from which 112 cannot be called), ``unknown_person``.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class TextPolicyError(IntakeError):
    """What a director decides about texts cannot be so: ``bad_hours``, ``bad_words``, ``short_word``."""
