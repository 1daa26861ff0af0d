"""The search for planted values knows their disguises."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
import unicodedata
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import phonenumbers
import pytest

from core.text import fold_tr
from tests.support import scan
from tests.support.planted import ADDRESS, NAME, NUMBER_PREFIX, SENTENCE, number

_NUMBER = f"{NUMBER_PREFIX}12345"
_NATIONAL = f"0{_NUMBER[3:]}"
_GROUPS = f"{_NATIONAL[:4]} {_NATIONAL[4:7]} {_NATIONAL[7:9]} {_NATIONAL[9:]}"
_WRITTEN = [
    phonenumbers.format_number(phonenumbers.parse(_NUMBER), form)
    for form in (
        phonenumbers.PhoneNumberFormat.NATIONAL,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.RFC3966,
    )
]


def found(text: str, wanted: str) -> bool:
    """Whether a log that holds ``text`` is reported."""
    pattern = scan.numbers(NUMBER_PREFIX) if wanted == NUMBER_PREFIX else scan.spellings(wanted)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "some.log").write_text(f"one line\nof {text} and more\n")
        return any(pattern.search(path.read_bytes()) for path in scan._files(Path(folder)))


@pytest.mark.parametrize(
    "text",
    [
        _NUMBER,
        _NATIONAL,
        _NATIONAL[1:],
        f"00{_NUMBER[1:]}",
        _NUMBER[1:].encode().hex(),
        _GROUPS.encode().hex(),
        *(base64.b64encode(f"{'x' * shift}{_NUMBER}".encode()).decode() for shift in range(4)),
        base64.b64encode(f"xy {_NATIONAL} and more".encode()).decode(),
        urlencode({"CallSid": "CAf", "From": _NUMBER, "To": "+903120000001"}),
        f"From=%2b{_NUMBER[1:]}",
        quote(quote(_NUMBER)),
        f"From={quote(' ')}{_NUMBER[1:]}",
        f"From={quote_plus(_GROUPS)}",
        f"From={quote(_GROUPS)}",
        f'{{"From":"\\u002b{_NUMBER[1:]}"}}',
        f'{{"From":"\\\\u002B{_NUMBER[1:]}"}}',
        json.dumps({"words": f"{_GROUPS}\u00a0x".replace(" ", "\u00a0")}),
        _GROUPS,
        _GROUPS.replace(" ", "\u00a0"),
        _GROUPS.replace(" ", "-"),
        _GROUPS.replace(" ", "."),
        f"+90 {_GROUPS[1:]}",
        f"+90 ({_GROUPS[1:4]}) {_GROUPS[5:]}",
        f"({_GROUPS[:4]}) {_GROUPS[5:8]}-{_GROUPS[9:]}",
        *_WRITTEN,
    ],
)
def test_a_number_is_found_in_every_form(text: str) -> None:
    assert found(text, NUMBER_PREFIX)


@pytest.mark.parametrize("value", [NAME, SENTENCE, ADDRESS])
@pytest.mark.parametrize(
    "disguise",
    [
        str,
        str.lower,
        str.upper,
        fold_tr,
        json.dumps,
        lambda value: json.dumps(value).replace("\\", "\\\\"),
        ascii,
        lambda value: repr(value.encode()),
        quote,
        quote_plus,
        lambda value: quote(quote(value)),
        lambda value: re.sub("%..", lambda match: match[0].lower(), urlencode({"Body": value})),
        lambda value: value.encode("ascii", "xmlcharrefreplace").decode(),
        lambda value: unicodedata.normalize("NFD", value),
        lambda value: value.encode().hex().upper(),
        lambda value: base64.b64encode(f"a {value}".encode()).decode(),
        lambda value: base64.urlsafe_b64encode(f"ab {value}".encode()).decode(),
    ],
)  # fmt: skip
def test_words_are_found_in_every_form(value: str, disguise: object) -> None:
    assert callable(disguise)
    assert found(disguise(value), value)


def test_chance_is_no_find() -> None:
    noise = hashlib.sha256(b"noise").hexdigest() * 1000 + "2026-11-23 10:55:55.501234+00 -0555-0112-3345-"
    assert not found(noise, NUMBER_PREFIX)
    # Another number of the same network, and one that only ends like ours.
    assert not found("+905559912345 10555011234567", NUMBER_PREFIX)
    assert not found(f"a{_NATIONAL}", NUMBER_PREFIX)


def test_every_planted_number_is_new_and_looks_planted() -> None:
    made = {number() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith(NUMBER_PREFIX) and len(one) == 13 for one in made)


def test_digits_that_an_id_has_by_chance_are_no_number_and_hide_none_behind_it() -> None:
    wanted = {"number": scan.numbers(NUMBER_PREFIX)}
    chance = b"01a21f83-8b91-736e-b4e6-5550147247ab"
    assert list(scan.found_in(chance, wanted)) == []
    for told in (chance + b" +905550147247", b"01a21f83-8b91-736e-b4e6-5550147247", b"-5550147247ab", chance + b"f"):
        assert [kind for kind, _ in scan.found_in(told, wanted)] == ["number"], told
