"""View models of set-up, invented, each with everything on its page that can be there."""

from __future__ import annotations

from datetime import date, timedelta

from config.set_up.director import picture_of
from dashboard import presenters as p
from dashboard.presenters.set_up import MINUTES, STEPS, StepKey, step_label
from tests.support.samples import NOW

ERRORS = (p.FormError(field="number", text="Bir telefon numarası yazın."), p.FormError(text="Listeden seçin."))
ROLES = (p.Option(value="operator", label="Operatör"), p.Option(value="oncall", label="Nöbetçi"))
_PICTURE = picture_of("otpauth://totp/Koza:director%40ankara?secret=JBSWY3DPEHPK3PXP&issuer=Koza")
_NUMBER = p.Field(name="number", label="Telefon", kind="phone", values=("+903120000100",), help="Cep.", error="Yazın.")


def steps(current: StepKey) -> tuple[p.SetUpStep, ...]:
    """The list, with all done that comes before the current step."""
    place = STEPS.index(current)
    return tuple(
        p.SetUpStep(
            key=key,
            label=step_label(key),
            minutes=MINUTES[key],
            done=number < place,
            current=number == place,
            href=f"/set-up/{key}" if number <= place else "",
        )
        for number, key in enumerate(STEPS)
    )


def form() -> p.SetUpFormPage:
    """A step that is one form."""
    return p.SetUpFormPage(
        steps=steps("line"),
        title="Hangi numara?",
        lead="Bu numaraya gelenler.",
        action="/set-up/line",
        fields=(_NUMBER, p.Field(name="password", label="Parola", kind="password")),
        errors=ERRORS[:1],
        notes=("Türkçe duyar.",),
        facts=(("Hat", "+903120000001"),),
        next_href="/set-up/fallback",
    )


def authenticator() -> p.SetUpCodePage:
    """The picture and the same as text."""
    error = p.FormError(field="code", text="Kod doğru değil.")
    return p.SetUpCodePage(
        steps=steps("director"), name="director@ankara", secret="JBSWY3DPEHPK3PXP", picture=_PICTURE, errors=(error,)
    )


def fallback() -> p.SetUpFallbackPage:
    """A call that rings."""
    return p.SetUpFallbackPage(
        steps=steps("fallback"),
        field=_NUMBER,
        errors=ERRORS[:1],
        number="+903120000100",
        state="Aranıyor",
        tone="info",
        waiting=True,
    )


def people() -> p.SetUpPeoplePage:
    """Somebody new, somebody whose digits are awaited, somebody who has signed in, and a refused row."""
    person = p.SetUpPerson(id="1", name="operator1@ankara", display="Elif", role="operator")
    return p.SetUpPeoplePage(
        steps=steps("people"),
        people=(
            person,
            p.SetUpPerson(id="2", name="oncall1@ankara", display="Nur", role="oncall", digits="42", telephone="new"),
            p.SetUpPerson(
                id="3", name="d@ankara", display="Aslı", role="director", digits="7", telephone="proven", signed_in=True
            ),
        ),
        rows=(p.SetUpNewRow(number=1, display="X", role="oncall", errors={"display": "", "telephone": "Yanlış."}),),
        roles=ROLES,
        first_sign_ins=(
            p.FirstSignIn(
                display="Elif",
                name="operator1@ankara",
                password="abcd-efgh-jkmn-pqrs",
                secret="JBSWY3DPEHPK3PXP",
                pin="481526",
                picture=_PICTURE,
            ),
        ),
        errors=(p.FormError(field="telephone-1", text="Yanlış."),),
        notes=("Yönetici yok.",),
        next_href="/set-up/week",
    )


def week() -> p.SetUpWeekPage:
    """A week with a gap that is asked about."""
    days = ("",) * 6 + ("off",)
    return p.SetUpWeekPage(
        steps=steps("week"),
        days=tuple(date(2026, 11, 23) + timedelta(days=n) for n in range(7)),
        patterns=(p.Option(value="day", label="08–16"), p.Option(value="all", label="24 saat")),
        rows=(p.SetUpWeekRow(id="1", display="Elif", role="operator", every="day", days=days),),
        gaps=("Açan yok.",),
        ask=True,
        saved=True,
        errors=(p.FormError(field="known", text="İşaretleyin."),),
        next_href="/set-up/trial",
    )


def trial() -> p.SetUpTrialPage:
    """The call came, the text not yet."""
    return p.SetUpTrialPage(
        steps=steps("trial"),
        numbers=("+903120000001",),
        words="deneme 4821",
        called_at=NOW,
        call_language="Türkçe",
        call_state="Bekliyor",
        waiting=True,
    )


def green() -> p.SetUpGreenPage:
    """One line is red."""
    return p.SetUpGreenPage(
        steps=steps("green"),
        findings=(
            p.SetUpFinding(what="PostgreSQL", ok=True, detail="18"),
            p.SetUpFinding(what="yedek", ok=False, detail="yok"),
        ),
        red=1,
        production=True,
        director="director@ankara",
        errors=(p.FormError(field="red", text="İşaretleyin."),),
    )


def door() -> p.SetUpDoorPage:
    """A refused code."""
    return p.SetUpDoorPage(refused=True, wait_seconds=4, may_sign_in=True)


PAGES = {
    "door": door,
    "form": form,
    "authenticator": authenticator,
    "fallback": fallback,
    "people": people,
    "week": week,
    "trial": trial,
    "green": green,
}
