"""View models of petitions and lists, invented, for tests that draw pages without a database."""

from __future__ import annotations

from typing import Any

from dashboard.presenters.forms import Field, FormError, Option
from dashboard.presenters.lists import BadRow, GoodRow, ListLink, ListPage, ListsPage
from dashboard.presenters.petitions import PetitionLine, PetitionLink, PetitionPage, PetitionsPage
from tests.support.samples import ago

FIELDS = (
    Field(name="purpose", label="Ne isteniyor", kind="select", options=(Option(value="measures", label="Tedbir"),)),
    Field(name="statement", label="Ne oldu", kind="area", values=("Bıçakla geldi",)),
)


def petitions(**more: Any) -> PetitionsPage:
    """The petitions of a case, with the form of a new one that was refused."""
    row = PetitionLink(href="/petitions/1", title="Tedbir istemi", state="Taslak", tone="soon", made_at=ago(hours=2))
    view: dict[str, Any] = {"case_id": "1", "case_ref": "V-3HD8-K2WP", "rows": (row,), "fields": FIELDS, **more}
    return PetitionsPage(**view, errors=(FormError(text="Ne istendiğini seçin.", field="purpose"),))


def petition() -> PetitionPage:
    """A petition that lacks something, and everything that may be done with one."""
    return PetitionPage(
        id="1",
        case_ref="V-3HD8-K2WP",
        title="Tedbir istemi",
        state="Taslak",
        tone="soon",
        lines=(
            PetitionLine(style="title", text="TEDBİR KARARI İSTEMİ"),
            PetitionLine(style="fact", text="Başvuran: ……", missing=("adı soyadı",)),
        ),
        missing=("adı soyadı",),
        is_draft=True,
        secret=True,
        source="6284",
        fields=FIELDS,
        manners=(Option(value="oral", label="Sözlü"),),
        may_release=True,
        released_at=ago(minutes=3),
        released_by="Derya T.",
    )


def lists(**more: Any) -> ListsPage:
    """Lists so far, and an upload that was refused."""
    row = ListLink(
        href="/lists/1", state="Yapıldı", tone="info", uploaded_at=ago(hours=1), by="Derya T.", made="3 vaka"
    )
    view: dict[str, Any] = {"rows": (row,), "columns": (("Dosya no", "2026-014"), ("Bitiş", "")), "most_rows": 500}
    return ListsPage(**{**view, **more}, errors=(FormError(text="Önce bir dosya seçin.", field="list"),))


def brought() -> ListPage:
    """A list before it is made, with good rows and bad ones."""
    good = GoodRow(
        number=2, own_number="2026-1", protected="A. B.", becomes="yeni vaka", paper="3. AM", hints=("uzun",)
    )
    bad = BadRow(number=3, problems=("3. satır, “İl” sütunu: boş.",))
    return ListPage(
        id="1", state="Bekliyor", tone="soon", summary="2 satır", good=(good,), bad=(bad,), may_confirm=True
    )


def made() -> ListPage:
    """A list that was made and may be taken back."""
    link = ("V-3HD8-K2WP", "/cases/1/petitions")
    return ListPage(id="1", state="Yapıldı", tone="info", summary="", may_undo=True, made=(link,))
