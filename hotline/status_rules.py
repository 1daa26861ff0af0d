"""How states of calls and messages rise, and what an error code of the carrier means. Pure decisions.

Status callbacks arrive doubled, late and out of order, and those of messages carry no time. So a state is a place in a
lattice: it only rises, the end states stay, and the result does not depend on the order in which callbacks came. What
contradicts an end state is kept as a flag for people and does not move the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from core.catalogue import Catalogue, Entry, Text, load_catalogue

ErrorClass = Literal["retry", "permanent", "config_alarm", "switch_channel", "opted_out", "not_mobile"]

_CALL_RANKS: Final[Mapping[str, int]] = {
    "queued": 10,
    "initiated": 20,
    "ringing": 30,
    "in-progress": 40,
    # Among the ends the one that says most about what happened wins: a call that was answered and completed is no
    # "canceled", whichever callback came first.
    "canceled": 90,
    "failed": 91,
    "no-answer": 92,
    "busy": 93,
    "completed": 94,
}
_MESSAGE_RANKS: Final[Mapping[str, int]] = {
    "accepted": 10,
    "scheduled": 11,
    "queued": 20,
    "sending": 30,
    "sent": 40,
    "receiving": 50,
    "received": 51,
    # Ends. A receipt of delivery is proof, a failure is a guess of the network; so delivered stands above failed,
    # and read above delivered.
    "canceled": 90,
    "undelivered": 91,
    "failed": 92,
    "partially_delivered": 93,
    "delivered": 94,
    "read": 95,
}
_TERMINAL_FROM: Final = 90
_FAILED_MESSAGE: Final = frozenset({"canceled", "undelivered", "failed"})
_REACHED_MESSAGE: Final = frozenset({"partially_delivered", "delivered", "read"})


@dataclass(frozen=True, slots=True)
class State:
    """A state with what has been noted about it.

    `contradicted`: a failure was reported for a message that was delivered, or an end for a call that ended otherwise.
    `error_code` is kept from the failure that counts, the smallest if several were given, so that order has no say.
    """

    status: str | None = None
    error_code: int | None = None
    contradicted: bool = False


#: Nothing has been heard yet.
NOTHING: Final = State()


def advance_call(current: State, incoming: str, error_code: int | None = None) -> State:
    """The state of a call after a callback saying `incoming`; an unknown word changes nothing."""
    return _advance(_CALL_RANKS, current, incoming, error_code, conflict=_calls_conflict)


def advance_message(current: State, incoming: str, error_code: int | None = None) -> State:
    """The state of a message after a callback saying `incoming`; an unknown word changes nothing."""
    return _advance(_MESSAGE_RANKS, current, incoming, error_code, conflict=_messages_conflict)


def call_is_over(status: str | None) -> bool:
    """Whether a call in `status` has ended."""
    return _CALL_RANKS.get(status or "", 0) >= _TERMINAL_FROM


def message_is_final(status: str | None) -> bool:
    """Whether nothing but a read receipt can follow `status`."""
    return _MESSAGE_RANKS.get(status or "", 0) >= _TERMINAL_FROM


def message_failed(status: str | None) -> bool:
    """Whether a message in `status` did not reach its recipient."""
    return status in _FAILED_MESSAGE


def message_reached(status: str | None) -> bool:
    """Whether a message in `status` reached the handset; no proof that a person has read it."""
    return status in _REACHED_MESSAGE


def _advance(
    ranks: Mapping[str, int],
    current: State,
    incoming: str,
    error_code: int | None,
    *,
    conflict: "_Conflict",
) -> State:
    if incoming not in ranks:
        return current
    before = current.status
    status = incoming if before is None or ranks[incoming] > ranks[before] else before
    codes = [code for code in (current.error_code, error_code) if code]
    return State(
        status=status,
        error_code=min(codes, default=None),
        contradicted=current.contradicted or (before is not None and conflict(before, incoming)),
    )


class _Conflict:
    """Whether two reported ends exclude each other. Symmetric, so that the order of callbacks has no say."""

    def __init__(self, *parties: frozenset[str]) -> None:
        self._parties = parties

    def __call__(self, one: str, other: str) -> bool:
        first = next((party for party in self._parties if one in party), None)
        second = next((party for party in self._parties if other in party), None)
        return first is not None and second is not None and first is not second


_messages_conflict: Final = _Conflict(_FAILED_MESSAGE, _REACHED_MESSAGE)
_calls_conflict: Final = _Conflict(
    frozenset({"completed"}),
    frozenset({"busy"}),
    frozenset({"no-answer"}),
    frozenset({"failed"}),
    frozenset({"canceled"}),
)


class CarrierError(Entry):
    """One error code of the carrier and the class of what to do about it."""

    code: int
    error_class: Annotated[ErrorClass, Field(alias="class")]
    meaning: Text


class CarrierErrors(Catalogue):
    """The catalogue of error codes."""

    default: ErrorClass
    errors: tuple[CarrierError, ...]

    @model_validator(mode="after")
    def _codes_stand_once(self) -> "CarrierErrors":
        codes = [error.code for error in self.errors]
        if len(codes) != len(set(codes)):
            raise ValueError("an error code stands twice")
        return self


@cache
def carrier_errors() -> CarrierErrors:
    """The catalogue as shipped. Raises core.catalogue.CatalogueError."""
    return load_catalogue(Path(__file__).parent / "catalogue" / "carrier_errors.yaml", CarrierErrors)


@cache
def _classes() -> Mapping[int, ErrorClass]:
    return {error.code: error.error_class for error in carrier_errors().errors}


def error_class(code: int | None) -> ErrorClass:
    """What to do about the error `code`; the catalogue's default for a code it does not list, or for none."""
    return _classes().get(code or 0, carrier_errors().default)
