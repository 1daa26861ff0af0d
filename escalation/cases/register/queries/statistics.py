"""Counts of a centre's register: applications, grants, extensions, lapses, breaches, detention. Aggregates alone.

A decision with two letters of an article counts once for the article and once for each letter, so that the counts of
letters are no parts of a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, select, true
from sqlalchemy.orm import Session

from escalation.cases.register.catalogue_rows import measures
from escalation.cases.register.models import Application, ApplicationItem, Authority, Breach, Change, Decision, Item
from staff.errors import MissingPermissionError
from staff.rules import ISTANBUL
from staff.scope import Scope

Grouping = Literal["all", "month", "measure", "article", "authority", "province"]
GROUPINGS: Final[tuple[Grouping, ...]] = get_args(Grouping)
#: Who sees aggregates: who counts, who reports, and who reads the whole register.
_READERS: Final = ("statistics.read", "report.read", "register.read")

#: Groups of which a row may belong to several.
_OF_MEASURES: Final = ("measure", "article")
#: Columns that hold a moment; the others hold a day.
_MOMENTS: Final = (Application.filed_at, Breach.occurred_at)


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened in a period. ``key`` is empty without a grouping."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Something that is counted: which rows, on which day, from which decision or application."""

    kind: str
    model: Any
    day: Any
    where: tuple[ColumnElement[bool], ...] = ()
    weight: Any = None


_SOURCES: Final = (
    _Source("applications", Application, Application.filed_at),
    _Source("granted", Application, Application.answered_on, (Application.state.in_(("granted", "partly_granted")),)),
    _Source("refused", Application, Application.answered_on, (Application.state == "refused",)),
    _Source("decisions", Decision, Decision.decided_on),
    _Source("urgent_decisions", Decision, Decision.decided_on, (Decision.approver.is_not(None),)),
    _Source("lapsed", Decision, Decision.ended_on, (Decision.state == "lapsed",)),
    _Source("not_approved", Decision, Decision.ended_on, (Decision.state == "refused",)),
    _Source("expired", Decision, Decision.ended_on, (Decision.state == "expired",)),
    _Source("extensions", Change, Change.decided_on, (Change.kind == "extension",)),
    _Source("lifted", Decision, Decision.ended_on, (Decision.state == "lifted",)),
    _Source("breaches", Breach, Breach.occurred_at, (Breach.called_off_at.is_(None),)),
    _Source("detentions", Breach, Breach.decided_on, (Breach.state.in_(("accepted", "executed")),)),
    _Source("detention_days", Breach, Breach.decided_on, (Breach.state.in_(("accepted", "executed")),), Breach.days),
    _Source("detention_refused", Breach, Breach.decided_on, (Breach.state == "refused",)),
)


def statistics(session: Session, scope: Scope, since: date, until: date, by: Grouping = "all") -> list[Count]:
    """What happened from ``since`` to ``until`` (both included) in the reader's centre, counted in groups.

    Cases under secrecy are counted: nobody is named. Raises MissingPermissionError where the reader sees no aggregates.
    """
    if not any(scope.may(code) for code in _READERS):
        raise MissingPermissionError(scope.actor, _READERS[0], "register")
    articles = {code: item.article for code, (_id, item) in measures(session).items()} if by == "article" else {}
    found: dict[str, dict[str, int]] = {}
    for together in _scanned():
        query = _counted(together, scope, since, until, by, articles)
        for key, *counts in session.execute(query):
            for source, count in zip(together, counts, strict=True):
                found.setdefault(source.kind, {})[key or ""] = int(count or 0)
    return [Count(source.kind, key, count) for source in _SOURCES for key, count in found.get(source.kind, {}).items()
            if count]  # fmt: skip


def _scanned() -> list[list[_Source]]:
    """The sources that look at the same rows by the same day: each such span is read once for all of them."""
    spans: dict[tuple[Any, str], list[_Source]] = {}
    for source in _SOURCES:
        spans.setdefault((source.model, source.day.key), []).append(source)
    return list(spans.values())


def _counted(
    together: Sequence[_Source], scope: Scope, since: date, until: date, by: Grouping, articles: dict[str, str]
) -> Select[Any, Any]:
    first = together[0]
    key, query = _joined(first, by, articles)
    counts = [
        (and_(true(), *source.where), literal(1) if source.weight is None else source.weight) for source in together
    ]
    columns = [first.model.id.label("id"), key.label("key")]
    for number, (counted, weight) in enumerate(counts):
        columns += [counted.label(f"counted_{number}"), weight.label(f"weight_{number}")]
    rows = query.with_only_columns(*columns, maintain_column_froms=True)
    rows = rows.where(*_within(first, since, until), *_of_centres(first, scope))
    if len(together) == 1:
        rows = rows.where(*first.where)
    # Each row once for each key, however many of its measures carry it.
    once = (rows.distinct() if by in _OF_MEASURES else rows).subquery("once")
    sums = [func.sum(once.c[f"weight_{number}"]).filter(once.c[f"counted_{number}"]) for number in range(len(counts))]
    return select(once.c.key, *sums).group_by(once.c.key).order_by(once.c.key)


def _joined(source: _Source, by: Grouping, articles: dict[str, str]) -> tuple[ColumnElement[Any], Select[Any]]:
    query: Any = select(source.model.id).select_from(source.model)
    if source.model in (Breach, Change) and by not in ("all", "month"):
        query = query.join(Decision, Decision.id == source.model.decision_id)
    if by == "month":
        return func.to_char(_local(source.day), "YYYY-MM"), query
    if by in ("authority", "province"):
        of = Application if source.model is Application else Decision
        query = query.join(Authority, Authority.id == of.authority_id)
        return (Authority.kind if by == "authority" else Authority.province_code).expression, query
    if by in _OF_MEASURES:
        query, code = _with_code(source, query)
        return code if by == "measure" else _article(code, articles), query
    return cast(literal(""), String), query


def _with_code(source: _Source, query: Any) -> tuple[Any, ColumnElement[Any]]:
    if source.model is Application:
        items = query.join(ApplicationItem, ApplicationItem.application_id == Application.id)
        return items, ApplicationItem.code.expression
    on: ColumnElement[bool] = Item.decision_id == Decision.id
    if source.model is Breach:
        on = and_(on, Breach.codes.has_key(Item.code))
    return query.join(Item, on), Item.code.expression


def _article(code: ColumnElement[Any], articles: dict[str, str]) -> ColumnElement[Any]:
    return case(*((code == one, literal(article)) for one, article in articles.items()), else_=literal(""))


def _local(day: Any) -> ColumnElement[Any]:
    """A moment as the day in Turkey; a date is one already."""
    return func.timezone(str(ISTANBUL), day) if any(day is moment for moment in _MOMENTS) else day.expression


def _within(source: _Source, since: date, until: date) -> Iterator[ColumnElement[bool]]:
    if any(source.day is moment for moment in _MOMENTS):
        yield source.day >= datetime.combine(since, time(), ISTANBUL)
        yield source.day < datetime.combine(until + timedelta(days=1), time(), ISTANBUL)
    else:
        yield source.day >= since
        yield source.day <= until


def _of_centres(source: _Source, scope: Scope) -> Iterable[ColumnElement[bool]]:
    if scope.is_system:
        return ()
    return (source.model.centre_id.in_(scope.centre_ids),)
