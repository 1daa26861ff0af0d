"""Whatever an administrator types or uploads is either read whole or refused with its line; nothing else happens."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.catalogue import Entry, Label, Text, TypedError, Wrong, as_typed, read_typed


class Row(Entry):
    """A row as catalogues have them."""

    code: Text
    label: Label
    weight: int = 0
    urgent: bool = False
    since: date | None = None
    letters: tuple[str, ...] = ()


class Rows(Entry):
    """A part of a catalogue."""

    kind: Text
    rows: tuple[Row, ...]


#: Words that YAML 1.1 takes for something else, signs that it reads, and letters of both languages.
_TRAPS = st.sampled_from(
    ["no", "on", "Yes", "y", "~", "null", "01", "08", "1_000", "0x1F", "1:30", "1e3", ".inf", "2026-11-27", "true",
     "=", "<<", "- a", "a: b", "a #b", "&a", "*a", "!a", "%", "'", '"', "|", ">", "?", "{}", "[]", "ğ ı İ ş",
     "\u2028x\u2028y", "\x85n\x85e", "\ufeffbom", "a\nb", "a\n\n b", "x" * 300]
)  # fmt: skip
_WORDS = (_TRAPS | st.text(max_size=30)).map(str.strip).filter(bool)
_LABELS = st.builds(Label, tr=_WORDS, en=_WORDS)
_ROWS = st.builds(
    Row,
    code=_WORDS,
    label=_LABELS,
    weight=st.integers(-(10**12), 10**12),
    urgent=st.booleans(),
    since=st.none() | st.dates(),
    letters=st.lists(_TRAPS | st.text(max_size=10), max_size=4).map(tuple),
)
_PARTS = st.builds(Rows, kind=_WORDS, rows=st.lists(_ROWS, max_size=4).map(tuple))

_GOOD = """kind: decision
rows:
  - code: docket
    label: {tr: Esas, en: Docket}
    weight: 3
  - code: authority
    label: {tr: Mahkeme, en: Court}
    since: 2026-11-27
"""
#: What a hand, or somebody who means harm, puts into the text.
_PIECES = st.sampled_from(
    ["!!int ''", "!!int x", "!!bool x", "!!float ''", "!!timestamp x", "!!binary '*'", "!!python/object:os.system x",
     "!!set {a}", "!!omap [a]", "!!pairs [a]", "!x y", "? [a, b]\n: c\n", "? {a: b}\n: c\n", "{[a]: b}", "&a ", "*a",
     "<<: {a: 1}", "<<: 1", "<<: [1]", "kind: a\n", "---\n", "...\n", "%YAML 9.9\n", "%TAG ! tag:x,2000:\n", "\t", ":",
     "- ", "{", "}", "[", "]", "'", '"', "|\n", ">\n", "\x00", "\x07", "\ud7ff", "2026-13-45",
     "2026-11-27T25:61:00", "2026-11-27T10:00:00+99:99", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
     "9" * 5000, "1:2:3", "1e999", "[" * 30, "~", "\r", "\u2028"]
)  # fmt: skip
_PLACES = st.integers(0, len(_GOOD))


@given(_PARTS)
def test_what_is_shown_to_be_changed_reads_as_it_stood(part: Rows) -> None:
    assert read_typed(as_typed(part.model_dump(mode="json")), Rows) == part


def _wrong(text: str) -> tuple[Wrong, ...]:
    """What is wrong in a text; nothing where it reads."""
    try:
        read_typed(text, Rows)
    except TypedError as refused:
        return refused.wrong or (Wrong(0, "", ""),)
    return ()


def _told(text: str) -> None:
    lines = len(text.splitlines()) + 1
    assert all(1 <= one.line <= lines and one.code for one in _wrong(text))


@given(st.lists(st.tuples(_PLACES, _PIECES | st.text(max_size=6), st.integers(0, 12)), min_size=1, max_size=4))
def test_a_text_with_anything_in_it_is_read_or_refused_with_its_line(
    changes: list[tuple[int, str, int]],
) -> None:
    text = _GOOD
    for place, piece, away in changes:
        text = text[:place] + piece + text[place + away :]
    _told(text)


@given(st.text(max_size=200) | st.text(alphabet="ab:-?[]{}!&*|>'\"%@`#,\n \t<=.0", max_size=60))
@example("!!int ''")
@example("? [a, b]\n: c\n")
@example("kind: !!bool x\nrows: []\n")
@example("kind: !!timestamp x\nrows: []\n")
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    _told(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: a\nrows: !!int ''\n", 2),
        ("kind: a\nrows:\n  - !!bool x\n", 3),
        ("kind: a\n? [b, c]\n: d\n", 2),
        ("kind: a\nrows: []\n!!timestamp x: y\n", 3),
    ],
)
def test_a_type_that_is_written_and_a_key_that_is_no_word_are_refused_where_they_stand(text: str, line: int) -> None:
    with pytest.raises(TypedError) as refused:
        read_typed(text, Rows)
    assert [(one.line, one.code) for one in refused.value.wrong] == [(line, "yaml")]
