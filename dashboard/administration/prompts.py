"""What callers hear: each prompt in each language, who speaks it, what was recorded, and the greetings of the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from core.i18n import current_locale, ngettext
from core.i18n import gettext as _
from dashboard import labels
from dashboard.names import Names
from dashboard.presenters.forms import Field, FormError, Option
from dashboard.presenters.prompts import (
    LineGreeting,
    PromptsPage,
    PromptText,
    PromptView,
    RecordingView,
    WaitingRecording,
)
from hotline.phrases import LANGUAGES, phrase
from hotline.queries.recordings import RecordingRow, can_be_recorded, read_by_another, recordings, said_on_lines
from hotline.service.recordings import may_change
from hotline.sound_files import LONGEST_S, MAX_BYTES
from hotline.voice_scripts import SAID, Speaker
from staff import queries as staff
from staff.scope import Scope

PATH: Final = "/catalogues/prompts"
#: What the form of an upload sends, beside the file.
FIELDS: Final = ("prompt", "language")
_MIB: Final = 1024 * 1024


def prompt_title(key: str) -> str:
    """What a prompt is called here, by when it is heard."""
    return {
        "greeting": _("Greeting of a line that names the institution"),
        "greeting_neutral": _("Greeting of a line that names nobody"),
        "danger": _("Key 5"),
        "one_moment": _("One moment"),
        "waiting": _("While she waits"),
        "waiting_112": _("While she waits, from 45 seconds on"),
        "connecting_call": _("Before she is connected"),
        "returned": _("The connection was lost, she waits again"),
        "hold": _("On hold"),
        "transfer": _("Before she is transferred"),
        "interpreter_joins": _("Before an interpreter joins"),
        "yes_no": _("Yes or no"),
        "yes_no_again": _("Yes or no, once more"),
        "closing": _("Nobody could be reached"),
        "call_ended": _("After a conversation"),
        "other_number": _("She dialled another number of the house"),
    }.get(key, key)


def recording_error(reason: str) -> FormError:
    """Why a recording is refused, beside its field."""
    most = MAX_BYTES // _MIB
    field, text = {
        "unknown_prompt": ("prompt", _("Choose a prompt.")),
        "unknown_language": ("language", _("Choose a language.")),
        "decided_already": ("", _("This recording was put to use, taken out or dropped already.")),
        "empty": ("sound", _("Choose a file.")),
        "too_large": ("sound", _("The file is larger than %(n)d MB.", n=most)),
        "no_sound_file": ("sound", _("This is neither a WAV nor an MP3, whatever its name says.")),
        "wrong_wave": ("sound", _("Save the WAV as PCM with 8 or 16 bits, one or two channels, 8 to 48 kHz.")),
        "too_short": ("sound", _("Nothing can be heard in it: it is shorter than half a second.")),
        "too_long": ("sound", _("It is longer than %(n)d seconds. Record this text alone.", n=int(LONGEST_S))),
    }[reason]
    return FormError(text=text, field=field)


def _tenths(milliseconds: int) -> str:
    """Seconds with one decimal, as they are written in the reader's language."""
    text = f"{milliseconds / 1000:.1f}"
    return text.replace(".", ",") if current_locale() == "tr" else text


class _Drawn:
    """The recordings of the house, and what is drawn of them."""

    def __init__(self, session: Session, *, changes: bool) -> None:
        # Of a prompt that another release had, and this one has not, nothing is shown and nothing is missing.
        rows = [row for row in recordings(session) if row.prompt in can_be_recorded()]
        self.said = said_on_lines(session)
        self._changes = changes
        self._names = Names(session, [row.uploaded_by for row in rows])
        self.current = {(row.prompt, row.language): row for row in rows if row.state == "current"}
        self.waiting = [row for row in rows if row.state == "waiting"]
        self.speaker = Speaker(dict.fromkeys(self.current, ""))

    def view(self, row: RecordingRow) -> RecordingView:
        """One recording."""
        return RecordingView(
            id=str(row.id),
            href=f"{PATH}/{row.id}",
            title=f"{prompt_title(row.prompt)}, {labels.language(row.language)}",
            number=row.number,
            seconds=_("%(n)s s", n=_tenths(row.milliseconds)),
            by=self._names.of(row.uploaded_by),
            at=row.uploaded_at,
        )

    def prompt(self, key: str) -> PromptView:
        """A prompt in every language."""
        told = ""
        if key not in SAID:
            told = _("No call of this release says it; it can be recorded all the same.")
        elif key not in self.said:
            told = _("No line is set so that it is heard.")
        return PromptView(
            key=key, title=prompt_title(key), told=told, texts=tuple(self._text(key, each) for each in LANGUAGES)
        )

    def _text(self, key: str, language: str) -> PromptText:
        current = self.current.get((key, language))
        missing = key in self.said and self.speaker.approximates(key, language)
        return PromptText(
            code=language,
            language=labels.language(language),
            text=phrase(key, language).text,
            state=self.spoken(key, language),
            tone="soon" if missing else "held" if current else "quiet",
            missing=missing,
            href=f"{PATH}?prompt={key}&language={language}#bring" if self._changes else "",
            recording=self.view(current) if current else None,
        )

    def spoken(self, key: str, language: str) -> str:
        """Who speaks a prompt now."""
        if (key, language) in self.current:
            return _("Recorded")
        if self.speaker.approximates(key, language):
            return _("A Turkish voice reads it")
        return _("The carrier's voice reads it")

    def missing(self) -> str:
        """What should be recorded and is not, in one sentence."""
        found = read_by_another(self.said, self.speaker)
        if not found:
            return ""
        named = ", ".join(f"{prompt_title(key)} ({labels.language(language)})" for key, language in found)
        return ngettext(
            "%(n)s prompt is read to callers by a voice that does not speak their language: %(prompts)s.",
            "%(n)s prompts are read to callers by a voice that does not speak their language: %(prompts)s.",
            len(found),
            prompts=named,
        )


def prompts_page(
    session: Session, scope: Scope, asked: Mapping[str, str], errors: Sequence[FormError] = ()
) -> PromptsPage:
    """What callers hear; ``asked`` chooses prompt and language of the form. Raises MissingPermissionError."""
    scope.require("line.manage", "recording")
    changes = may_change(session, scope)
    drawn = _Drawn(session, changes=changes)
    return PromptsPage(
        prompts=tuple(drawn.prompt(key) for key in can_be_recorded()),
        waiting=tuple(
            WaitingRecording(
                recording=drawn.view(row),
                code=row.language,
                text=phrase(row.prompt, row.language).text,
                instead=drawn.spoken(row.prompt, row.language),
            )
            for row in drawn.waiting
        ),
        lines=_lines(session, scope),
        fields=_fields(asked, errors) if changes else (),
        limits=_(
            "WAV (PCM) or MP3, at most %(seconds)d seconds and %(size)d MB. What the recorder wrote beside the sound, "
            "such as a name or a place, is not kept.",
            seconds=int(LONGEST_S),
            size=MAX_BYTES // _MIB,
        ),
        missing=drawn.missing(),
        errors=tuple(errors),
    )


def _fields(asked: Mapping[str, str], errors: Sequence[FormError]) -> tuple[Field, ...]:
    wrong = {error.field: error.text for error in errors}
    choices = (
        ("prompt", _("Prompt"), [Option(value=key, label=prompt_title(key)) for key in can_be_recorded()]),
        ("language", _("Language"), [Option(value=code, label=labels.language(code)) for code in LANGUAGES]),
    )
    return tuple(
        Field(
            name=name,
            label=label,
            kind="select",
            options=tuple(options),
            values=(asked.get(name, ""),),
            error=wrong.get(name, ""),
        )
        for name, label, options in choices
    )


def _lines(session: Session, scope: Scope) -> tuple[LineGreeting, ...]:
    """The lines whose greeting this reader may choose."""
    centres = {one.id: one.name for one in staff.centres(session)}
    return tuple(
        LineGreeting(
            id=str(line.id),
            number=line.number,
            name=line.name if line.name != line.number else "",
            centre=centres[line.centre_id],
            named=line.institution_name_spoken,
        )
        for line in staff.lines(session)
        if not scope.centre_ids or line.centre_id in scope.centre_ids
    )
