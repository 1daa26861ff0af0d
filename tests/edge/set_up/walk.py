"""The way through set-up, step by step, as somebody walks it who does nothing wrong."""

from __future__ import annotations

import re

from practice.phones import Behaviour, Press
from tests.edge.set_up.conftest import FALLBACK, LINE, PASSWORD, EmptyHouse, Visitor
from tests.support import planted

ANSWERS = Behaviour(answering="answer", presses=(Press("1", hearing="trial call"), Press("1", hearing="Deneme")))
MACHINE = Behaviour(answering="machine")


def centre(visitor: Visitor) -> Visitor:
    """Step 1."""
    return visitor.get("/set-up").post("/set-up/centre", name="Ankara KOZA-ŞÖNİM", province="06", kind="local")


def director(visitor: Visitor, house: EmptyHouse) -> str:
    """Step 2; returns the key of her authenticator."""
    visitor.post(
        "/set-up/director",
        display_name=planted.NAME,
        name="director@ankara",
        password=PASSWORD,
        password_again=PASSWORD,
    )
    secret = key(visitor)
    visitor.post("/set-up/director/code", code=house.totp(secret))
    return secret


def key(visitor: Visitor) -> str:
    """The key that stands beside the picture."""
    found = re.search(r'class="ref secret">([A-Z2-7]+)<', visitor.page)
    assert found, visitor.words
    return found[1]


def line(visitor: Visitor) -> Visitor:
    """Step 3."""
    return visitor.get("/set-up/line").post("/set-up/line", numbers=[LINE], line_name="Nöbet hattı")


def fallback(visitor: Visitor, house: EmptyHouse, behaviour: Behaviour = ANSWERS) -> Visitor:
    """Step 4: the telephone rings, and does what it does."""
    house.world.exchange.set_behaviour(FALLBACK, behaviour)
    visitor.get("/set-up/fallback").post("/set-up/fallback", number="0312 000 01 00")
    house.world.pass_time(90)
    return visitor.get("/set-up/fallback")


def people(visitor: Visitor, *rows: tuple[str, str, str]) -> Visitor:
    """Step 5: name, role and telephone of each."""
    fields = {}
    for number, (display, role, telephone) in enumerate(rows, start=1):
        fields |= {f"display-{number}": display, f"role-{number}": role, f"telephone-{number}": telephone}
    known = re.search(r'name="people" value="(\d+)"', visitor.get("/set-up/people").page)
    assert known, visitor.words
    return visitor.post("/set-up/people", people=known[1], **fields)


def ids(visitor: Visitor) -> list[str]:
    """The people of the week's grid, from top to bottom."""
    return re.findall(r'name="every-([0-9a-f-]{36})"', visitor.get("/set-up/week").page)


def words(visitor: Visitor) -> str:
    """What the test text says."""
    found = re.search(r"deneme [0-9]{4}", visitor.get("/set-up/trial").page)
    assert found, visitor.words
    return found[0]


def trial(visitor: Visitor, house: EmptyHouse) -> Visitor:
    """Step 7: a stranger calls and texts."""
    stranger = planted.number()
    house.world.exchange.call(stranger, LINE, Behaviour(presses=(Press("2", after=1.0),), hang_up_after=8.0))
    house.world.exchange.text(stranger, LINE, words(visitor).title())
    house.world.pass_time(20)
    return visitor.get("/set-up/trial")
