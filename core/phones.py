"""Addresses as a carrier writes them: numbers, withheld callers, short codes, softphones.

`phonenumbers` alone is not enough. It reads `client:op_17` as a number, takes the keypad spelling of
"unavailable" for a number in China and the emergency call 112 for an invalid number of Turkey. So
the scheme is read first, then the withheld list, then short codes, and only then the number plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat

from core.catalogue import Catalogue, Entry, Label, Text, load_catalogue
from core.text import digits_to_ascii

AddressKind = Literal["number", "withheld", "short_code", "client", "sip", "whatsapp", "invalid"]

# What carriers put in place of a caller's number, in words and spelt on the keypad
# (266696687 spells ANONYMOUS). Never a key of a contact: all withheld callers would be one person.
_WITHHELD_WORDS: Final = frozenset(
    {"anonymous", "unknown", "restricted", "private", "unavailable", "blocked", "withheld"}
)
_WITHHELD_KEYPAD: Final = frozenset({"266696687", "86282452253", "8656696", "2562533", "7378742833", "464"})

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9.+-]*):(.*)", re.DOTALL)
# No letters: phonenumbers would read them from a keypad, and no extension: E.164 cannot carry it.
_NUMBER_SHAPE: Final = re.compile(r"\+?[0-9][0-9 ().\-/\u00a0]*|\(?\+?[0-9][0-9 ().\-/\u00a0]*")
_SHORT_CODE_LENGTH: Final = 6
_KEPT_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where a call or text comes from or goes to.

    `value` is E.164 for number and whatsapp, the digits for short_code, the identity for client, the
    URI without its scheme for sip, empty for withheld, and for invalid what was given (shortened).
    """

    kind: AddressKind
    value: str

    def __repr__(self) -> str:
        """Only the kind: an address in a traceback or log would say who called."""
        return f"Address({self.kind})"

    @property
    def uri(self) -> str:
        """The address as a carrier takes it, with its scheme where it has one."""
        return f"{self.kind}:{self.value}" if self.kind in {"client", "sip", "whatsapp"} else self.value


class NeverDialNumber(Entry):
    """One number that is never called, with the name that the screen shows."""

    number: Text
    name: Label


class NeverDial(Catalogue):
    """Catalogue of the numbers that are never called."""

    country_code: Text
    #: A number of this country with no more digits is a short service number.
    short_digits: int
    numbers: tuple[NeverDialNumber, ...]


@cache
def never_dial() -> NeverDial:
    """The catalogue of numbers that no call or text of ours may go to."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "never_dial.yaml", NeverDial)


@cache
def _never_dial_pattern() -> re.Pattern[str]:
    catalogue = never_dial()
    codes = "|".join(re.escape(entry.number) for entry in catalogue.numbers)
    listed = rf"(?:[2-5][0-9]{{2}})?(?:{codes})"
    return re.compile(rf"(?:00|011)?(?:{catalogue.country_code})?0?(?:{listed})")


@cache
def _short_pattern() -> re.Pattern[str]:
    catalogue = never_dial()
    return re.compile(rf"(?:00|011)?(?:{catalogue.country_code})?0?[0-9]{{1,{catalogue.short_digits}}}")


def is_never_dial(value: str | Address) -> bool:
    """Whether `value` may never be called: on the never-dial list, or a short service number.

    In any spelling: 112, 0112, +90 112, 0090112, tel:112, 0312 112. Anything that is not a digit is ignored, because
    a dial string may carry pauses and marks.
    """
    raw = value.uri if isinstance(value, Address) else value
    scheme, rest = _split_scheme(raw)
    if scheme == "client":
        return False
    if scheme in {"sip", "sips"}:
        rest = rest.partition("@")[0]
    text = digits_to_ascii(rest)
    digits = re.sub(r"[^0-9]", "", text)
    if _never_dial_pattern().fullmatch(digits) is not None:
        return True
    # A user of a private exchange may be called 17; only what is dialled as a number is one.
    is_dialled = scheme in {"", "tel", "whatsapp"} and not any(sign.isalpha() for sign in text)
    return is_dialled and _short_pattern().fullmatch(digits) is not None


def parse_address(raw: str | None, region: str = "TR") -> Address:
    """The address that `raw` means; never raises.

    Numbers without a country code are read as numbers of `region`.
    """
    scheme, rest = _split_scheme((raw or "").strip())
    if scheme == "client":
        return Address("client", rest) if rest else _invalid(raw)
    if scheme in {"sip", "sips"}:
        return _parse_sip(rest)
    if scheme == "whatsapp":
        inner = _parse_plain(rest, region)
        return Address("whatsapp", inner.value) if inner.kind == "number" else _invalid(raw)
    if scheme not in {"", "tel"}:
        return _invalid(raw)
    return _parse_plain(rest, region)


def _split_scheme(raw: str) -> tuple[str, str]:
    match = _SCHEME.fullmatch(raw.strip())
    if match is None:
        return "", raw.strip()
    return match[1].lower(), match[2].strip()


def _parse_sip(rest: str) -> Address:
    user = rest.partition("@")[0]
    if not user:
        return _invalid(rest)
    return Address("withheld", "") if _is_withheld(user) else Address("sip", rest)


def _parse_plain(rest: str, region: str) -> Address:
    if _is_withheld(rest):
        return Address("withheld", "")
    text = digits_to_ascii(rest)
    if _NUMBER_SHAPE.fullmatch(text) is None:
        return _invalid(rest)
    digits = re.sub(r"[^0-9]", "", text)
    if "+" not in text and len(digits) <= _SHORT_CODE_LENGTH:
        return Address("short_code", digits)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _invalid(rest)
    if phonenumbers.is_valid_number(number):
        return Address("number", phonenumbers.format_number(number, PhoneNumberFormat.E164))
    national = str(number.national_number)
    is_home = number.country_code == phonenumbers.country_code_for_region(region)
    if is_home and len(national) <= _SHORT_CODE_LENGTH:
        return Address("short_code", national)
    return _invalid(rest)


def _is_withheld(text: str) -> bool:
    word = text.strip().casefold()
    return not word or word in _WITHHELD_WORDS or word.removeprefix("+") in _WITHHELD_KEYPAD


def _invalid(raw: str | None) -> Address:
    return Address("invalid", (raw or "").strip()[:_KEPT_LENGTH])


def last_digits(value: str | Address, n: int = 3) -> str:
    """The last `n` digits of a number, for a screen that may not show more; empty if it has none."""
    address = value if isinstance(value, Address) else parse_address(value)
    if address.kind not in {"number", "whatsapp", "short_code"} or n <= 0:
        return ""
    return address.value.removeprefix("+")[-n:]


def national_forms(e164: str) -> frozenset[str]:
    """Every usual spelling of the number `e164`, so that a scan for leaked numbers finds them all.

    Raises ValueError if `e164` is no number.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not an E.164 number") from error
    country, national = str(number.country_code), phonenumbers.national_significant_number(number)
    plain = {f"+{country}{national}", f"{country}{national}", f"00{country}{national}", f"0{national}", national}
    written = {
        phonenumbers.format_number(number, style)
        for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966)
    }
    respelt = {form.replace(" ", mark) for form in written for mark in ("", "-", ".", "\u00a0")}
    bare = {form.replace("(", "").replace(")", "") for form in written | respelt}
    return frozenset(plain | written | respelt | bare)
