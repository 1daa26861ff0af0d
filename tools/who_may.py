"""Who may what: reads the expectations of the access tests, and draws them as the table of docs/security.md.

python -m tools.who_may [--write]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests" / "edge" / "security" / "who_may.yaml"
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- who may what: python -m tools.who_may --write -->", "<!-- end of who may what -->"
REFUSED = "x"
_PLACE = re.compile(r"<(?:\w+:)?(\w+?)(?:_id)?>")
ROLES = (
    *("director", "shift_lead", "operator", "oncall", "social_worker", "psychologist", "child_development", "health"),
    *("employment", "legal", "police_liaison", "shelter_liaison", "perpetrator_worker", "statistician", "auditor"),
    *("admin", "partner"),
)


def rule_of(key: str) -> str:
    """Method and rule of a line, without which of several acts is meant."""
    return key.partition(" · ")[0]


@dataclass(frozen=True)
class WhoMay:
    """The expectations, read."""

    sections: Mapping[str, tuple[str, ...]]
    people: Mapping[str, Mapping[str, str]]
    herself: tuple[str, ...]
    while_locked: tuple[str, ...]
    step_up: tuple[str, ...]
    tokens: Mapping[str, str]
    public: tuple[str, ...]
    keys: str
    set_up: str
    carrier: tuple[str, ...]
    feed: Mapping[str, frozenset[str]]

    def pattern(self, key: str, role: str) -> str:
        """One letter for each position of a role towards what a line is about, or one for all."""
        return self.people[key].get(role, REFUSED)


def _read() -> WhoMay:
    raw = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    groups: Mapping[str, list[str]] = raw["groups"]

    def roles(names: Iterable[str]) -> list[str]:
        return [role for name in names for role in groups.get(name, [name])]

    people: dict[str, dict[str, str]] = {}
    for section in raw["people"].values():
        for key, patterns in section.items():
            named = [(role, pattern) for pattern, names in patterns.items() for role in roles(names)]
            people[key] = dict(named)
            if len(named) != len(people[key]) or not set(people[key]) <= set(ROLES):
                raise ValueError(f"{key}: a role is named twice, or is none")
    return WhoMay(
        sections={name: tuple(section) for name, section in raw["people"].items()},
        people=people,
        herself=tuple(raw["herself"]),
        while_locked=tuple(raw["while_locked"]),
        step_up=tuple(raw["step_up"]),
        tokens=raw["tokens"],
        public=tuple(raw["public"]),
        keys=raw["keys"],
        set_up=raw["set_up"],
        carrier=tuple(raw["carrier"]),
        feed={topic: frozenset(roles(names)) for topic, names in raw["feed"].items()},
    )


EXPECTED = _read()

#: What a pattern means at a desk: what she reaches of her centre without, and with, being assigned.
_WORDS = {
    "o": "●",
    "oo--": "●",
    "oopp": "●",
    "ooo-": "●",
    "ooop": "●",
    "-o--": "◐",
    "xo--": "◐",
    "popp": "◐",
    "po--": "◔",
    "p": "○",
    "-": "·",
    "----": "·",
    "xx--": "·",
    "-x--": "·",
    "ppp-": "·",
    "x": "·",
}
_SHORT = {
    "director": "director",
    "shift_lead": "lead",
    "operator": "operator",
    "oncall": "on-call",
    "social_worker": "case workers",
    "health": "health, employment",
    "legal": "lawyer",
    "police_liaison": "police liaison",
    "shelter_liaison": "shelter liaison",
    "perpetrator_worker": "perpetrator unit",
    "statistician": "statistics",
    "auditor": "auditor",
    "admin": "admin",
    "partner": "partner",
}


def table(expected: WhoMay = EXPECTED) -> str:
    """The expectations as Markdown: one row for addresses with the same answers, one column for roles with the same."""
    alike = {role: tuple(expected.pattern(key, role) for key in expected.people) for role in ROLES}
    for role in ROLES:
        if role not in _SHORT and not any(alike[role] == alike[known] for known in _SHORT):
            raise ValueError(f"{role} has rights of its own and no column")
    lines = [_counted(expected), "", f"| | {' | '.join(_SHORT.values())} |", f"|---|{':-:|' * len(_SHORT)}"]
    for section, keys in expected.sections.items():
        rows: dict[tuple[str, ...], list[str]] = {}
        for key in keys:
            rows.setdefault(tuple(_WORDS[expected.pattern(key, role)] for role in _SHORT), []).append(key)
        lines.append(f"| **{section}** |{' |' * len(_SHORT)}")
        lines += [f"| {_named(named)} | {' | '.join(marks)} |" for marks, named in rows.items()]
    return "\n".join(lines)


def _named(keys: list[str]) -> str:
    def named(key: str) -> str:
        rule, _dot, act = key.partition(" · ")
        short = _PLACE.sub(r"<\1>", rule)
        return f"`{short}` {act}".strip()

    return "<br>".join(named(key) for key in keys)


def _counted(expected: WhoMay) -> str:
    asked = sum(
        1 if len(expected.pattern(key, role)) == 1 else len(expected.pattern(key, role))
        for key in expected.people
        for role in ROLES
    )
    rules = {rule_of(key) for key in expected.people}
    return (
        f"{len(rules)} addresses of people in {len(expected.people)} acts, {len(ROLES)} roles: {asked} answers in all, "
        f"beside {len(expected.herself)} addresses that are about the reader herself, {len(expected.tokens)} of "
        f"machines, {len(expected.public)} that are open to anybody, one's own keys, set-up, and the carrier's."
    )


def drawn(page: str, body: str) -> str:
    """The page with the table in its place."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{body}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Print the table, or write it into the page."""
    if "--write" in arguments:
        PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8"), table()), encoding="utf-8")
    else:
        print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
