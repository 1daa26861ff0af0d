"""The lawyer's tables of docs/deadlines.md, from the catalogue of periods.

python -m tools.deadline_page            write them
python -m tools.deadline_page --check    fail if the page says something else
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.scale import between
from core.i18n import use_locale
from escalation.cases.clock.periods import DeadlinesFile, deadlines_file

PAGE = Path(__file__).resolve().parent.parent / "docs" / "deadlines.md"
_ORDER = ("BELIEVED", "VERIFIED", "OURS")


def tables() -> str:
    """Every rule, and every step of a reckoning that is not verified, as Markdown."""
    file = deadlines_file()
    with use_locale("en"):
        return "\n".join([*_rules(file), "", "Steps of a reckoning that are believed:", "", *_steps(file)])


def _rules(file: DeadlinesFile) -> list[str]:
    lines = ["| mark | period | source | if it is otherwise |", "| --- | --- | --- | --- |"]
    ordered = sorted(file.rules, key=lambda rule: _ORDER.index(rule.mark))
    return lines + [
        f"| {rule.mark} | `{rule.key}` {rule.title} | {rule.source} | {' '.join(rule.if_wrong.split())} |"
        for rule in ordered
    ]


def _steps(file: DeadlinesFile) -> list[str]:
    lines = ["| step | words | source |", "| --- | --- | --- |"]
    return lines + [
        f"| `{code}` | {step} | {step.source} |" for code, step in file.steps.items() if step.mark == "BELIEVED"
    ]


def page() -> str:
    """The page with the tables as they should be."""
    return between(PAGE.read_text(encoding="utf-8"), "rules", tables())


def main() -> int:
    """Write the tables, or compare them; the status is 1 when they differ."""
    parser = argparse.ArgumentParser(prog="python -m tools.deadline_page", description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
