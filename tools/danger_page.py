"""What the danger words hear of written examples and what they miss, drawn into docs/danger-words.md.

python -m tools.danger_page [--write]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from intake.danger import danger_words
from intake.language import guess_language

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLES: Final = ROOT / "tests" / "unit" / "intake" / "danger_examples"
PAGE: Final = ROOT / "docs" / "danger-words.md"
BEGIN: Final = "<!-- what is heard: python -m tools.danger_page --write -->"
END: Final = "<!-- end of what is heard -->"
LANGUAGES: Final[Mapping[str, str]] = {"tr": "Turkish", "en": "English", "ar": "Arabic", "ku": "Kurmanji"}
PARTS: Final = ("seen", "apart", "later")


@dataclass(frozen=True)
class Example:
    """One text: its language, the part it belongs to, and its kind (danger, violence, other)."""

    language: str
    part: str
    kind: str
    text: str

    @property
    def heard(self) -> bool:
        """Whether the words raise it to level 1."""
        match = danger_words(self.text)
        return match is not None and match.level == 1


@cache
def examples() -> tuple[Example, ...]:
    """Every written example."""
    return tuple(
        Example(language, part, kind, text)
        for language in LANGUAGES
        for part, kinds in yaml.safe_load((EXAMPLES / f"{language}.yaml").read_text(encoding="utf-8")).items()
        for kind, texts in kinds.items()
        for text in texts
    )


def heard(kind: str, part: str, language: str | None = None) -> tuple[int, int]:
    """How many of these examples are raised to level 1, and how many there are."""
    asked = [
        one.heard for one in examples() if (one.kind, one.part) == (kind, part) and language in (None, one.language)
    ]
    return sum(asked), len(asked)


def drawn_part() -> str:
    """The tables and the lists of what went wrong."""
    lines = [f"{len(examples())} examples.", "", "| part | language | danger heard | false alarms | violence raised |"]
    lines.append("|---|---|---|---|---|")
    for part in PARTS:
        for language, name in LANGUAGES.items():
            counts = [heard(kind, part, language) for kind in ("danger", "other", "violence")]
            cells = [f"{hits} of {whole}" if whole else "–" for hits, whole in counts]
            lines.append(f"| {part} | {name} | {' | '.join(cells)} |")
    lines += ["", _languages()]
    lines += ["", "### Danger that is not heard", ""]
    lines += _list(one for one in examples() if one.kind == "danger" and not one.heard)
    lines += ["", "### Ordinary texts that are taken for danger", ""]
    lines += _list(one for one in examples() if one.kind == "other" and one.heard)
    return "\n".join(lines)


def _languages() -> str:
    guesses = [(one.language, guess_language(one.text)) for one in examples()]
    right = sum(of == guess for of, guess in guesses)
    unsure = sum(guess is None for _, guess in guesses)
    return (
        f"The language that a text is guessed to be written in: right {right}, not guessed {unsure}, "
        f"wrong {len(guesses) - right - unsure}."
    )


def _list(wrong: Iterable[Example]) -> list[str]:
    return [f"- {one.language}, {one.part}: {one.text}" for one in wrong]


def drawn(page: str) -> str:
    """The page with the tables in their place."""
    before, _begin, rest = page.partition(BEGIN)
    _old, found, after = rest.partition(END)
    if not found:
        raise ValueError("the page has no place for the tables")
    return f"{before}{BEGIN}\n\n{drawn_part()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Print the tables, or write them into the page."""
    if "--write" in arguments:
        PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(drawn_part())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
