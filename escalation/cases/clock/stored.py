"""Triggers and readings as the database keeps them: JSON with ISO dates and moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from core.catalogue import Label
from escalation.cases.clock.periods import Term
from escalation.cases.clock.reckoning import Reading, Reckoned, Step, Trigger, Value


def triggers_out(triggers: Iterable[Trigger]) -> dict[str, Any]:
    """Triggers for a column."""
    return {
        "given": [{"basis": one.basis, "at": _out(one.at), "decided": _decided_out(one.decided)} for one in triggers]
    }


def triggers_in(stored: dict[str, Any]) -> list[Trigger]:
    """Triggers of a column."""
    return [Trigger(one["basis"], _moment_or_day(one["at"]), _decided_in(one["decided"])) for one in stored["given"]]


def reading_out(reading: Reading) -> dict[str, Any]:
    """A reading for a column: the steps and ends of what drives it, and of the others."""
    return {"driving": _reckoned_out(reading.driving), "others": [_reckoned_out(one) for one in reading.others]}


def steps_in(stored: list[dict[str, Any]]) -> tuple[Step, ...]:
    """The steps of one stored reading."""
    return tuple(
        Step(one["code"], tuple((name, _in(value)) for name, value in one["values"].items())) for one in stored
    )


def _reckoned_out(one: Reckoned) -> dict[str, Any]:
    return {
        "basis": one.basis,
        "legal_day": _out(one.ends.legal_day if one.ends else None),
        "legal_at": _out(one.legal_at),
        "safe_at": _out(one.safe_at),
        "steps": [
            {"code": step.code, "values": {name: _wrapped(value) for name, value in step.values}} for step in one.steps
        ],
    }


def _wrapped(value: Value) -> Any:
    """A value that says what it is: a text is no moment."""
    if isinstance(value, Label):
        return {"tr": value.tr, "en": value.en}
    return value if isinstance(value, str | int) else {"at": value.isoformat()}


def _in(value: Any) -> Value:
    if isinstance(value, dict):
        return _moment_or_day(value["at"]) if "at" in value else Label(tr=value["tr"], en=value["en"])
    found: Value = value
    return found


def _out(at: datetime | date | None) -> str | None:
    return None if at is None else at.isoformat()


def _moment_or_day(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _decided_out(decided: date | Term | None) -> Any:
    return [decided.n, decided.unit] if isinstance(decided, Term) else _out(decided)


def _decided_in(stored: Any) -> date | Term | None:
    if stored is None:
        return None
    return Term(stored[0], stored[1]) if isinstance(stored, list) else date.fromisoformat(stored)
