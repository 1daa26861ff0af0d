"""The register of measures and the law's clock, as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from dashboard.presenters.forms import Field, FormError, FourEyes, Option, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLine:
    """One measure. ``until`` is its last day in words; ``sure`` is false where nobody knows whether it still holds."""

    ref: str
    title: str
    until: str
    state: str = ""
    sure: bool = True
    detail: str = ""
    id: str = ""
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBrief:
    """A decision that protects her or may, in the panel of her case."""

    href: str
    authority: str
    decided_on: date
    state: str
    tone: Tone
    measures: tuple[MeasureLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that is lacking or to be done, and where what asks for it is drawn up; empty where nothing is."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPanel:
    """What protects her now, as far as the register knows."""

    sentence: str
    tone: Tone
    decisions: tuple[DecisionBrief, ...] = ()
    earlier: tuple[DecisionBrief, ...] = ()
    missing: tuple[Need, ...] = ()
    today: tuple[Need, ...] = ()
    record_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLines:
    """One way to reckon a period, step by step."""

    basis: str
    legal_at: datetime | None
    safe_at: datetime | None
    #: Each step in a sentence, and what it stands on.
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRow:
    """A period of the law. The first reading drives the reminders, the others are shown beside it."""

    id: str
    title: str
    about: str
    state: str
    tone: Tone
    legal_at: datetime | None
    safe_at: datetime | None
    duty_court: bool
    readings: tuple[ReadingLines, ...]
    source: str
    mark: str
    live: bool = True
    #: What the other side may still do: its second moment is the one before which nothing is to be relied on.
    theirs: bool = False
    #: That a measure of hers ends.
    ends_protection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureBoxes:
    """The boxes of one article, in the order of the court's form."""

    key: str
    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A decision that bears the same numbers, said before anything is saved."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionForm:
    """The form on which a decision is entered. ``typed`` is what stands in its fields, ``ticked`` its boxes."""

    case_id: str
    case_ref: str
    form: str
    forms: tuple[Option, ...]
    urgent: bool
    fields: Mapping[str, Field]
    boxes: tuple[MeasureBoxes, ...]
    ticked: tuple[str, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    days: tuple[int, ...] = ()
    #: Courts, offices and police units that were written before, to be completed while one types.
    authorities: tuple[str, ...] = ()
    hints: tuple[Option, ...] = ()
    known: Known | None = None
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """One thing that can be done with a decision: its fields, drawn under one heading.

    ``boxes`` are the measures of its field of the kind "boxes".
    """

    do: str
    title: str
    fields: tuple[Field, ...]
    button: str
    help: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    open: bool = False
    upload: bool = False
    boxes: tuple[MeasureBoxes, ...] = ()
    hints: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """An entry of the audit about a decision."""

    at: datetime
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachBrief:
    """A breach and what became of it. ``note`` says why it cannot be called off."""

    id: str
    occurred_at: datetime
    measures: str
    state: str
    tone: Tone
    account: str
    facts: tuple[tuple[str, str], ...]
    acts: tuple[ActForm, ...]
    draft: Need | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """A decision with its items, what became of it, and what can be done."""

    id: str
    case_id: str
    case_ref: str
    case_href: str
    title: str
    state: str
    tone: Tone
    note: str
    facts: tuple[tuple[str, str], ...]
    measures: tuple[MeasureLine, ...]
    acts: tuple[ActForm, ...]
    notices: tuple[str, ...]
    approval: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    objections: tuple[tuple[str, ActForm | None], ...]
    breaches: tuple[BreachBrief, ...]
    paper_href: str
    application_href: str
    deadlines: tuple[DeadlineRow, ...]
    history: tuple[HistoryLine, ...]
    #: Petitions that may be drawn up about it.
    drafts: tuple[Need, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A decision in a list: neutral columns alone."""

    href: str
    case_ref: str
    authority: str
    decided_on: date
    measures: str
    state: str
    tone: Tone
    first_end: date | None
    last_end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A line of the statistics."""

    what: str
    group: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """The register: search, what ends next, what was counted."""

    fields: tuple[Field, ...]
    asked: bool = False
    rows: tuple[RegisterRow, ...] = ()
    after: str = ""
    ending: tuple[RegisterRow, ...] = ()
    #: Not there for who may not take rows out of the house.
    export: FourEyes | None = None
    #: What was searched for, to be sent again for the next rows or an export.
    typed: tuple[tuple[str, str], ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsPage:
    """Counts of the register in a period; the filter stands in the address, it names nobody."""

    filters: tuple[Field, ...]
    rows: tuple[Counted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRow:
    """An application in the panel of its case; ``next_act`` is what it waits for, empty where for nothing."""

    href: str
    purpose: str
    measures: str
    state: str
    tone: Tone
    made_at: datetime
    next_act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationsPanel:
    """What was asked of authorities for her; ``new_href`` where the reader may begin another."""

    rows: tuple[ApplicationRow, ...]
    new_href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm:
    """The form on which an application for measures begins."""

    case_id: str
    case_ref: str
    back_href: str
    fields: Mapping[str, Field]
    boxes: tuple[MeasureBoxes, ...]
    ticked: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPage:
    """An application with what became of it, and what can be done now."""

    id: str
    case_ref: str
    case_href: str
    title: str
    state: str
    tone: Tone
    facts: tuple[tuple[str, str], ...]
    measures: tuple[Option, ...]
    statement: str
    acts: tuple[ActForm, ...]
    #: Entering the decision that answers it, with what was asked for ticked.
    decide_href: str
    decision_href: str
    petition_href: str
    history: tuple[HistoryLine, ...]
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLine:
    """One reminder: when it was told, to whom, and what happens next. ``spans`` are how long it can be put off."""

    id: str
    what: str
    state: str
    tone: Tone
    told_at: datetime | None
    told: str
    next: str
    may_act: bool = False
    spans: tuple[Option, ...] = ()
    #: Why it cannot be put off any more.
    no_snooze: str = ""
    error: str = ""
    chosen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A period of which somebody is reminded. ``done`` are the acts that only a person can tell, with their words."""

    deadline: DeadlineRow
    case_ref: str
    case_href: str
    decision_href: str
    reminders: tuple[ReminderLine, ...]
    done: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """What is due: what waits for the reader, and what others were told or took on."""

    mine: tuple[DueRow, ...]
    others: tuple[DueRow, ...]
    #: How many periods there are beyond those that are shown; empty where there are none.
    more: str = ""
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRow:
    """Something that ends before the next working day."""

    id: str
    title: str
    case_ref: str
    case_href: str
    decision_href: str
    ends_at: datetime | None
    safe_at: datetime | None
    state: str
    tone: Tone
    told: str = ""
    may_tick: bool = False
    chosen: str = ""
    words: str = ""
    error: FormError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosurePage:
    """What is to be ticked off before closed days. ``note`` says why there is nothing, or by when it has to be done."""

    day: date | None
    following: date | None
    rows: tuple[TickRow, ...]
    options: tuple[Option, ...]
    note: str
    errors: tuple[FormError, ...] = ()
