"""What the tests' own processes wrote: most log lines of a run stand in no file, pytest has caught them.

The first process keeps the caught output of every test, also of those that passed, for the search at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = "output.jsonl"


class Listener:
    """A plugin that writes down what each test's output was; workers of xdist send it with their reports."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the output of this phase; why a test failed is no output, and may show what it planted."""
        # A report repeats the sections of the phases before it.
        caught = [(title, words) for title, words in report.sections if title.endswith(f" {report.when}")]
        if caught:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps([report.nodeid, *section]) + "\n" for section in caught)


def outputs(path: Path) -> Iterator[tuple[str, bytes]]:
    """(test and kind of output, what was written) of all that was kept in a file."""
    with path.open(encoding="utf-8") as file:
        for test, title, words in map(json.loads, file):
            yield f"{title} of {test}", words.encode("utf-8", "backslashreplace")
