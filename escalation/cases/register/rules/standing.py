"""What protects her now, what is missing, and what is to be done today: decided from the register's rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from escalation.cases.register.rules import applications, breaches, decisions

Protected = Literal["yes", "waiting", "unknown", "none_known"]
#: From so many days before an end the extension is to be filed (``renewal_window``).
RENEWAL_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Held:
    """A decision as it stands, as far as this question needs it."""

    state: str
    #: Whether anything in it still protects: an item without an end, or one that did not end.
    protects: bool = True
    safe_end: date | None = None
    end_known: bool = True
    served: bool = True
    secrecy: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An application that is still open, or was."""

    state: str
    purpose: str
    secrecy: bool = False


#: In the order in which they are to be done.
Act = Literal[
    "ask_authority",
    "submit_urgent",
    "apply_again",
    "file_breach",
    "file_application",
    "file_extension",
    "get_her_approval",
    "ask_service",
    "ask_result",
    "ask_secrecy",
]


def protected(held: Iterable[Held], today: date) -> Protected:
    """Whether she is protected as far as the register knows.

    "None known" is never "none": a decision may exist that nobody entered. A decision whose approval nobody knows may
    still protect her, and so may one between its ends by two readings: both are unknown.
    """
    live = [item for item in held if item.protects]
    in_force = [item for item in live if item.state in decisions.IN_FORCE]
    if any(item.safe_end is None or item.safe_end >= today for item in in_force):
        return "yes"
    if any(item.state in ("issued_urgent", "submitted") for item in live):
        return "waiting"
    return "unknown" if in_force or any(item.state == "approval_unknown" for item in live) else "none_known"


def missing(held: Iterable[Held], asked: Iterable[Asked]) -> tuple[str, ...]:
    """What her protection lacks: approval, service, end, secrecy; empty where nothing protects her that could."""
    live = [item for item in held if item.protects and item.state in (*decisions.IN_FORCE, *decisions.WAITING)]
    if not live:
        return ()
    lacks = {
        "approval": any(item.state in decisions.WAITING for item in live),
        "service": any(not item.served for item in live),
        "end": any(not item.end_known for item in live),
        "secrecy": not any(item.secrecy for item in live) and not any(item.secrecy for item in asked),
    }
    return tuple(name for name, lacking in lacks.items() if lacking)


def today(
    held: Sequence[Held],
    asked: Sequence[Asked],
    breach_states: Iterable[str],
    day: date,
) -> tuple[Act, ...]:
    """What to do today, the most urgent first; empty where nothing waits for us."""
    live = [item for item in held if item.protects]
    open_purposes = {item.purpose for item in asked if item.state in applications.OPEN}
    lapsed = any(item.state in ("lapsed", "refused") for item in held)
    window = day + timedelta(days=RENEWAL_DAYS)
    ending = any(
        item.state in decisions.IN_FORCE and item.safe_end is not None and item.safe_end <= window for item in live
    )
    wanted: dict[Act, bool] = {
        "ask_authority": any(item.state == "approval_unknown" for item in live),
        "submit_urgent": any(item.state == "issued_urgent" for item in live),
        "apply_again": lapsed and protected(held, day) == "none_known" and "measures" not in open_purposes,
        "file_breach": any(state == breaches.MACHINE.first[0] for state in breach_states),
        "file_application": any(item.state == "approved_by_her" for item in asked),
        "file_extension": ending and "extension" not in open_purposes,
        "get_her_approval": any(item.state == "draft" for item in asked),
        "ask_service": any(item.state in decisions.IN_FORCE and not item.served for item in live),
        "ask_result": any(item.state == "filed" for item in asked),
        "ask_secrecy": "secrecy" in missing(held, asked),
    }
    return tuple(act for act, due in wanted.items() if due)
