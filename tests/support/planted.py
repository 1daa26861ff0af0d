"""What the suite plants and what may then be found nowhere in clear: in no table, log, queue or temporary file.

Callers and texters of tests have numbers from :func:`number`; a name or a sentence that stands for a secret is one of
the constants. At the end of a run :mod:`tests.support.scan` looks for all of them.
"""

from __future__ import annotations

import itertools
import os

#: Every number of a member of the public begins with this; five digits follow. No other number of a test does.
NUMBER_PREFIX = "+9055501"
NAME = "Gülbahar Örnekkızı"
SENTENCE = "kapının arkasındayım lütfen yardım gönderin"
ADDRESS = "Menekşe Sokağı 7 Mamak"

_next = itertools.count(os.getpid() % 900 * 100)


def number() -> str:
    """A number that no other test of this run has."""
    return f"{NUMBER_PREFIX}{next(_next) % 100_000:05d}"
