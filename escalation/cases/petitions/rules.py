"""From a template and what the records say to a paper's lines; and what keeps her address out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from escalation.cases.petitions.catalogues import PLACEHOLDER, Part, Petition

#: Where something is missing or is written by hand.
DOTS: Final = "…………………………"
#: What stands where her address would.
HIDDEN: Final = "[gizli]"
#: A shorter piece of an address is a word like any other.
_SHORTEST: Final = 6
#: What neither Word's XML nor a printer knows.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What the records say, by placeholder. ``secret``: 8/6 is asked for or in force; ``asked``: by this petition."""

    single: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]]
    secret: bool
    asked: bool = False
    #: Her address, which is looked for in everything else that is written down under secrecy.
    address: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """A paragraph. ``missing`` names the placeholders for which the records hold nothing."""

    style: str
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Paper:
    """A petition as it would be printed."""

    lines: tuple[Line, ...]
    missing: tuple[str, ...] = field(default=())


def compose(template: Petition, facts: Facts) -> Paper:
    """The paper of ``template`` with these facts; pure. Under secrecy no line holds her address."""
    lines = tuple(line for part in template.parts if _stands(part, facts) for line in _lines(part, facts))
    if facts.secret:
        lines = hide(lines, facts.address)
    return Paper(lines, tuple(dict.fromkeys(name for line in lines for name in line.missing)))


def hide(lines: Iterable[Line], address: str) -> tuple[Line, ...]:
    """The same lines without any piece of ``address``, however it is broken into lines or written large or small."""
    pattern = _pattern(address)
    return tuple(line if pattern is None else replace(line, text=pattern.sub(HIDDEN, line.text)) for line in lines)


def holds_address(text: str, address: str) -> bool:
    """Whether a text names the address, or a piece of it."""
    pattern = _pattern(address)
    return pattern is not None and pattern.search(text) is not None


def _pattern(address: str) -> re.Pattern[str] | None:
    whole = _clean(address)
    pieces = [whole, *re.split(r"[,;/\n]", whole)]
    words = [re.findall(r"\w+", piece) for piece in pieces]
    wanted = {tuple(one) for one in words if len("".join(one)) >= _SHORTEST}
    if not wanted:
        return None
    # The longest first: a piece must not be taken out of the whole and leave its rest standing.
    ordered = sorted(wanted, key=lambda one: (-len("".join(one)), one))
    return re.compile("|".join(r"\W+".join(_any_case(word) for word in one) for one in ordered))


def _any_case(word: str) -> str:
    """A word however it is written: Turkish has two letters i, which no case folding of Python's makes one."""
    return "".join(
        "[iıİI]" if letter in "iıİI" else f"[{re.escape(letter.lower())}{re.escape(letter.upper())}]" for letter in word
    )


def _stands(part: Part, facts: Facts) -> bool:
    if part.given and not (facts.single.get(part.given, "").strip() or facts.many.get(part.given)):
        return False
    return {"always": True, "secret": facts.secret, "open": not facts.secret, "asked": facts.asked}[part.when]


def _lines(part: Part, facts: Facts) -> list[Line]:
    if not part.each:
        return [_line(part, facts, {})]
    values = [value for value in facts.many.get(part.each, ()) if value.strip()]
    return [_line(part, facts, {part.each: value}) for value in values or [""]]


def _line(part: Part, facts: Facts, own: Mapping[str, str]) -> Line:
    values = {name: _clean(own.get(name, facts.single.get(name, ""))) for name in part.places}
    missing = () if part.by_hand else tuple(sorted(name for name, value in values.items() if not value))
    # A value is put in once and never read again: braces in her words stay what they are.
    text = PLACEHOLDER.sub(lambda found: values[found[1]] or DOTS, part.text)
    return Line(part.style, text, missing)


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\t", " ")).strip()
