"""The questions of the intake in the order of a conversation.

Which codes a question knows is the intake's catalogue; what is asked when, and in which words, is decided here. Nothing
is needed to save. Names are those of the intake's fields; those of the safe contact begin with ``safe_``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from core.i18n import gettext as _
from dashboard.presenters.forms import Field, FormSection, Option

Kind = Literal["text", "area", "select", "radios", "checks", "date", "datetime", "phone"]
Values = Mapping[str, tuple[str, ...]]
Options = Mapping[str, tuple[Option, ...]]


class IntakeQuestions:
    """Builds the sections of one intake from its values, the catalogue's options and what is amiss."""

    def __init__(
        self, values: Values, options: Options, closes: Collection[str] = (), errors: Mapping[str, str] | None = None
    ) -> None:
        self._values = values
        self._options = options
        self._closes = closes
        self._errors = errors or {}

    def _ask(self, name: str, label: str, kind: Kind, hint: str = "") -> Field:
        return Field(
            name=name,
            label=label,
            kind=kind,
            values=self._values.get(name, ()),
            options=self._options.get(name, ()),
            help=hint,
            closes=name in self._closes,
            error=self._errors.get(name, ""),
        )

    def safe(self) -> FormSection:
        """Before anything else: can she talk, and how may we reach her."""
        return FormSection(
            key="safe",
            title=_("Safe to talk?"),
            note=_("Ask this first. In an emergency go on without it."),
            fields=(
                self._ask("safe_to_talk", _("Can she talk now?"), "radios"),
                self._ask("caller_not_alone", _("She is not alone"), "checks"),
                self._ask("safe_call", _("We may call"), "radios"),
                self._ask("safe_sms", _("We may text"), "radios"),
                self._ask("safe_when", _("Safe days and hours"), "text", _("for example weekdays 10:00 to 15:00")),
                self._ask("safe_who", _("Who may answer"), "text"),
                self._ask(
                    "safe_question", _("Question when we call"), "text", _("an ordinary one; the code word answers it")
                ),
                self._ask("safe_code_word", _("Code word"), "text", _("kept so that nobody can read it")),
                self._ask("safe_on_drop", _("If the line drops"), "select"),
            ),
            more_title=_("If somebody else answers, and until when this holds"),
            more=(
                self._ask("safe_cover", _("What we say to somebody else"), "select"),
                self._ask("safe_until", _("Agreed until"), "date", _("empty: until she says otherwise")),
            ),
        )

    def sections(self) -> tuple[FormSection, ...]:
        """Who she is, what happened, what she wants."""
        return (self._caller(), self._violence(), self._wishes())

    def _caller(self) -> FormSection:
        return FormSection(
            key="caller",
            title=_("Who is speaking"),
            fields=(
                self._ask("language", _("Language"), "select", _("in a text, guessed until somebody says it")),
                self._ask("caller_role", _("Speaks for"), "select"),
                self._ask("province_code", _("Province"), "select"),
                self._ask("district", _("District"), "text"),
                self._ask("display_name", _("Name to use"), "text", _("any name she likes; empty is fine")),
                self._ask("age_band", _("Age"), "select"),
                self._ask("gender", _("Gender"), "select"),
                self._ask("wants_woman", _("She wants to speak with a woman"), "checks"),
                self._ask(
                    "anybody_may_answer",
                    _("She says it need not be a woman"),
                    "checks",
                    _("until she says so, women are asked first when she calls"),
                ),
                self._ask("interpreter_needed", _("Interpreter needed"), "checks"),
            ),
            more_title=_("Children, health, nationality: where she speaks of it"),
            more=(
                self._ask("children", _("How many children"), "select"),
                self._ask("children_ages", _("Ages of the children"), "checks"),
                self._ask("dependants", _("Who else depends on her"), "checks"),
                self._ask("pregnancy", _("Is she pregnant?"), "radios"),
                self._ask("disability", _("Disability, lasting illness"), "checks"),
                self._ask(
                    "nationality_status",
                    _("Nationality status"),
                    "select",
                    _("never asked first, and told to nobody outside"),
                ),
            ),
        )

    def _violence(self) -> FormSection:
        return FormSection(
            key="violence",
            title=_("What happened"),
            fields=(
                self._ask("contact_class", _("What the contact is about"), "select"),
                self._ask("immediate_danger", _("In danger now?"), "radios"),
                self._ask("heard", _("What is heard beside her"), "checks", _("what you hear; it changes no level")),
                self._ask("heard_words", _("What else is heard"), "text"),
                self._ask("location_now", _("Where she is now"), "area", _("for 112; forgotten after a day")),
                self._ask("location_kept", _("Keep this place"), "checks"),
                self._ask("violence_types", _("Kinds of violence"), "checks"),
                self._ask("relation", _("He is her"), "select"),
                self._ask("happened_when", _("Last time"), "select"),
                self._ask("existing_measure", _("Is there a protective measure?"), "select"),
                self._ask("measure_until", _("It holds until"), "date", _("as she knows it")),
                self._ask("summary", _("In her words"), "area", _("Facts only, at most 1000 characters.")),
            ),
            more_title=_("Class of the incident, for the statistics"),
            more=(
                self._ask(
                    "gbvims_type",
                    _("The first of these that holds"),
                    "select",
                    _("from what she told; not a question to her"),
                ),
            ),
        )

    def _wishes(self) -> FormSection:
        return FormSection(
            key="wishes",
            title=_("What she wants"),
            fields=(
                self._ask("wants", _("She asks for"), "checks"),
                self._ask("wants_words", _("What she wants, in her words"), "text"),
                self._ask("actions_taken", _("We have done"), "checks"),
                self._ask(
                    "referred_to",
                    _("Whom she was referred to"),
                    "checks",
                    _("whoever is told of her: only with her consent at the right, or where the law wants a report"),
                ),
            ),
            more_title=_("The police were called"),
            more=(
                self._ask("police_called_by", _("Who called"), "select"),
                self._ask("police_called_at", _("When"), "datetime"),
                self._ask("police_reference", _("Their reference number"), "text"),
            ),
        )

    def outcome(self) -> FormSection:
        """How the contact ends."""
        return FormSection(
            key="outcome",
            title=_("Outcome"),
            fields=(
                self._ask("outcome", _("Outcome"), "select"),
                self._ask("next_contact", _("Agreed next contact"), "datetime"),
                self._ask(
                    "operator_state", _("How are you after this?"), "select", _("for you and the shift lead only")
                ),
            ),
        )


def screening(questions: tuple[Field, ...]) -> FormSection:
    """The screening: a decision aid, said so on the screen. Questions and answers come from its catalogue."""
    return FormSection(
        key="screening",
        title=_("Screening"),
        note=_("A decision aid, not a probability. Ask in any order; unknown and refused are answers."),
        fields=questions,
    )
