"""What the carrier had against what the house has: nothing may be missing, nothing may be there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.faults.exchange import Exchange, Record
from tests.faults.house import House


@dataclass(frozen=True)
class Lists:
    """SIDs on both sides, each as often as it stands there."""

    carrier_calls: tuple[str, ...]
    carrier_texts: tuple[str, ...]
    house_calls: tuple[str, ...]
    house_texts: tuple[str, ...]
    #: What the house asked of the carrier, as the carrier has it and as the house knows it.
    carrier_sends: tuple[str, ...] = ()
    house_sends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """SIDs by what is wrong with them."""

    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    #: In the house and not at the carrier: made up, or of another account.
    unknown: tuple[str, ...]
    #: Calls and texts of ours that the carrier carried out and the house does not know.
    strays: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Nothing is wrong."""
        return not (self.missing or self.doubled or self.unknown or self.strays)


def compare(lists: Lists) -> Verdict:
    """Find what is missing, doubled or unknown."""
    carrier = [*lists.carrier_calls, *lists.carrier_texts]
    times = Counter([*lists.house_calls, *lists.house_texts])
    return Verdict(
        missing=_minus(carrier, times),
        doubled=tuple(sorted(sid for sid, count in times.items() if count > 1)),
        unknown=_minus(times, carrier),
        strays=_minus(lists.carrier_sends, lists.house_sends),
    )


def _minus(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(these) - set(those)))


def without(lists: Lists, sid: str) -> Lists:
    """A copy in which the house lost one."""
    return Lists(
        lists.carrier_calls,
        lists.carrier_texts,
        tuple(one for one in lists.house_calls if one != sid),
        tuple(one for one in lists.house_texts if one != sid),
        lists.carrier_sends,
        lists.house_sends,
    )


def with_twice(lists: Lists, sid: str) -> Lists:
    """A copy in which the house has one twice."""
    return Lists(
        lists.carrier_calls,
        lists.carrier_texts,
        (*lists.house_calls, sid),
        lists.house_texts,
        lists.carrier_sends,
        lists.house_sends,
    )


def sees_a_loss(lists: Lists) -> bool:
    """Whether the comparison is not blind: one row taken out of a copy, and one put in twice, are both reported."""
    every = [*lists.house_calls, *lists.house_texts]
    if not every:
        return False
    for sid in (every[0], every[-1]):
        lost, twice = compare(without(lists, sid)), compare(with_twice(lists, sid))
        if lost.missing != (sid,) or twice.doubled != (sid,):
            return False
    return True


def read(house: House, exchange: Exchange) -> Lists:
    """Both sides as they are now; the carrier's side first, so that what came in between is no surplus."""
    calls, messages = exchange.truth()
    carrier = {
        "calls": _of(calls, "inbound"),
        "texts": _of(messages, "inbound"),
        "sends": (*_of(calls, "outbound-api"), *_of(messages, "outbound-api")),
    }
    voice = house.rows("SELECT carrier_sid FROM hotline_contacts WHERE channel = 'voice'")
    texts = house.rows("SELECT carrier_sid FROM hotline_messages WHERE direction = 'in'")
    sends = house.rows("SELECT carrier_sid FROM hotline_attempts WHERE carrier_sid IS NOT NULL")
    return Lists(
        carrier_calls=carrier["calls"],
        carrier_texts=carrier["texts"],
        house_calls=tuple(row[0] for row in voice),
        house_texts=tuple(row[0] for row in texts),
        carrier_sends=carrier["sends"],
        house_sends=tuple(row[0] for row in sends),
    )


def _of(records: Mapping[str, Record], direction: str) -> tuple[str, ...]:
    return tuple(sid for sid, record in records.items() if record["direction"] == direction)
