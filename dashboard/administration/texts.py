"""The page on which a director decides about her centre's texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core.i18n import gettext as _
from dashboard.names import Names
from dashboard.presenters.forms import Field, FormError, Option
from dashboard.presenters.texts import AgreedWords, MachineText, TextsPage
from hotline.phrases import LANGUAGES, catalogue, phrase
from intake.queries.texting import text_policy
from staff.scope import Scope

PATH: Final = "/texts"


def centre_of(scope: Scope) -> UUID:
    """The reader's own centre: whoever decides about texts has one."""
    own = next(iter(scope.centre_ids), None)
    if own is None:
        raise scope.out_of_scope("text_policy", UUID(int=0))
    return own


def texts_page(session: Session, scope: Scope, typed: Mapping[str, str], errors: Sequence[FormError]) -> TextsPage:
    """The decisions as they stand, with what was typed and refused."""
    policy = text_policy(session, scope, centre_of(scope))
    names = Names(session, [word.added_by for word in policy.words])
    wrong = {error.field: error.text for error in errors}
    automatic = [entry.key for entry in catalogue().phrases if entry.use == "automatic"]
    return TextsPage(
        automatic=policy.automatic,
        policy=(
            Field(
                name="automatic",
                label=_("Answer by machine"),
                kind="radios",
                values=("yes" if policy.automatic else "no",),
                options=(
                    Option(value="no", label=_("No: only people write")),
                    Option(value="yes", label=_("Yes: one neutral answer to her text, and a question after her yes")),
                ),
            ),
            Field(
                name="silent_hours",
                label=_("Hours of silence"),
                kind="text",
                values=(typed.get("silent_hours", str(policy.silent_hours)),),
                help=_("a text that comes later than this after somebody made sure who writes may be somebody else's"),
                error=wrong.get("silent_hours", ""),
            ),
        ),
        word=Field(
            name="words",
            label=_("Ordinary words"),
            kind="text",
            values=(typed.get("words", ""),),
            help=_("for example a sentence about shopping that she would not write otherwise"),
            error=wrong.get("words", ""),
        ),
        words=tuple(
            AgreedWords(id=str(word.id), words=word.words, by=names.of(word.added_by), at=word.added_at)
            for word in policy.words
        ),
        says=tuple(
            MachineText(language=language, text=phrase(key, language).text)
            for key in automatic
            for language in LANGUAGES
        ),
        errors=tuple(errors),
    )
