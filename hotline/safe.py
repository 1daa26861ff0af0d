"""What a call hears while nothing can be read: it waits, or the duty telephones of the last roster are rung.

All that such a call knows of itself stands in its URLs: whose it is, and that she pressed 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.trunks import leaving
from hotline import shapes, staff_scripts, voice, voice_scripts
from hotline.paths import CONTACT_PARAMETER, ROOT, SAFE_AFTER, of_contact, of_leg, remembered, safe_screen, with_query
from hotline.rules import CEILING_S, DURESS_KEY, MAX_POLLS, is_danger
from hotline.telephone import Form, Safe, Telephone

_LANGUAGES = ("tr", "en")
#: How often the safe answer sends a call back to its door before the closing sentence is the end: an outage that goes
#: by in half a minute then costs nobody, and a longer one keeps nobody from calling for help elsewhere.
LAST_ROUND = 1


def pressed_danger(form: Form) -> bool:
    """Whether a 5 was pressed at the step that this request ends, among its keys or as the one that ended them."""
    return any(is_danger(next(iter(form.get(name, ())), None)) for name in ("Digits", "FinishedOnKey"))


def pressed_duress(form: Form) -> bool:
    """Whether a member of staff said that she is under duress: her one key that may not wait. It is never a PIN."""
    return list(form.get("Digits", ())) == [DURESS_KEY]


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
    round: int

    @property
    def last(self) -> bool:
        """Whether the closing sentence is the end; after key 5 there is none."""
        return self.round >= LAST_ROUND and not self.quiet

    def here(self) -> str:
        """Her own step that brings her where she belongs; without a contact the line's first, as if it rang again."""
        return self._door(self.round)

    def onward(self) -> str:
        """The same, once more: the database may be back."""
        return self._door(min(self.round + 1, LAST_ROUND))

    def after(self) -> str:
        """What comes when the duty telephones have been rung."""
        contact = "" if self.contact is None else str(self.contact)
        return with_query(SAFE_AFTER, **{CONTACT_PARAMETER: contact}, **self._remembered(self.round))

    def _door(self, round_: int) -> str:
        if self.contact is not None:
            return of_contact("rung", self.contact, quiet=self.quiet, round_=round_)
        return with_query(ROOT, **self._remembered(round_))

    def _remembered(self, round_: int) -> dict[str, str]:
        return remembered(quiet=self.quiet, round_=round_)


def duty_call(telephone: Telephone) -> Safe:
    """Rings the duty telephones."""

    def safe(form: Form, params: Mapping[str, Any]) -> str:
        line = next(iter(form.get("To", ())), "")
        contact = params.get("contact")
        way = Way(UUID(str(contact)) if contact else None, is_quiet(form, params), round_of(params))
        numbers, shown = leaving(telephone.ground.settings.sip_trunks, line, telephone.duty_numbers(line))
        if not numbers:
            return voice_scripts.nobody_to_ring(
                _LANGUAGES, here=way.here(), onward=way.onward(), silent=way.quiet, last=way.last
            )
        return voice_scripts.safe_twiml(
            numbers,
            _LANGUAGES,
            here=way.here(),
            after=way.after(),
            caller_id=shown or None,
            # Out of the waiting room she comes by a URL that may not know of her 5: there it rings without a word.
            silent=way.quiet or params.get("name") == "left",
            screen=safe_screen(quiet=way.quiet),
        )

    return safe


def contact_step(telephone: Telephone) -> Safe:
    """What her call does at one of its steps: it waits, but never past its ceiling; then the duty telephones."""
    dial = duty_call(telephone)

    def safe(form: Form, params: Mapping[str, Any]) -> str:
        contact_id, quiet = UUID(str(params["contact"])), is_quiet(form, params)
        if params["name"] == "apart" and params.get("room"):
            return voice.back_in_the_room(contact_id, str(params["room"]), quiet=quiet)
        if next(iter(form.get("Direction", ())), "").startswith("outbound"):
            # We called her, and nothing here knows whether it is she: no duty telephone, and not a word.
            return voice_scripts.hang_up()
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


def staff_step(form: Form, params: Mapping[str, Any]) -> str:
    """What a telephone of staff hears: patience, and its key is asked for again at the same step, a few times.

    The URL keeps the key of a menu. It keeps no PIN: that has to be entered again.
    """
    if params["number"] is None:
        return voice_scripts.hang_up()
    round_ = round_of(params) + 1
    if round_ > MAX_POLLS:
        return voice_scripts.say_and_hang_up("goodbye", language="tr")
    digits = shapes.voice_step(form).digits or str(params.get("key") or "")
    again = of_leg(UUID(str(params["leg"])), int(params["number"]), round_=round_, key=digits)
    if len(digits) > 1:
        return staff_scripts.ask_pin(again, ("staff_one_moment", "enter_pin"))
    return voice_scripts.one_moment(again, language="tr", staff=True)


def after_duty(form: Form, contact: UUID | None, *, quiet: bool, round_: int) -> str:
    """After the duty telephones were rung: where nobody talked to her the door is tried once more."""
    way = Way(contact, quiet, round_)
    talked = shapes.voice_step(form).talked
    if not (talked or quiet or way.last):
        return voice_scripts.go_to(way.onward())
    return voice_scripts.after_duty(languages=_LANGUAGES, again=way.here(), talked=talked, silent=quiet)
