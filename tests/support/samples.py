"""View models with plausible, invented contents, for tests that draw pages without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard import presenters as p

NOW = datetime(2026, 11, 23, 21, 14, 30, tzinfo=UTC)
ME = "018f0000-0000-7000-8000-000000000001"
OTHER = "018f0000-0000-7000-8000-000000000002"
ALL_PLACES = ("board", "cases", "search", "shifts", "pages", "reports", "staff", "night_acts", "audit")


def ago(**span: int) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(**span)


def ahead(**span: int) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(**span)


def shell(current: str = "board", *, locale: str = "tr", **changes: Any) -> p.Shell:
    """The frame around a page of a signed-in operator."""
    given: dict[str, Any] = {
        "locale": locale,
        "csrf_token": "token",
        "now": NOW,
        "path": "/",
        "title": "Koza · 3",
        "head": 41,
        "me": p.Me(id=ME, display="Elif A.", role="Operatör", centre="Ankara"),
        "nav": p.rail(ALL_PLACES, current),
        "counts": p.Counts(level1=1, level2=2, level4=1),
        "may_receive": True,
        "ready": True,
    }
    return p.Shell(**{**given, **changes})


def plain_shell(locale: str = "tr") -> p.Shell:
    """The frame of a page without a session."""
    return p.Shell(locale=locale, csrf_token="token", now=NOW, path="/sign-in")


def row(number: int, **changes: Any) -> p.BoardRow:
    """A contact on the board."""
    given: dict[str, Any] = {
        "id": f"018f0000-0000-7000-8000-0000000001{number:02d}",
        "ref": f"R-7K2M-9Q{number:02d}",
        "channel": "voice",
        "level": 2,
        "language": "tr",
        "province": "Ankara",
        "state": "queued",
        "lane": "waiting",
        "since": ago(minutes=number, seconds=12),
        "heard_at": ago(minutes=number, seconds=12),
    }
    return p.BoardRow(**{**given, **changes})


def snapshot() -> p.Snapshot:
    """A busy quarter of an hour at night."""
    rows = (
        row(
            4,
            level=1,
            language="ku",
            province="Çankaya, Ankara",
            state="offered",
            offer="offered",
            offered_to=(ME, OTHER),
            marks=("key5",),
            repeat=3,
            since=ago(minutes=1, seconds=48),
        ),
        row(
            6,
            state="queued",
            since=ago(minutes=6, seconds=12),
            offer="offered",
            offered_to=(OTHER,),
            language="ar",
            page=p.PageMark(code="K7Q2", state="open", step=1, steps=3, due_at=ahead(minutes=2)),
        ),
        row(2, channel="text", state="waiting_staff", since=ago(minutes=2, seconds=5), language=""),
        row(9, level=4, state="ivr", since=ago(seconds=22), province=""),
        row(11, lane="active", state="connected", level=1, owner="Elif A.", owner_id=ME, since=ago(minutes=14)),
        row(
            12,
            lane="active",
            state="in_conversation",
            channel="text",
            level=2,
            owner="Zeynep K.",
            owner_id=OTHER,
            since=ago(minutes=31),
            language="ku",
            province="Polatlı, Ankara",
        ),
        row(13, lane="active", state="wrap_up", level=3, owner="Derya T.", owner_id="x", since=ago(minutes=3)),
    )
    pages = (
        p.PageRow(
            id="p1",
            code="K7Q2",
            state="open",
            level=2,
            step=1,
            steps=3,
            opened_at=ago(minutes=4),
            reason="text_unanswered",
            subject_ref="R-7K2M-9Q06",
            due_at=ahead(minutes=2, seconds=3),
            woken=2,
        ),
        p.PageRow(
            id="p2",
            code="M4TX",
            state="acked",
            level=1,
            step=2,
            steps=3,
            opened_at=ago(minutes=22),
            reason="operator_request",
            subject_ref="R-7K2M-9Q11",
            accepted_by="Selin B.",
            woken=3,
        ),
    )
    due = (
        p.DueItem(id="d1", ref="V-3HD8-K2WP", kind="task", due_at=ahead(minutes=46), href="/cases/x", owner="Derya T."),
        p.DueItem(id="d2", ref="V-9PQ2-44RA", kind="callback", due_at=ago(minutes=7), href="/cases/y", owner="Elif A."),
    )
    duty = (
        p.DutyEntry(
            line="Ankara",
            role="operator",
            people=("Elif A.", "Zeynep K.", "Derya T."),
            count=3,
            ready=2,
            starts_at=ago(hours=5),
            ends_at=ahead(hours=8),
        ),
        p.DutyEntry(
            line="Ankara gece",
            role="oncall",
            people=("Selin B.",),
            count=1,
            ready=1,
            starts_at=ago(hours=5),
            ends_at=ahead(hours=8),
        ),
        p.DutyEntry(
            line="Ankara",
            role="operator",
            people=("Merve S.", "Nur D."),
            count=2,
            ready=0,
            starts_at=ahead(hours=8),
            ends_at=ahead(hours=16),
            next=True,
        ),
        p.DutyEntry(
            line="Ankara gece",
            role="oncall",
            people=(),
            count=0,
            ready=0,
            starts_at=ahead(hours=8),
            ends_at=ahead(hours=16),
            next=True,
            gap=True,
        ),
    )
    return p.Snapshot(
        head=41,
        heads={"018f0000-0000-7000-8000-00000000000a": 41},
        now=NOW,
        rows=rows,
        pages=pages,
        due=due,
        duty=duty,
        counts=p.Counts(level1=1, level2=2, level4=1),
    )


def board() -> p.BoardPage:
    """The board of an operator."""
    return p.BoardPage(snapshot=snapshot(), may_accept=True, may_open=True)


def options(**words: str) -> tuple[p.Option, ...]:
    """Options from code=label."""
    return tuple(p.Option(value=value, label=label) for value, label in words.items())


YES_NO = options(yes="Evet", no="Hayır", unknown="Bilmiyor", refused="Yanıtlamadı")


def sign_in(**changes: Any) -> p.SignInPage:
    """The sign-in form."""
    return p.SignInPage(**changes)
