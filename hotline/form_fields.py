"""One field of a verified webhook at a time, each by its rule: the ground under `hotline.shapes`.

Nothing that a person said or any number is ever in an error: `ShapeError` names the rule and the field.
"""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from core.phones import Address, parse_address
from hotline.seams import PLACES, Form, cut_as_signed

MAX_BODY_BYTES: Final = 64 * 1024
MAX_FIELD_CHARACTERS: Final = 4096
#: The word a state gets that the carrier's documents do not know; what it said stands in `raw_status`.
UNKNOWN: Final = "unknown"

_HEX32 = "[0-9a-f]{32}"
_SID_SHAPES: Final = {
    "AccountSid": re.compile(f"AC{_HEX32}"),
    "CallSid": re.compile(f"CA{_HEX32}"),
    "ParentCallSid": re.compile(f"CA{_HEX32}"),
    "DialCallSid": re.compile(f"CA{_HEX32}"),
    "MessageSid": re.compile(f"(?:SM|MM){_HEX32}"),
    "SmsSid": re.compile(f"(?:SM|MM){_HEX32}"),
    "ConferenceSid": re.compile(f"CF{_HEX32}"),
    "QueueSid": re.compile(f"QU{_HEX32}"),
    "MessagingServiceSid": re.compile(f"MG{_HEX32}"),
}
_ADDRESS_SHAPE: Final = re.compile(
    r"\+?[0-9*#]{1,24}"  # numbers and short codes
    r"|[^\W_][\w ._&-]{0,23}"  # alphanumeric senders and the words for a withheld number
    r"|(?:client|sip|sips|whatsapp|messenger|tel):[^\s\x00-\x1f]{1,200}"
)
_COUNT_SHAPE: Final = re.compile(r"[0-9]{1,9}")
_WORD_SHAPE: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,63}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class ShapeError(ValueError):
    """A verified form that does not have the shape of its webhook: `code` names the rule, `field` where it broke."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code}: {where}")
        self.code = code
        self.field = where


def clean_text(text: str) -> str:
    """`text` as PostgreSQL can hold it: without U+0000, lone surrogates as U+FFFD. Nothing else is changed."""
    return text.replace("\x00", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


_parse_ours = lru_cache(maxsize=256)(parse_address)


class Reader:
    """Reads single-valued fields of one form, each by its rule. Every field that is read may occur once only."""

    def __init__(self, form: Form) -> None:
        if not cut_as_signed(form):
            raise ShapeError("recut", "form")
        self._form = form

    def text(self, name: str) -> str | None:
        """The value, None where it is absent or empty."""
        values = self._form.get(name, ())
        if len(values) > 1:
            raise ShapeError("repeated", name)
        value = values[0] if values else ""
        if len(value) > MAX_FIELD_CHARACTERS:
            raise ShapeError("too_long", name)
        if _CONTROL.search(value):
            raise ShapeError("control_character", name)
        return value or None

    def header(self, name: str) -> str | None:
        """A header of the INVITE that the carrier hands on; SIP does not tell capital letters from small ones."""
        wanted = f"sipheader_{name}".lower()
        return next((self.text(one) for one in self._form if one.lower() == wanted), None)

    def shaped(self, name: str, shape: re.Pattern[str]) -> str | None:
        value = self.text(name)
        if value is not None and shape.fullmatch(value) is None:
            raise ShapeError("malformed", name)
        return value

    def sid(self, name: str) -> str | None:
        return self.shaped(name, _SID_SHAPES[name])

    def required_sid(self, name: str) -> str:
        value = self.sid(name)
        if value is None:
            raise ShapeError("missing", name)
        return value

    def address(self, name: str, *, required: bool = False) -> Address:
        return parse_address(self.address_text(name, required=required))

    def our_address(self, name: str, *, required: bool = False) -> Address:
        """One of our numbers: there are few, so what they mean is remembered. Nobody else's is."""
        return _parse_ours(self.address_text(name, required=required))

    def address_text(self, name: str, *, required: bool = False) -> str | None:
        """An address as it was written, without a look at what it means."""
        value = self.shaped(name, _ADDRESS_SHAPE)
        if value is None and required:
            raise ShapeError("missing", name)
        if value is not None and value.startswith(PLACES):
            raise ShapeError("recut", name)
        return value

    def same(self, name: str, *others: str) -> None:
        """The carrier says some things under several names: where it does, they are one thing."""
        value = self.text(name)
        for other in others:
            if self.text(other) not in {None, value}:
                raise ShapeError("recut", other)

    def count(self, name: str) -> int | None:
        value = self.shaped(name, _COUNT_SHAPE)
        return None if value is None else int(value)

    def raw_word(self, name: str) -> str:
        """The carrier's own word, empty where it is absent: safe to store, log and show."""
        return self.shaped(name, _WORD_SHAPE) or ""

    def word_of(self, name: str, known: frozenset[str]) -> str | None:
        """The word if it is one of `known`, `unknown` if it is another, None where it is absent."""
        word = self.raw_word(name)
        if not word:
            return None
        return word if word in known else UNKNOWN

    def timestamp(self, name: str) -> datetime | None:
        """An RFC 2822 time with its zone; None where absent or unreadable, since order never rests on it."""
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else None

    def body(self, name: str) -> str:
        values = self._form.get(name, ())
        if len(values) > 1:
            raise ShapeError("repeated", name)
        value = clean_text(values[0]) if values else ""
        if len(value.encode()) > MAX_BODY_BYTES:
            raise ShapeError("too_long", name)
        return value
