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


def questions(errors: dict[str, str] | None = None) -> p.IntakeQuestions:
    """The questions of a half-filled intake."""
    values = {
        "safe_to_talk": ("yes",),
        "safe_call": ("never",),
        "safe_sms": ("neutral",),
        "language": ("ku",),
        "province_code": ("06",),
        "violence_types": ("physical", "stalking"),
        "caller_role": ("self",),
        "summary": ("Kapının önünde beklediğini söylüyor. İki çocuk içeride, uyuyor.",),
    }
    channel = options(never="Asla", neutral="Yalnız nötr", ok="Olur")
    choices = {
        "safe_to_talk": options(yes="Evet", careful="Dikkatle", no="Hayır", not_asked="Sorulmadı"),
        "language": options(tr="Türkçe", ku="Kürtçe", ar="Arapça", en="İngilizce"),
        "caller_role": options(self="Kendisi", neighbour="Komşu", relative="Akraba", police="Kolluk"),
        "province_code": (p.Option(value="06", label="06 Ankara"), p.Option(value="35", label="35 İzmir")),
        "age_band": options(u18="18 altı", a="18–29", b="30–44", c="45 ve üstü"),
        "contact_class": options(violence="Şiddet", info="Bilgi", silent="Sessiz arama"),
        "safe_call": channel,
        "safe_sms": channel,
        "safe_on_drop": options(wait="Yeniden aramasını bekle", call_back="Geri ara", send_police="Kolluk gönder"),
        "caller_not_alone": options(yes="Yanında biri var"),
        "wants_woman": options(yes="Evet"),
        "interpreter_needed": options(yes="Evet"),
        "immediate_danger": YES_NO,
        "violence_types": options(
            physical="Fiziksel",
            sexual="Cinsel",
            psychological="Psikolojik",
            verbal="Sözel",
            economic="Ekonomik",
            stalking="Israrlı takip",
            digital="Dijital",
        ),
        "relation": options(husband="Eşi", ex="Eski eşi", partner="Partneri", family="Ailesinden"),
        "happened_when": options(now="Şu anda", today="Bugün", week="Bu hafta", older="Daha önce"),
        "existing_measure": options(none="Yok", active="Var", lapsed="Süresi doldu", unknown="Bilmiyor"),
        "wants": options(shelter="Konukevi", measure="Tedbir kararı", lawyer="Avukat", listen="Dinlenmek"),
        "actions_taken": options(police="112 anlatıldı", plan="Güvenlik planı", info="Bilgi verildi"),
        "outcome": options(case="Dosya açıldı", referred="Yönlendirildi", informed="Bilgilendirildi"),
        "operator_state": options(fine="İyiyim", heavy="Ağır geldi", talk="Konuşmak isterim"),
    }
    return p.IntakeQuestions(values, choices, closes=("outcome", "safe_to_talk"), errors=errors)


def intake(errors: dict[str, str] | None = None, *, level: int = 1) -> p.IntakeForm:
    """A half-filled intake of level 1."""
    asked = questions(errors)
    items = (
        "Şu an yanınızda mı, dışarıda bekliyor mu?",
        "Sizi ya da çocukları öldürmekle tehdit etti mi?",
        "Silah ya da bıçak kullandı, gösterdi mi?",
        "Boğazınızı sıktı mı?",
    )
    screened = tuple(
        p.Field(name=f"q{number}", label=text, kind="radios", options=YES_NO, values=("yes",) if number == 1 else ())
        for number, text in enumerate(items, start=1)
    )
    return p.IntakeForm(
        id="018f0000-0000-7000-8000-000000000301",
        ref="R-7K2M-9Q11",
        state="in_progress",
        safe=asked.safe(),
        sections=asked.sections(),
        screening=p.screening(screened),
        outcome=asked.outcome(),
        fired=p.FiredRule(level=level, sentence="Şu an yanında: 1. soruya evet."),
        saved_at=ago(minutes=1),
        version=7,
        may_close=True,
        may_triage=True,
        may_raise=True,
        lower=lower(),
        may_open_case=True,
        errors=tuple(p.FormError(field=name, text=text) for name, text in (errors or {}).items()),
    )


def lower(*, error: str = "") -> p.LowerForm:
    """Lowering level 1 at night: a second person was asked, and it can be done alone."""
    return p.LowerForm(
        levels=options(**{"2": "D2 Acil", "3": "D3 Destek", "4": "D4 Bilgi"}),
        chosen="3" if error else "",
        reason="Yanlış tuşa basmış" if error else "",
        error=error,
        two=p.FourEyes(asked_until=ahead(minutes=20), alone="Tek başına, yalnız gece: hemen yapılır."),
    )


def contact(**changes: Any) -> p.ContactPanel:
    """A call this operator holds."""
    reasons = (
        p.Option(value="second_person", label="Vakaya ikinci kişi gerekiyor"),
        p.Option(value="shelter_tonight", label="Bu gece konukevi"),
        p.Option(value="legal_tonight", label="Bu gece hukukçu"),
    )
    given: dict[str, Any] = {
        "id": "018f0000-0000-7000-8000-000000000111",
        "ref": "R-7K2M-9Q11",
        "channel": "voice",
        "level": 1,
        "state": "connected",
        "language": "ku",
        "line": "Ankara",
        "arrived_at": ago(minutes=16),
        "since": ago(minutes=14),
        "owner": "Elif A.",
        "mine": True,
        "masked_number": "+90 5•• ••• •• 47",
        "marks": ("key5",),
        "page_code": "M4TX",
        "page_state": "acked",
        "may_hang_up": True,
        "may_escalate": True,
        "may_close": True,
        "may_unmask": True,
        "close_needs": (p.FormError(field="outcome", text="Sonuç"),),
        "callback": p.Gate(allowed=True, sentence="Bizi belli edecek bir şey söylemeyin.", sender="+44 20 •••• 0183"),
        "escalate": p.EscalateForm(reasons=reasons, effect="Şimdi 2 kişi uyandırılır, 3 dakika sonra 1 kişi daha."),
    }
    return p.ContactPanel(**{**given, **changes})


def person(**changes: Any) -> p.PersonPanel:
    """A known number whose holder has not been checked."""
    earlier = (
        p.EarlierContact(ref="R-2WX9-4PLM", at=ago(days=12), channel="voice", outcome="Bilgilendirildi"),
        p.EarlierContact(ref="R-8TR1-QQ04", at=ago(days=40), channel="text", outcome="Yanıtsız kaldı"),
    )
    given: dict[str, Any] = {
        "known": True,
        "identity_checked": True,
        "code_word_set": True,
        "earlier": earlier,
        "safe_contact": (("Arama", "Asla"), ("Mesaj", "Yalnız nötr"), ("Saatler", "Hafta içi 10:00–15:00")),
        "open_case_ref": "V-3HD8-K2WP",
        "open_case_href": "/cases/V-3HD8-K2WP",
    }
    return p.PersonPanel(**{**given, **changes})


def thread(*, allowed: bool = True) -> p.Thread:
    """A short thread in two languages."""
    messages = (
        p.Message(id="m1", direction="in", text="yardım lazım arayamam", at=ago(minutes=9), language="tr"),
        p.Message(
            id="m2",
            direction="out",
            text="Buradayım. Şu an güvende misiniz?",
            at=ago(minutes=8),
            by="Elif A.",
            state="iletildi",
        ),
        p.Message(id="m3", direction="in", text="هل أنت هناك؟", at=ago(minutes=6), language="ar"),
        p.Message(
            id="m4",
            direction="out",
            text="Evet, buradayım.",
            at=ago(seconds=4),
            by="Elif A.",
            state="bekliyor",
            undo_until=ahead(seconds=6),
        ),
    )
    sentence = "Bu numaraya yalnız nötr mesaj yazılabilir." if allowed else "Bu numaraya yazılmaz: kendisi istemedi."
    return p.Thread(
        messages=messages,
        gate=p.Gate(allowed=allowed, sentence=sentence, sender="+44 20 •••• 0183"),
        draft="Kapı kilitli mi?",
        may_answer=True,
        replies=options(a="Buradayım.", b="Sonra yazarım."),
    )


def workspace(channel: str = "voice", *, checked: bool = True, allowed: bool = True, **changes: Any) -> p.WorkspacePage:
    """The workspace for a call or a thread."""
    tabs = (
        p.ContactTab(
            id="018f0000-0000-7000-8000-000000000111", ref="R-7K2M-9Q11", channel="voice", current=channel == "voice"
        ),
        p.ContactTab(
            id="018f0000-0000-7000-8000-000000000112",
            ref="R-7K2M-9Q12",
            channel="text",
            unread=2,
            current=channel == "text",
        ),
    )
    if channel == "text":
        shown = contact(channel="text", state="in_conversation", may_hang_up=False, ref="R-7K2M-9Q12", marks=())
        return p.WorkspacePage(
            contact=shown,
            intake=intake(),
            person=person(identity_checked=checked, safe_contact=()),
            thread=thread(allowed=allowed),
            tabs=tabs,
        )
    return p.WorkspacePage(
        contact=contact(), intake=intake(**changes), person=person(identity_checked=checked), tabs=tabs
    )


def sign_in(**changes: Any) -> p.SignInPage:
    """The sign-in form."""
    return p.SignInPage(**changes)
