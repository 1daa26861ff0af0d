"""View models of the workspace, invented: a call or thread, its intake, and the person."""

from __future__ import annotations

from typing import Any

from dashboard import presenters as p
from tests.support.samples import YES_NO, ago, ahead, options


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
        "anybody_may_answer": options(yes="Evet"),
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
        "heard_at": ago(minutes=16),
        "head": 7,
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
        "ways": (p.Option(value="question", label="Kararlaştırılan soruyu yanıtladı"),),
        "may_check": True,
        "checked_how": "Kararlaştırılan soruyu yanıtladı",
        "checked_by": "Elif A.",
        "checked_at": ago(minutes=3),
        "earlier": earlier,
        "safe_contact": (("Arama", "Asla"), ("Mesaj", "Yalnız nötr"), ("Saatler", "Hafta içi 10:00–15:00")),
        "open_case_ref": "V-3HD8-K2WP",
        "open_case_href": "/cases/V-3HD8-K2WP",
        "night_card": p.NightCard(
            ref="V-3HD8-K2WP",
            protection="1 Mart 2027 gününe kadar korunuyor",
            protection_tone="held",
            fired=p.FiredRule(level=2, sentence="Son bir yılda boğazını sıktı."),
            owner="Deniz K.",
            line="Geceleri annesinde kalır; kapı numarasını sormayın.",
            line_by="Deniz K.",
            line_at=ago(days=2),
            until=ago(minutes=-30),
        ),
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


def listened_to() -> p.WorkspacePage:
    """A call that she agreed to be listened to, with who listens, coaches, is rung and is let go."""
    listeners = tuple(
        p.Listener(name=name, coach=coach, since=since, going=going)
        for name, coach, since, going in (
            ("Selin B.", True, ago(minutes=2), False),
            ("Merve S.", False, ago(minutes=1), False),
            ("Derya K.", False, None, False),
            ("Ayşe T.", False, ago(minutes=3), True),
        )
    )
    told = p.Listening(
        listeners=listeners, agreed_at=ago(minutes=4), agreed_by="Elif A.", words="Olur, dinlesin.", may_withdraw=True
    )
    return p.WorkspacePage(contact=contact(listening=told), intake=intake(), person=person())


def may_be_listened_to() -> p.WorkspacePage:
    """A practice call in which both the form and the keys of who listens stand."""
    told = p.Listening(may_agree=True, may_listen=True, needless=True, why_not="Kabul etmedi.")
    return p.WorkspacePage(contact=contact(listening=told), intake=intake(), person=person())
