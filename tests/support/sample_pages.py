"""View models of the pages behind the board, invented, for tests that draw pages without a database."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from dashboard import presenters as p
from dashboard.presenters.abroad import AbroadPage, GivenView, RecipientView
from dashboard.presenters.prompts import (
    LineGreeting,
    PromptsPage,
    PromptText,
    PromptView,
    RecordingView,
    WaitingRecording,
)
from tests.support.sample_cases import story
from tests.support.samples import NOW, YES_NO, ago, ahead, options

PAGE = p.PageListRow(
    code="K7Q2",
    href="/pages/K7Q2",
    state="open",
    level=1,
    reason="nobody_present",
    opened_at=ago(minutes=4),
    step=1,
    steps=3,
    due_at=ahead(minutes=2),
)


def page_list() -> p.PageListPage:
    """One open page, one accepted."""
    past = p.PageListRow(
        code="M4TX",
        href="/pages/M4TX",
        state="acked",
        level=1,
        reason="operator_request",
        opened_at=ago(minutes=80),
        step=2,
        steps=3,
        accepted_by="Selin B.",
    )
    return p.PageListPage(open=(PAGE,), past=(past,))


def page_detail() -> p.PageDetailPage:
    """A page that its reader may accept, on a phone in the night."""
    attempts = (
        p.Attempt(at=ago(minutes=4), person="Selin B.", medium="sms", state="delivered"),
        p.Attempt(at=ago(minutes=3), person="Selin B.", medium="voice", state="failed", detail="meşgul"),
        p.Attempt(at=ago(minutes=1), person="Hatice Ö.", medium="voice", state="sending"),
    )
    return p.PageDetailPage(
        page=PAGE,
        attempts=attempts,
        subject_ref="R-7K2M-9Q11",
        subject_href="/contacts/x",
        asked=("Bu gece güvenli bir yer gerekiyor",),
        may_accept=True,
        may_decline=True,
        minutes_to_contact=10,
    )


def page_promised() -> p.PageDetailPage:
    """A page that its reader has accepted and may give back, keep and close."""
    page = replace(PAGE, state="acked", accepted_by="Selin B.")
    return replace(
        page_detail(),
        page=page,
        may_accept=False,
        may_decline=False,
        may_note_contact=True,
        may_give_back=True,
        may_close=True,
        close_reasons=options(done="Yapıldı", mistake="Yanlışlıkla açıldı"),
        contact_by=ahead(minutes=9),
    )


def shifts() -> p.ShiftsPage:
    """A night and the next day, with a gap."""
    rows = (
        p.ShiftRow(
            id="1",
            person="Elif A.",
            line="Ankara",
            role="operator",
            starts_at=ago(hours=5),
            ends_at=ahead(hours=8),
            tone="mine",
        ),
        p.ShiftRow(
            id="2",
            person="Selin B.",
            line="Ankara gece",
            role="oncall",
            starts_at=ago(hours=5),
            ends_at=ahead(hours=8),
            tone="mine",
        ),
        p.ShiftRow(
            id="3", person="Merve S.", line="Ankara", role="operator", starts_at=ahead(hours=8), ends_at=ahead(hours=16)
        ),
    )
    fields = (
        p.Field(name="staff", label="Kim", kind="select", options=options(a="Elif A.", b="Merve S.")),
        p.Field(name="line", label="Hat", kind="select", options=options(a="Ankara")),
        p.Field(name="role", label="Görev", kind="select", options=options(operator="Operatör", oncall="Nöbetçi")),
        p.Field(name="starts_at", label="Başlangıç", kind="datetime"),
        p.Field(name="ends_at", label="Bitiş", kind="datetime"),
    )
    gap = "Ankara gece, 24.11.2026 08:14–16:14: nöbetçi yok."
    lines = tuple(
        p.ListeningLine(id=number[1:], name=name, number=number, allowed=allowed)
        for name, number, allowed in (("Ankara", "+903120000001", True), ("Ankara gece", "+903120000002", False))
    )
    return p.ShiftsPage(rows=rows, fields=fields, gaps=(gap,), may_edit=True, listening=lines)


ACCOUNT_FIELDS = (
    p.Field(name="sign_in", label="Giriş adı", kind="text", values=("operator1@ankara",)),
    p.Field(name="display", label="Görünen ad", kind="text", values=("Elif A.",)),
    p.Field(
        name="roles",
        label="Görevler",
        kind="checks",
        values=("operator",),
        options=options(operator="Operatör", shift_lead="Vardiya amiri", caseworker="Vaka sorumlusu"),
    ),
    p.Field(
        name="phone",
        label="Nöbet telefonu",
        kind="phone",
        help="Uluslararası biçimde, +90 ile",
        error="Bu bir telefon numarası değil.",
    ),
)


def staff_list() -> p.StaffListPage:
    """Two accounts and the form for a new one."""
    rows = (
        p.StaffRow(
            id="1",
            sign_in="operator1@ankara",
            display="Elif A.",
            roles=("operator",),
            centre="Ankara",
            active=True,
            last_seen=ago(minutes=1),
        ),
        p.StaffRow(id="2", sign_in="legal@ankara", display="Nur D.", roles=("legal",), centre="Ankara", active=False),
    )
    return p.StaffListPage(rows=rows, fields=ACCOUNT_FIELDS)


def staff_edit() -> p.StaffEditPage:
    """An account after a refused save."""
    return p.StaffEditPage(
        id="1",
        sign_in="operator1@ankara",
        display="Elif A.",
        active=True,
        fields=ACCOUNT_FIELDS,
        telephones=(
            p.TelephoneRow(id="t1", number="••• 147", states=("Mesaj: denendi", "Arama: denendi"), last=True),
            p.TelephoneRow(id="t2", number="••• 288", states=("Arama: henüz denenmedi",)),
        ),
        errors=(p.FormError(field="phone", text="Bu bir telefon numarası değil."),),
        one_time_secret="K7Q2-M4TX-3HD8",
        reset=p.FourEyes(reason="Telefonu bozuldu", agreed_until=ahead(minutes=40)),
    )


HOURS = tuple(f"{hour:02d}" for hour in range(24))


def bars() -> p.StackedBars:
    """Contacts by hour and outcome."""
    answered = tuple(float(abs(12 - hour) + hour % 5 + 2) for hour in range(24))
    lost = tuple(float(hour % 3) for hour in range(24))
    texts = tuple(float((hour * 7) % 4) for hour in range(24))
    series = (
        p.Series(label="Yanıtlandı", values=answered),
        p.Series(label="Yazışma", values=texts),
        p.Series(label="Beklerken kapandı", values=lost),
    )
    return p.StackedBars(key="by-hour", title="Saate ve sonuca göre başvurular", categories=HOURS, series=series)


def reports() -> p.ReportsPage:
    """Thirty days in figures."""
    days = tuple(range(30))
    trend = p.TimeChart(
        key="trend",
        title="Yanıt süresi, ortanca ve yüzde 95",
        unit="sn",
        x=tuple(int(ago(days=30 - day).timestamp()) for day in days),
        labels=tuple(f"{day + 1}." for day in days),
        series=(
            p.Series(label="Ortanca", values=tuple(6.0 + day % 5 for day in days)),
            p.Series(label="%95", values=tuple(16.0 + (day * 3) % 11 for day in days)),
        ),
    )
    heat = p.HeatMap(
        key="heat",
        title="Gün ve saat",
        rows=("Pzt", "Sal", "Çar", "Per", "Cum", "Cmt", "Paz"),
        columns=HOURS,
        cells=tuple(
            tuple(None if (day + hour) % 11 == 0 else (day * hour) % 9 for hour in range(24)) for day in range(7)
        ),
    )
    table = p.ReportTable(
        title="Dile göre", columns=("Dil", "Başvuru", "Yanıt"), rows=(("Türkçe", "412", "%96"), ("Kürtçe", "58", "%91"))
    )
    figures = (
        p.Figure(label="20 sn içinde yanıt", value="%94,2", help="hedef %95"),
        p.Figure(label="Ortanca yanıt", value="7 sn"),
        p.Figure(label="Yanıtsız kapanan", value="%3,1", help="hedef %5 altı"),
        p.Figure(label="Çağrı kabulü", value="1 dk 48 sn", help="D1, ortanca"),
    )
    span = (
        p.Field(
            name="days", label="Süre", kind="select", values=("30",), options=options(**{"7": "7 gün", "30": "30 gün"})
        ),
    )
    return p.ReportsPage(
        period="24.10.2026 – 23.11.2026 · Ankara",
        filters=span,
        figures=figures,
        by_hour=bars(),
        heat=heat,
        trend=trend,
        tables=(table,),
    )


def audit() -> p.AuditPage:
    """Three entries, one refused."""
    rows = (
        p.AuditRow(number=None, at=ago(seconds=1), actor="operator1@ankara", act="contact.read", subject="R-7K2M-9Q11"),
        p.AuditRow(
            number=1042,
            at=ago(minutes=3),
            actor="operator1@izmir",
            act="case.read",
            subject="V-3HD8-K2WP",
            refused=True,
        ),
        p.AuditRow(
            number=1041,
            at=ago(minutes=9),
            actor="operator1@ankara",
            act="contact.unmask",
            subject="R-7K2M-9Q11",
            detail="geri arama",
        ),
    )
    return p.AuditPage(
        rows=rows, chain="Zincir 1041. kayda kadar doğrulandı (23.11.2026 23:55).", next_href="/audit?before=1041"
    )


def night_acts() -> p.NightActsPage:
    """One act waits for review by another person."""
    waiting = p.NightActRow(
        id="n1",
        act="Girişi sıfırlamak",
        subject="legal@ankara",
        subject_href="/staff/2",
        by="lead@ankara",
        at=ago(hours=3),
        reason="Nöbetçi giremiyor",
        state="waiting",
        until=ahead(hours=10),
        may_review=True,
    )
    own = p.NightActRow(
        id="n2",
        act="1. düzeyi düşürmek",
        by="operator1@ankara",
        at=ago(hours=1),
        reason="Yanlış tuşa basmış",
        state="asked",
        until=ahead(hours=10),
    )
    past = p.NightActRow(
        id="n3", act="Hesap sıfırlama", by="lead@ankara", at=ago(days=2), reason="Telefon kayboldu", state="confirmed"
    )
    return p.NightActsPage(waiting=(waiting, own), past=(past,))


def search() -> p.SearchPage:
    """One hit."""
    hit = p.SearchHit(ref="V-3HD8-K2WP", kind="Dosya", href="/cases/V-3HD8-K2WP", state="Sürüyor", at=NOW)
    return p.SearchPage(asked=True, hits=(hit,))


def step_up() -> p.StepUpPage:
    """The code was wrong; the form it is for waits."""
    fields = (("roles", "operator"), ("roles", "oncall"), ("reason", "Telefonu bozuldu"))
    return p.StepUpPage(to="/staff/1", fields=fields, refused=True)


def keys() -> p.KeysPage:
    """Two keys, one never used; the last one was not removed."""
    used = p.OwnKey(id=UUID(int=1), name="Mavi", added_at=ago(days=3), last_used_at=ago(minutes=7))
    return p.KeysPage(keys=(used, p.OwnKey(id=UUID(int=2), name="Yedek", added_at=ago(days=2))), last=True)


def styles() -> p.StylesPage:
    """Every component."""
    fields = (
        p.Field(name="text", label="Ad", kind="text", values=("Elif",), help="boş bırakılabilir"),
        p.Field(name="wrong", label="Telefon", kind="phone", error="Bu bir telefon numarası değil.", closes=True),
        p.Field(name="choice", label="Güvenli mi", kind="radios", options=YES_NO, values=("yes",)),
        p.Field(name="pick", label="Dil", kind="select", options=options(tr="Türkçe", ku="Kürtçe")),
        p.Field(
            name="many", label="Şiddet türü", kind="checks", options=options(a="Fiziksel", b="Dijital"), values=("a",)
        ),
        p.Field(name="when", label="Ne zaman", kind="datetime"),
        p.Field(name="words", label="Onun sözleriyle", kind="area"),
    )
    tabs = (
        p.ContactTab(id="a", ref="R-7K2M-9Q11", channel="voice", current=True),
        p.ContactTab(id="b", ref="R-7K2M-9Q12", channel="text", unread=1),
    )
    return p.StylesPage(
        moment=ago(minutes=4, seconds=12),
        contact_states=("queued", "offered", "connected", "wrap_up", "closed", "waiting_staff", "in_conversation"),
        page_states=("new", "open", "acked", "engaged", "snoozed", "closed"),
        case_states=("open", "active", "closed"),
        fields=fields,
        errors=(p.FormError(field="wrong", text="Bu bir telefon numarası değil."),),
        tabs=tabs,
        timeline=story(),
        bars=bars(),
    )


def abroad() -> AbroadPage:
    """One company abroad, one in the country."""
    given = GivenView(what="Mesajlar", why="Taşır.", kept="Bir gün sonra silinir.")
    far = RecipientView(company="Twilio Inc.", country="ABD", tone="soon", lines=("+903120000001",), given=(given,))
    near = replace(far, company="Yerel Mesaj A.Ş.", country="Türkiye", tone="held")
    return AbroadPage(recipients=(far, near), ground="Standart sözleşme", off="WhatsApp", reasons=("Görünür.",))


def prompts(*, may_change: bool = True) -> PromptsPage:
    """One prompt: read, missing, recorded, brought; and two lines."""
    recording = RecordingView(
        id="r1", href="/catalogues/prompts/r1", title="5 tuşu, Kürtçe", number=2, seconds="1,5 sn", by="Mert U.", at=NOW
    )
    spoken = PromptText(
        code="tr",
        language="Türkçe",
        text="5'e basın.",
        state="x",
        tone="quiet",
        missing=False,
        href="/catalogues/prompts",
    )
    return PromptsPage(
        prompts=(
            PromptView(
                key="danger",
                title="5 tuşu",
                told="x",
                texts=(
                    spoken,
                    replace(spoken, code="ku", missing=True, tone="soon", href=""),
                    replace(spoken, code="ar", text="اضغط 5", tone="held", recording=recording),
                ),
            ),
        ),
        waiting=(WaitingRecording(recording=replace(recording, id="r2"), code="ku", text="5 bitikîne.", instead="x"),),
        lines=(
            LineGreeting(id="l1", number="+903120000001", name="Hat", centre="Ankara", named=False),
            LineGreeting(id="l2", number="+903120000002", name="", centre="Ankara", named=True),
        ),
        fields=(p.Field(name="prompt", label="Anons", kind="select", options=options(danger="5 tuşu")),)
        if may_change
        else (),
        limits="x",
        missing="x",
        errors=(p.FormError(text="Bir dosya seçin.", field="sound"),) if may_change else (),
    )
