"""View models of cases, invented: the list, one with its story."""

from __future__ import annotations

from dashboard import presenters as p
from tests.support.samples import ago, ahead, options

FIRED = p.FiredRule(level=1, sentence="Şu an yanında: 1. soruya evet.")


def case_list() -> p.CaseListPage:
    """A few cases, one overdue."""
    rows = (
        p.CaseRow(
            ref="V-3HD8-K2WP",
            href="/cases/V-3HD8-K2WP",
            state="active",
            level=1,
            owner="Derya T.",
            opened_at=ago(days=3),
            next_due_at=ahead(hours=11),
            next_due="Tedbir bitiyor",
        ),
        p.CaseRow(
            ref="V-9PQ2-44RA",
            href="/cases/V-9PQ2-44RA",
            state="monitoring",
            level=3,
            owner="Elif A.",
            opened_at=ago(days=61),
            next_due_at=ago(minutes=7),
            next_due="Görüşme",
        ),
        p.CaseRow(
            ref="V-77XA-M0NB",
            href="/cases/V-77XA-M0NB",
            state="closed",
            level=4,
            owner="Zeynep K.",
            opened_at=ago(days=130),
        ),
    )
    filters = (
        p.Field(name="state", label="Durum", kind="select", options=options(open="Açık", closed="Kapandı")),
        p.Field(name="owner", label="Sorumlu", kind="select", options=options(me="Ben", all="Herkes")),
    )
    return p.CaseListPage(rows=rows, filters=filters, next_href="/cases?before=1")


def story() -> tuple[p.TimelineItem, ...]:
    """A night in order: call, danger, page, acceptance, intake, case, note."""
    return (
        p.TimelineItem(at=ago(minutes=96), kind="call", what="Aradı, 5'e bastı", tone="now"),
        p.TimelineItem(at=ago(minutes=95), kind="state", what="Elif A. aldı", by="Elif A."),
        p.TimelineItem(
            at=ago(minutes=88), kind="screening", what="Ön değerlendirme: D1", by="Elif A.", body=FIRED.sentence
        ),
        p.TimelineItem(at=ago(minutes=80), kind="page", what="Nöbetçi çağrıldı: M4TX", by="Elif A.", tone="soon"),
        p.TimelineItem(at=ago(minutes=78), kind="page", what="Selin B. kabul etti", by="Selin B."),
        p.TimelineItem(at=ago(minutes=60), kind="state", what="Dosya açıldı", by="Elif A."),
        p.TimelineItem(
            at=ago(minutes=52),
            kind="note",
            what="Not",
            by="Selin B.",
            body="Kız kardeşine gitti. Sabah 09:00'da telefonla görüşülecek; arama yerine nötr mesaj.",
        ),
        p.TimelineItem(at=ago(minutes=2), kind="text", what="Mesaj geldi"),
    )


def case() -> p.CasePage:
    """A case of this night."""
    header = p.CaseHeader(
        id="V-3HD8-K2WP",
        ref="V-3HD8-K2WP",
        state="active",
        owner="Derya T.",
        opened_at=ago(minutes=60),
        fired=FIRED,
        protection="Koruma 28.02.2027'ye kadar · son güvenli başvuru 26.02 · tebliğ kaydı yok",
        protection_tone="soon",
        intake_ref="R-7K2M-9Q11",
        intake_href="/contacts/018f0000-0000-7000-8000-000000000111",
    )
    tasks = (
        p.TaskRow(
            id="t1", title="Sabah görüşmesi", due_at=ahead(hours=8), owner="Derya T.", tone="soon", may_finish=True
        ),
        p.TaskRow(
            id="t2", title="Tedbir dilekçesi", due_at=ago(minutes=20), owner="Nur D.", tone="now", may_finish=True
        ),
        p.TaskRow(
            id="t3", title="Vardiya amirine bilgi", due_at=ago(hours=1), owner="Elif A.", done_at=ago(minutes=50)
        ),
    )
    return p.CasePage(
        header=header,
        timeline=story(),
        tasks=tasks,
        next_states=options(monitoring="İzlemede", closed="Kapandı"),
        owners=options(a="Derya T.", b="Elif A."),
        case_workers=options(a="Derya T."),
        note_kinds=options(team="Ekibe not"),
        may_assign=True,
        may_write=True,
        readers=("Derya T. (sorumlu)", "Elif A. (açan)"),
        facts=(("Dil", "Kürtçe"), ("İl", "06 Ankara"), ("Şiddet türü", "Fiziksel, ısrarlı takip")),
    )
