"""Inserts as one statement: what goes where is the same as one after another."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from core.merging import Insert, Waiting, cut, merge, together

A = "INSERT INTO a (id, at) VALUES ($1::UUID, koza_now() - $2)"
B = "INSERT INTO b (id, name) VALUES ($1::VARCHAR(20), $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name"


def insert(sql: str) -> Insert:
    found = cut(sql)
    assert found is not None
    return found


def test_an_insert_is_cut_where_further_rows_go() -> None:
    assert insert(A) == Insert("INSERT INTO a (id, at) VALUES ", "($1::UUID, koza_now() - $2)", "")
    assert insert(B).tail == " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    assert cut("DELETE FROM a WHERE id = $1") is None
    assert cut("INSERT INTO a (id) SELECT id FROM b") is None


def test_rows_of_one_insert_keep_their_order_and_every_value_its_place() -> None:
    merged = merge([insert(A), insert(B), insert(A)])
    assert merged.sql == (
        "WITH w0 AS (INSERT INTO a (id, at) VALUES ($1::UUID, koza_now() - $2), ($3::UUID, koza_now() - $4)) "
        "INSERT INTO b (id, name) VALUES ($5::VARCHAR(20), $6) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
    )
    assert merged.values([[1, 2], [3, 4], [5, 6]]) == [1, 2, 5, 6, 3, 4]


def waiting(sql: str, number: int, replaces: tuple[int, ...] = ()) -> Waiting:
    return Waiting(sql, [number, -number], cut(sql), replaces)


@given(st.lists(st.sampled_from([A, B, "DELETE FROM a WHERE id = $1 AND at = $2"]), max_size=12))
def test_nothing_is_left_out_doubled_or_put_before_what_it_came_after(kinds: list[str]) -> None:
    run = [waiting(sql, number) for number, sql in enumerate(kinds, 1)]
    for _ in range(5):
        sent = together(run)
        assert sorted(value for _, values in sent for value in values) == sorted(
            value for one in run for value in one.values
        )
        for sql, values in sent:
            assert len(set(re.findall(r"\$\d+", sql))) == len(values)
        # What is not merged cuts what came before it from what comes after.
        cuts = [values[0] for sql, values in sent if sql.startswith("DELETE")]
        for place, (_, values) in enumerate(sent):
            before = {values[0] for sql, values in sent[:place] if sql.startswith("DELETE")}
            assert all(one in before for one in cuts if one < min((abs(v) for v in values), default=0))


def test_a_row_that_is_replaced_twice_is_not_merged() -> None:
    run = [waiting(B, 1, (7,)), waiting(B, 2, (7,))]
    for _ in range(6):
        assert [sql for sql, _ in together(run)] == [B, B]
    run = [waiting(B, 1, (7,)), waiting(B, 2, (8,))]
    for _ in range(6):
        sent = together(run)
    assert len(sent) == 1
