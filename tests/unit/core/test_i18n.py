from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from jinja2 import Environment

from core import i18n


@pytest.fixture(autouse=True)
def _turkish() -> Iterator[None]:
    with i18n.use_locale("tr"):
        yield


@pytest.fixture
def jinja() -> Environment:
    env = Environment(autoescape=True)
    i18n.install_jinja(env)
    return env


def test_turkish_is_the_language_unless_another_is_chosen() -> None:
    assert i18n.current_locale() == "tr"
    with i18n.use_locale("en"):
        assert i18n.current_locale() == "en"
        assert i18n.gettext("%(seconds)d s", seconds=5) == "5 s"
    assert i18n.gettext("%(seconds)d s", seconds=5) == "5 sn"


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    with pytest.raises(ValueError, match="languages"):
        i18n.set_locale("de")
    with pytest.raises(ValueError, match="languages"), i18n.use_locale("ar"):
        pass
    assert i18n.current_locale() == "tr"


def test_a_message_without_translation_is_shown_in_english() -> None:
    assert i18n.gettext("there is no such message") == "there is no such message"
    assert i18n.pgettext("verb", "there is no such message") == "there is no such message"


def test_plural_follows_the_language() -> None:
    with i18n.use_locale("en"):
        assert i18n.ngettext("%(n)d thing", "%(n)d things", 1) == "1 thing"
        assert i18n.ngettext("%(n)d thing", "%(n)d things", 2) == "2 things"


def test_a_lazy_text_is_translated_when_it_is_shown() -> None:
    label = i18n.lazy_gettext("%(seconds)d s", seconds=9)
    assert str(label) == "9 sn"
    assert label == "9 sn"
    assert f"{label:>6}" == "  9 sn"
    assert label.upper() == "9 SN"
    with i18n.use_locale("en"):
        assert str(label) == "9 s"
        assert label + "!" == "9 s!"
        assert "in " + label == "in 9 s"


def test_templates_translate_and_escape(jinja: Environment) -> None:
    label = i18n.LazyText(lambda: "<b>")
    assert jinja.from_string("{{ label }}").render(label=label) == "&lt;b&gt;"
    assert jinja.from_string("{{ label|upper }}").render(label=label) == "&lt;B&gt;"
    assert jinja.from_string("{{ _('%(seconds)d s', seconds=3) }}").render() == "3 sn"
    assert jinja.from_string("{% trans seconds=4 %}{{ seconds }} x{% endtrans %}").render() == "4 x"
    assert jinja.from_string("{{ ngettext('%(num)s thing', '%(num)s things', 2) }}").render() == "2 things"


def test_a_moment_is_shown_in_istanbul() -> None:
    moment = datetime(2026, 11, 23, 22, 5, 9, tzinfo=UTC)
    assert i18n.format_datetime(moment) == "24.11.2026 01:05"
    assert i18n.format_datetime(moment, seconds=True) == "24.11.2026 01:05:09"
    assert i18n.format_end(moment) == "24.11.2026 01:05"
    assert i18n.format_end(datetime(2026, 12, 31, 21, 0, tzinfo=UTC)) == "31.12.2026 24:00"
    assert i18n.format_time(moment) == "01:05"
    assert i18n.format_date(moment) == "24.11.2026"
    with pytest.raises(ValueError, match="time zone"):
        i18n.format_datetime(datetime(2026, 11, 23))  # noqa: DTZ001 - the refusal is tested


def test_a_day_is_named_in_the_language() -> None:
    day = date(2026, 11, 23)
    assert i18n.format_date(day) == "23.11.2026"
    assert i18n.format_date(day, style="long") == "23 Kasım 2026 Pazartesi"
    assert i18n.format_date(day, style="weekday") == "Pzt 23.11."
    with i18n.use_locale("en"):
        assert i18n.format_date(day, style="long") == "23 November 2026 Monday"


@pytest.mark.parametrize(
    ("seconds", "turkish", "english"),
    [
        (0, "0 sn", "0 s"),
        (59.9, "59 sn", "59 s"),
        (60, "1 dk 0 sn", "1 min 0 s"),
        (252, "4 dk 12 sn", "4 min 12 s"),
        (7500, "2 sa 5 dk", "2 h 5 min"),
        (3 * 86400 + 4 * 3600 + 59, "3 gün 4 sa", "3 d 4 h"),
        (-12, "-12 sn", "-12 s"),
    ],
)
def test_a_duration_in_its_two_largest_units(seconds: float, turkish: str, english: str) -> None:
    assert i18n.format_duration(seconds) == turkish
    assert i18n.format_duration(timedelta(seconds=seconds)) == turkish
    with i18n.use_locale("en"):
        assert i18n.format_duration(seconds) == english


def test_every_catalogue_can_be_read_at_start() -> None:
    i18n.load_locales()


def test_templates_have_the_filters(jinja: Environment) -> None:
    moment = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
    assert jinja.from_string("{{ m|datetime }} {{ 61|duration }}").render(m=moment) == "23.11.2026 14:05 1 dk 1 sn"
