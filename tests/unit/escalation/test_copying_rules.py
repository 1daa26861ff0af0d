"""What a copy sheet shows to whom, what has changed since it was entered, and what a new form of it would change."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import Label, as_typed, read_typed
from escalation.cases.copying import rules
from escalation.cases.copying.catalogue_rows import differences
from escalation.cases.copying.catalogues import KINDS, SOURCES, Kind, Row, Sheet, Source, sheets_catalogue

_KINDS_READ = st.frozensets(st.sampled_from(["intake", "register"]))
READERS = st.builds(rules.Reader, reads=_KINDS_READ, secret=st.booleans(), reads_case=st.booleans())
SOURCE = st.builds(
    Source, guard=st.sampled_from(["", "identity", "place"]), of=st.sampled_from(["", "intake", "register"])
)
_PARTS = st.lists(st.text(max_size=4), max_size=2).map(tuple)
_FIELDS = st.sampled_from(["docket", "name", "province", "summary"])
ENTERED = st.dictionaries(_FIELDS, _PARTS)
NOW = st.dictionaries(_FIELDS, st.builds(rules.Value, parts=_PARTS))


@given(SOURCE, READERS)
def test_under_secrecy_nobody_copies_where_she_is_and_no_outsider_who_she_is(
    source: Source, reader: rules.Reader
) -> None:
    why = rules.withheld(source, reader)
    if reader.secret and source.guard == "place":
        assert why
    if reader.secret and source.guard == "identity" and not reader.reads_case:
        assert why
    if source.of and source.of not in reader.reads:
        assert why == "permission"


@given(SOURCE, READERS)
def test_a_value_is_kept_for_one_of_two_reasons_alone(source: Source, reader: rules.Reader) -> None:
    why = rules.withheld(source, reader)
    assert why != "secrecy" or (reader.secret and source.guard)
    assert why != "permission" or source.of not in reader.reads
    if not reader.secret and (not source.of or source.of in reader.reads):
        assert why == ""


@given(SOURCE, READERS, _KINDS_READ)
def test_more_permissions_hide_nothing_and_secrecy_shows_nothing(
    source: Source, reader: rules.Reader, more: frozenset[str]
) -> None:
    wider = replace(reader, reads=reader.reads | more, reads_case=True)
    assert rules.withheld(source, reader) or not rules.withheld(source, wider)
    assert rules.withheld(source, replace(reader, secret=True)) or not rules.withheld(source, reader)


def test_every_field_that_tells_of_her_is_guarded() -> None:
    reader = rules.Reader(frozenset({"intake", "register"}), secret=True, reads_case=False)
    shown = {
        (kind, name) for kind in KINDS for name, source in SOURCES[kind].items() if not rules.withheld(source, reader)
    }
    telling = {"name", "protected", "against", "province", "district", "summary", "details"}
    assert not {name for _kind, name in shown} & telling


@given(ENTERED, NOW)
def test_changed_is_what_was_entered_with_another_value(
    entered: dict[str, tuple[str, ...]], now: dict[str, rules.Value]
) -> None:
    found = rules.changed(entered, now)
    assert found <= set(entered) & set(now)
    assert all((field in found) is (entered[field] != now[field].parts) for field in set(entered) & set(now))
    assert rules.changed({field: value.parts for field, value in now.items()}, now) == frozenset()


_WORDS = st.text(max_size=12).map(str.strip).filter(bool)


@st.composite
def sheets(draw: st.DrawFn, kind: Kind) -> Sheet:
    """A form that an administrator may type."""
    fields = draw(st.lists(st.sampled_from(sorted(SOURCES[kind])), min_size=1, max_size=6, unique=True))
    rows = tuple(Row(field=one, label=Label(tr=draw(_WORDS), en=draw(_WORDS))) for one in fields)
    return Sheet(kind=kind, source=draw(_WORDS), rows=rows)


PAIRS = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(sheets(kind), sheets(kind)))


@given(PAIRS)
def test_the_difference_that_is_shown_is_the_whole_difference(pair: tuple[Sheet, Sheet]) -> None:
    before, after = pair
    found = differences(before, after)
    assert differences(before, before) == ()
    assert len({one.field for one in found}) == len(found)
    told = {one.field: one.after for one in differences(before.model_copy(update={"rows": ()}), before)}
    told["source"] = before.source
    for one in found:
        assert told.get(one.field, "") == one.before
        told[one.field] = one.after
    wanted = {one.field: one.after for one in differences(after.model_copy(update={"rows": ()}), after)}
    assert {field: words for field, words in told.items() if words} == {**wanted, "source": after.source}
    assert (found == ()) is (before == after)


@given(st.sampled_from(KINDS).flatmap(sheets))
def test_a_form_reads_as_it_was_shown(sheet: Sheet) -> None:
    assert read_typed(as_typed(sheet.model_dump(mode="json")), Sheet) == sheet


def test_the_shipped_forms_read_as_they_are_shown() -> None:
    for sheet in sheets_catalogue().sheets:
        assert read_typed(as_typed(sheet.model_dump(mode="json")), Sheet) == sheet
