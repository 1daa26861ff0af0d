"""Every rule of the shipped data that awaits a lawyer's word, drawn as the tables of docs/avukata-sorular.md.

python -m tools.believed [--write]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "avukata-sorular.md"
BEGIN: Final = "<!-- what is believed: python -m tools.believed --write -->"
END: Final = "<!-- end of what is believed -->"
_MARK: Final = "BELIEVED"
_WORD: Final = re.compile(r"\bbelieved\b", re.IGNORECASE)
#: What a rule of each file is called in Turkish; a file that is not named here goes by its own name.
_FILES: Final[Mapping[str, str]] = {
    "escalation/cases/clock/catalogue/deadlines.yaml": "Süreler",
    "escalation/cases/clock/catalogue/duty_courts.yaml": "Nöbetçi mahkemeler",
    "escalation/cases/register/catalogue/measures.yaml": "Tedbirler",
    "escalation/cases/register/catalogue/detention.yaml": "Zorlama hapsi",
    "escalation/cases/petitions/catalogue/petitions.yaml": "Dilekçeler",
    "intake/catalogue/report_duty.yaml": "Bildirim yükümlülüğü",
}


@dataclass(frozen=True)
class Believed:
    """One rule, as its file writes it."""

    file: str
    code: str
    title: str
    source: str
    if_wrong: str


def files() -> list[Path]:
    """Every catalogue that is shipped."""
    found = ROOT.glob("*/**/catalogue/*.yaml")
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def believed() -> list[Believed]:
    """Rules marked BELIEVED, and marked otherwise ones of which the data say that a part is believed."""
    return [
        one
        for path in files()
        for one in _walk(path.relative_to(ROOT).as_posix(), "", yaml.safe_load(path.read_text(encoding="utf-8")))
    ]


def _walk(file: str, name: str, found: Any) -> Iterator[Believed]:
    if isinstance(found, list):
        for one in found:
            yield from _walk(file, name, one)
    if not isinstance(found, dict):
        return
    code = str(found.get("key") or found.get("code") or name or Path(file).stem)
    if found.get("mark") == _MARK or any(_WORD.search(_text(found.get(part))) for part in ("source", "if_wrong")):
        yield Believed(file, code, _title(found), _text(found.get("source")), _text(found.get("if_wrong")))
    for key, value in found.items():
        yield from _walk(file, str(key), value)


def _title(found: Mapping[str, Any]) -> str:
    title = found.get("title", found)
    words = title.get("tr", "") if isinstance(title, dict) else ""
    numbers = ", ".join(f"{name}: {value}" for name, value in found.items() if isinstance(value, int))
    return " ".join(filter(None, (found.get("ref", ""), words or numbers)))


def _text(value: object) -> str:
    return " ".join(str(value or "").split())


def tables() -> str:
    """One table for each file, one row for each rule."""
    rows = believed()
    lines = [f"Onay bekleyen {len(rows)} kural vardır."]
    for file in sorted({row.file for row in rows}, key=_place):
        lines += ["", f"### {_FILES.get(file, file)}", "", f"Veri: `{file}`", ""]
        lines += ["| kural | dayanak | başka türlüyse ne değişir |", "|---|---|---|"]
        for row in rows:
            if row.file == file:
                named = f"`{row.code}` {row.title}".strip()
                lines.append(f"| {named} | {_cell(row.source)} | {_cell(row.if_wrong) or '–'} |")
    return "\n".join(lines)


def _place(file: str) -> tuple[int, str]:
    known = list(_FILES)
    return (known.index(file) if file in known else len(known), file)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def drawn(page: str) -> str:
    """The page with the tables in their place."""
    before, _begin, rest = page.partition(BEGIN)
    _old, found, after = rest.partition(END)
    if not found:
        raise ValueError("the page has no place for the tables")
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Print the tables, or write them into the page."""
    if "--write" in arguments:
        PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(tables())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
