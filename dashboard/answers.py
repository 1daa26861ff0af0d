"""Between the intake's form and the intake: what stands in the fields, and what a form sent as the room wants it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.i18n import gettext as _
from dashboard import presenters
from dashboard.presenters import Field, FormSection, IntakeQuestions, Option
from dashboard.safe_hours import SafeHours, UnreadableHoursError, parse_hours, say_hours
from intake.codes import UNCONSENTED, missing_at_close
from intake.codes import fields as coded_fields
from intake.consents import consents
from intake.covers import cover_stories, story
from intake.fields import FLAGS, MOMENTS, error_sentence
from intake.queries import IntakeView, SafeContactView
from intake.rules import DANGER
from intake.screening import Item, screening
from intake.service import Agreed
from staff.queries import ProvinceRow

ISTANBUL = ZoneInfo("Europe/Istanbul")
SAFE = "safe_"
#: Before a question of the screening that has the name of a field: one page holds both, and radios of one name are one.
SCREENED = "screening_"
#: Of the safe contact too, folded.
SAFE_MORE = ("safe_cover", "safe_until")
#: The questions of the form that belong to the safe contact and not to the intake.
SAFE_FIELDS = (
    "safe_call",
    "safe_sms",
    "safe_when",
    "safe_who",
    "safe_question",
    "safe_code_word",
    "safe_on_drop",
    *SAFE_MORE,
)
_LONGEST_WHO = 200

Sent = Mapping[str, Sequence[str]]
Values = dict[str, tuple[str, ...]]


def shown_values(view: IntakeView, safe: SafeContactView | None) -> Values:
    """What stands in the form's fields. The code word is never shown: nobody can read it."""
    values = {name: _shown(value) for name, value in view.fields.items()}
    if safe is not None:
        hours = SafeHours(safe.days, safe.from_minute, safe.to_minute)
        values |= {
            "safe_call": (safe.call,),
            "safe_sms": (safe.sms,),
            "safe_when": (say_hours(hours),),
            "safe_who": (safe.who_may_answer,),
            "safe_question": (safe.code_word_hint,),
            "safe_on_drop": (safe.on_drop,),
            "safe_cover": _shown(safe.cover_story),
            "safe_until": _shown(last_day(safe.expires_at)),
        }
    return values


def last_day(expires_at: datetime | None) -> date | None:
    """The last whole day in Istanbul on which an agreement holds."""
    return (expires_at - timedelta(microseconds=1)).astimezone(ISTANBUL).date() if expires_at is not None else None


def _shown(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, bool):
        return ("1",) if value else ()
    if isinstance(value, datetime):
        return (value.astimezone(ISTANBUL).strftime("%Y-%m-%dT%H:%M"),)
    if isinstance(value, date):
        return (value.isoformat(),)
    if isinstance(value, list | tuple):
        return tuple(str(one) for one in value)
    return (str(value),)


def drop_words(code: str) -> str:
    """What she wishes to be done when the line drops."""
    return _drops().get(code, code)


def _drops() -> dict[str, str]:
    return {
        "wait": _("Wait for her"),
        "call_back": _("Call back within the safe hours"),
        "send_police": _("Send the police"),
    }


def options(provinces: Sequence[ProvinceRow]) -> dict[str, tuple[Option, ...]]:
    """The answers of every question, named in the reader's language."""
    known = {
        name: tuple(Option(value=code.code, label=str(code.label)) for code in field.codes)
        for name, field in coded_fields().items()
    }
    allowed = (
        Option(value="never", label=_("Never")),
        Option(value="neutral", label=_("Only neutral words")),
        Option(value="ok", label=_("Yes, plainly")),
    )
    return known | {
        "caller_not_alone": (Option(value="1", label=_("Somebody is with her")),),
        "wants_woman": (Option(value="1", label=_("Yes")),),
        "anybody_may_answer": (Option(value="1", label=_("Yes")),),
        "location_kept": (Option(value="1", label=_("Longer than a day: she stays there")),),
        "interpreter_needed": (Option(value="1", label=_("Yes")),),
        "province_code": tuple(Option(value=row.code, label=f"{row.code} {row.name}") for row in provinces),
        "safe_call": allowed,
        "safe_sms": allowed,
        "safe_on_drop": tuple(Option(value=code, label=label) for code, label in _drops().items()),
        "safe_cover": tuple(
            Option(value=one.code, label=str(one.label), note=" ".join(map(str, one.words))) for one in cover_stories()
        ),
    }


def missing(view: IntakeView) -> tuple[str, ...]:
    """What closing the intake still asks for, by field name."""
    return missing_at_close({**view.fields, "screened": bool(view.screenings), "may_be_told": view.may_be_told})


def without_unread(section: FormSection, unread: Collection[str]) -> FormSection:
    """A part of the form without the questions whose answers this reader does not read."""
    kept, more = ([one for one in asked if one.name not in unread] for asked in (section.fields, section.more))
    return replace(section, fields=tuple(kept), more=tuple(more))


def not_asked_yet(view: IntakeView) -> bool:
    """Whether the form waits for the first question. In danger it does not, nor where somebody went on without it."""
    asked = view.fields["safe_to_talk"] != "not_asked" or view.fields["safe_later"]
    return not asked and view.level > DANGER


def questions(
    view: IntakeView,
    safe: SafeContactView | None,
    provinces: Sequence[ProvinceRow],
    errors: Mapping[str, str] | None = None,
) -> IntakeQuestions:
    """The form of one intake, with what stands in it."""
    return IntakeQuestions(shown_values(view, safe), options(provinces), missing(view), errors)


def screening_section(view: IntakeView) -> FormSection:
    """The screening with the latest answers, then what the operator marks by herself."""
    known = screening()
    answers = view.screenings[0].answers if view.screenings else {}
    asked = tuple(_item(item, answers.get(item.code)) for item in (*known.items, *known.marks))
    return presenters.screening(asked)


def _item(item: Item, answer: str | None) -> Field:
    names = screening().answers
    return Field(
        name=f"{SCREENED}{item.code}" if item.code in coded_fields() else item.code,
        label=str(item.question),
        kind="radios",
        values=(answer,) if answer else (),
        options=tuple(Option(value=code, label=str(names[code])) for code in item.answers),
    )


def intake_changes(sent: Sent) -> dict[str, object]:
    """The intake's fields of a form, as its room reads them; times without a zone are Istanbul's."""
    changes: dict[str, object] = {}
    for name, values in sent.items():
        if name in SAFE_FIELDS:
            continue
        chosen = [value for value in values if value != ""]
        field = coded_fields().get(name)
        if field is not None and field.multiple:
            changes[name] = chosen
        elif name in FLAGS:
            changes[name] = bool(chosen)
        elif name in MOMENTS:
            changes[name] = _zoned(chosen[-1]) if chosen else ""
        else:
            changes[name] = chosen[-1] if chosen else ""
    return changes


def _zoned(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)).isoformat()


def without_empty(sent: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A form without those questions about the safe contact that were left empty."""
    return {name: given for name, given in sent.items() if name not in SAFE_FIELDS or any(one.strip() for one in given)}


def agreement(sent: Sent, safe: SafeContactView | None) -> tuple[Agreed | None, dict[str, str]]:
    """What she agreed to after this form: what stood before with what was changed; errors by field name.

    ``None`` where the form says nothing of it, or where a field cannot be read.
    """
    given = {name: values[-1].strip() if values else "" for name, values in sent.items() if name in SAFE_FIELDS}
    if not given:
        return None, {}
    before = safe_hours_of(safe)
    try:
        hours = parse_hours(given["safe_when"]) if "safe_when" in given else before
    except UnreadableHoursError:
        return None, {"safe_when": _("Write the days and hours like this: weekdays 10:00 to 15:00.")}
    cover = given.get("safe_cover", safe.cover_story or "" if safe else "")
    if cover and story(cover) is None:
        return None, {"safe_cover": error_sentence("unknown_code")}
    try:
        until = end_of(given["safe_until"]) if "safe_until" in given else safe.expires_at if safe else None
    except ValueError:
        return None, {"safe_until": error_sentence("not_a_day")}
    return (
        Agreed(
            call=given.get("safe_call") or (safe.call if safe else "unasked"),
            sms=given.get("safe_sms") or (safe.sms if safe else "unasked"),
            days=hours.days,
            from_minute=hours.since,
            to_minute=hours.until,
            who_may_answer=given.get("safe_who", safe.who_may_answer if safe else "")[:_LONGEST_WHO],
            code_word=given.get("safe_code_word", ""),
            code_word_hint=given.get("safe_question", safe.code_word_hint if safe else "")[:_LONGEST_WHO],
            cover_story=cover or None,
            on_drop=given.get("safe_on_drop") or (safe.on_drop if safe else "wait"),
            expires_at=until,
        ),
        {},
    )


def end_of(day: str) -> datetime | None:
    """The end of a day in Istanbul; None for an empty one. Raises ValueError."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), ISTANBUL) if day else None


def held_back(names: Sequence[str]) -> dict[str, str]:
    """What the form says beside the answers about the safe contact that were not taken, by field name."""
    fields = {
        "call": "safe_call",
        "sms": "safe_sms",
        "when": "safe_when",
        "who_may_answer": "safe_who",
        "code_word": "safe_code_word",
        "code_word_hint": "safe_question",
        "cover_story": "safe_cover",
        "expires_at": "safe_until",
    }
    text = _("Say first how you made sure who speaks. Until then only what forbids more is written down.")
    return {fields[name]: text for name in names if name in fields}


def safe_hours_of(safe: SafeContactView | None) -> SafeHours:
    """The hours of an agreement; all, where there is none."""
    return SafeHours(safe.days, safe.from_minute, safe.to_minute) if safe is not None else SafeHours()


def screening_answers(sent: Sent, view: IntakeView) -> dict[str, str]:
    """The whole set of answers after this form: an empty answer means that it was not asked."""
    answers = dict(view.screenings[0].answers) if view.screenings else {}
    for name, values in ((sent_name.removeprefix(SCREENED), values) for sent_name, values in sent.items()):
        chosen = values[-1] if values else ""
        if chosen:
            answers[name] = chosen
        else:
            answers.pop(name, None)
    return answers


def field_of(name: str) -> str:
    """The question of the form that answers for what is missing."""
    return "referred_to" if name.startswith(UNCONSENTED) else name


def field_label(name: str) -> str:
    """The name of a question in a list of what is missing."""
    if name == "screening":
        return _("Screening")
    if name.startswith(UNCONSENTED):
        whom = consents().recipient(name.removeprefix(UNCONSENTED))
        return _("her consent, or a report that the law wants: %(whom)s", whom=whom)
    known = coded_fields().get(name)
    return str(known.label) if known is not None else name
