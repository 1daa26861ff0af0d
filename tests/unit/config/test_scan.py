"""The search for planted values knows their disguises."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tests.support.planted import NAME, NUMBER_PREFIX, number
from tests.support.scan import numbers, spellings


@pytest.mark.parametrize(
    "text",
    [
        f"call {NUMBER_PREFIX}12345",
        f"call 0{NUMBER_PREFIX[3:]}12345",
        f"call {NUMBER_PREFIX[1:]}12345".encode().hex(),
        *(base64.b64encode(f"{'x' * shift}{NUMBER_PREFIX}12345".encode()).decode() for shift in range(4)),
        base64.b64encode(f"xy 0{NUMBER_PREFIX[3:]}12345 and more".encode()).decode(),
    ],
)
def test_a_number_is_found_in_every_form(text: str) -> None:
    assert numbers(NUMBER_PREFIX).search(text.encode())


@pytest.mark.parametrize(
    "text",
    [NAME, json.dumps(NAME), NAME.encode().hex().upper(), base64.b64encode(f"a {NAME}".encode()).decode(), repr(NAME)],
)
def test_a_name_is_found_in_every_form(text: str) -> None:
    assert spellings(NAME).search(text.encode())


def test_chance_is_no_find() -> None:
    noise = hashlib.sha256(b"noise").hexdigest() * 1000 + "2026-11-23 10:55:55.501234"
    assert not numbers(NUMBER_PREFIX).search(noise.encode())


def test_every_planted_number_is_new_and_looks_planted() -> None:
    made = {number() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith(NUMBER_PREFIX) and len(one) == 13 for one in made)
