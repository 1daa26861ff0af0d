from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import metrics


def _value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_label_outside_its_set_is_counted_as_other() -> None:
    before = _value("koza_webhook_requests_total", kind="other", result="stored")
    metrics.webhook_requests.add(kind="+905321234567", result="stored")
    assert _value("koza_webhook_requests_total", kind="other", result="stored") == before + 1
    page, content_type = metrics.exposition({})
    assert b"+905321234567" not in page
    assert content_type.startswith("text/plain")


def test_label_names_are_checked() -> None:
    with pytest.raises(ValueError, match="labels are: kind, result"):
        metrics.webhook_requests.add(kind="voice")
    with pytest.raises(ValueError, match="labels are"):
        metrics.webhook_seconds.observe(0.1, kind="voice", number="1")


def test_counters_without_labels_and_histograms_count() -> None:
    before = _value("koza_journal_entries_total")
    metrics.journal_entries.add(2)
    assert _value("koza_journal_entries_total") == before + 2
    metrics.webhook_seconds.observe(0.02, kind="sms")
    assert _value("koza_webhook_seconds_count", kind="sms") >= 1


def test_everything_has_a_help_line_and_our_prefix() -> None:
    for family in metrics.REGISTRY.collect():
        assert family.name.startswith("koza_")
        assert family.documentation.endswith(".")
    assert all(name.startswith("koza_") and help_text.endswith(".") for name, help_text in metrics.STANDING.items())


def _alarms_of_the_code() -> Iterator[str]:
    for room in ("config", "core", "dashboard", "escalation", "hotline", "intake", "routing", "staff"):
        for path in (Path(__file__).parents[3] / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "alarms.add":
                    yield from (ast.literal_eval(given.value) for given in node.keywords if given.arg == "kind")


def test_every_alarm_of_the_code_is_counted_under_its_own_name() -> None:
    raised = set(_alarms_of_the_code())
    assert "unmask" in raised
    assert raised <= set(metrics.ALARM_KINDS)
