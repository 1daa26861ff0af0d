"""Which records pairs join: the same from each of them, and without a pair what was before it."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from intake.one_person import Pair, reached

ids = st.integers(0, 7).map(lambda number: UUID(int=number))
pairs = st.lists(st.tuples(ids, ids), max_size=10)


@given(ids, pairs)
def test_who_is_reached_reaches_the_same(start: UUID, said: list[Pair]) -> None:
    found = reached([start], said)
    assert start in found
    assert {reached([one], said) for one in found} == {found}
    assert not [pair for pair in said if len(found & set(pair)) == 1 and pair[0] != pair[1]]


@given(ids, pairs, st.tuples(ids, ids))
def test_a_pair_only_adds_and_what_it_adds_hangs_on_it(start: UUID, said: list[Pair], more: Pair) -> None:
    before, after = reached([start], said), reached([start], [*said, more])
    assert before <= after
    assert before == after or before & set(more)
