"""Whatever a page names as its source is told in Turkish on a Turkish page."""

from __future__ import annotations

import re

import pytest

from core.i18n import use_locale
from dashboard.sources import told
from escalation.cases.clock.periods import deadlines_file
from escalation.cases.copying.catalogues import sheets_catalogue
from escalation.cases.petitions.catalogues import petitions_catalogue

SHOWN = sorted(
    {one.source for one in deadlines_file().rules}
    | {one.source for one in deadlines_file().steps.values()}
    | {one.source for one in sheets_catalogue().sheets}
    | {one.source for one in petitions_catalogue().petitions}
)
_ENGLISH = re.compile(r"\b(Law|Art|Regulation|and|the|of|this|our|Service|Shipped)\b", re.IGNORECASE)


@pytest.mark.parametrize("source", SHOWN)
def test_a_source_is_told_in_turkish(source: str) -> None:
    with use_locale("tr"):
        assert not _ENGLISH.search(told(source)), told(source)
    with use_locale("en"):
        assert _ENGLISH.search(told(source))


def test_what_an_administrator_typed_stands() -> None:
    with use_locale("tr"):
        assert told("Ekranın kendisi, 3 Kasım 2026") == "Ekranın kendisi, 3 Kasım 2026"
