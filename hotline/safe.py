"""What a call hears while nothing can be read: it waits, or the duty telephones of the last roster are rung.

All that such a call knows of itself stands in its URLs: whose it is, and that she pressed 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hotline import shapes, voice, voice_scripts
from hotline.paths import ROOT, SAFE_AFTER, of_contact, remembered, with_query
from hotline.rules import CEILING_S, is_danger
from hotline.telephone import Form, Safe, Telephone

#: In the URL of what comes after the duty telephones: the contact, where the call has one already.
CONTACT_PARAMETER = "c"
_LANGUAGES = ("tr", "en")


def pressed_danger(form: Form) -> bool:
    """Whether a 5 was pressed at the step that this request ends."""
    return is_danger(next(iter(form.get("Digits", ())), None))


def is_quiet(form: Form, params: Mapping[str, Any]) -> bool:
    """Whether she pressed 5 now or, as the URL remembers, before."""
    return bool(params.get("quiet")) or pressed_danger(form)


def round_of(params: Mapping[str, Any]) -> int:
    """How often this step came round without a database, as the URL remembers."""
    return int(params.get("round") or 0)


@dataclass(frozen=True, slots=True)
class Way:
    """Where a call goes on that was given the safe answer."""

    contact: UUID | None
    quiet: bool

    def again(self) -> str:
        """Her own step that brings her where she belongs; without a contact the line's first."""
        if self.contact is not None:
            return of_contact("rung", self.contact, quiet=self.quiet)
        return with_query(ROOT, **remembered(quiet=self.quiet))

    def after(self) -> str:
        """What comes when the duty telephones have been rung."""
        contact = "" if self.contact is None else str(self.contact)
        return with_query(SAFE_AFTER, **{CONTACT_PARAMETER: contact}, **remembered(quiet=self.quiet))


def duty_call(telephone: Telephone) -> Safe:
    """Rings the duty telephones."""

    def safe(form: Form, params: Mapping[str, Any]) -> str:
        line = next(iter(form.get("To", ())), "")
        contact = params.get("contact")
        way = Way(UUID(str(contact)) if contact else None, is_quiet(form, params))
        numbers = telephone.duty_numbers(line)
        # Out of the waiting room she comes by a URL that may not know of her 5: there it rings without a word.
        silent = way.quiet or (params.get("name") == "left" and bool(numbers))
        return voice_scripts.safe_twiml(
            numbers,
            _LANGUAGES,
            again=way.again(),
            after=way.after(),
            caller_id=line or None,
            silent=silent,
        )

    return safe


def contact_step(telephone: Telephone) -> Safe:
    """What her call does at one of its steps: it waits, but never past its ceiling; then the duty telephones."""
    dial = duty_call(telephone)

    def safe(form: Form, params: Mapping[str, Any]) -> str:
        contact_id, quiet = UUID(str(params["contact"])), is_quiet(form, params)
        if params["name"] in {"menu", "again", "join"}:
            return voice.waiting_room(contact_id, quiet=quiet)
        if params["name"] != "wait":
            return dial(form, params)
        round_ = round_of(params) + 1 if quiet else 0
        waited = max(shapes.voice_step(form).queue_seconds or 0, (round_ - 1) * voice_scripts.SILENT_CHUNK_S)
        if waited >= CEILING_S:
            return voice_scripts.leave_waiting_room()
        return voice.wait_without_database(contact_id, quiet=quiet, round_=round_)

    return safe


def after_duty(form: Form, contact: UUID | None, *, quiet: bool) -> str:
    """After the duty telephones were rung."""
    way = Way(contact, quiet)
    talked = shapes.voice_step(form).talked
    return voice_scripts.after_duty(languages=_LANGUAGES, again=way.again(), talked=talked, silent=quiet)
