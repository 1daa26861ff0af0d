"""Asks for something as somebody, and says in one letter what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from werkzeug.test import TestResponse

from tests.edge.dashboard.conftest import Browser
from tests.edge.security.asked import ASKED, CONTENT, NEVER, REFERENCES, Ask
from tests.edge.security.place import Place, Position

#: An answer with what was asked for, or the act; one without it; as if there were no such thing; refused.
OPEN, PART, HIDDEN, REFUSED = "o", "p", "-", "x"


def answered(place: Place, role: str, position: Position, key: str) -> str:
    """The letter of one answer. Where an answer holds what its letter forbids, this raises."""
    ask = ASKED[key]
    names = {**place.names, **ask.prepare(place)}
    answer = asked(place.reader(role, position), key, ask, names)
    letter = _letter(answer, ask, names)
    given = [names[name] for name in names if f"{{{name}}}" in ask.path + str(ask.body)]
    forbidden = {*NEVER, *(CONTENT if letter != OPEN else ()), *(REFERENCES if letter in {HIDDEN, REFUSED} else ())}
    text = _text(answer)
    told = [name for name in forbidden if names[name] in text and names[name] not in given]
    assert told == [], (role, position, key, letter)
    return letter


def asked(reader: Browser, key: str, ask: Ask, names: Mapping[str, str]) -> TestResponse:
    """What the house answers: a page where it is read, data where it is an act."""
    path = ask.path.format(**names)
    if key.startswith("GET"):
        where, _mark, query = path.partition("?")
        return reader.get(where, **dict(parse_qsl(query)))
    body = {name: value.format(**names) for name, value in ask.body.items()}
    return reader.post(path, body) if ask.sign or ask.done else reader.save(path, body)


def _letter(answer: TestResponse, ask: Ask, names: Mapping[str, str]) -> str:
    if answer.status_code in {403, 404}:
        return REFUSED if answer.status_code == 403 else HIDDEN
    assert answer.status_code in {200, 204, 303, 409, 422}, (ask.path, answer.status_code)
    has = answer.status_code == ask.done if ask.done else ask.sign.format(**names) in _text(answer)
    return OPEN if has else PART


def _text(answer: TestResponse) -> str:
    """What an answer says; a file is no text, and is looked through all the same."""
    return answer.data.decode(errors="replace")
