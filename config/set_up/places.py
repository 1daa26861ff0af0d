"""Steps 1 and 3: the centre, and the lines that the public dials."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.set_up import rules
from config.set_up.forms import Given, WrongFieldError, ask, given, number_of
from config.set_up.progress import PREFIX, Progress, look
from config.set_up.stage import go_on, stage
from core.i18n import gettext as _
from core.settings import Settings
from dashboard import frame
from dashboard.presenters import Field, FormError, Option, SetUpFormPage
from staff import queries as staff
from staff import service
from staff.edge import set_up
from staff.set_up import SET_UP, hold

Errors = tuple[FormError, ...]


@set_up
def centre() -> ResponseReturnValue:
    """Where Koza works."""
    return stage("centre", lambda session, found: _centre_page(session, found, {}, ()))


@set_up
def make_centre() -> ResponseReturnValue:
    """Make the centre. Whoever comes second finds it made."""
    values = given()

    def work(session: Session) -> None:
        hold(session)
        if look(session).centre is not None:
            return
        name, province, kind = values.get("name", ""), values.get("province", ""), values.get("kind", "")
        if not name:
            raise WrongFieldError("name", _("Give the name that staff see."))
        known = {row.code: row.name for row in staff.provinces(session)}
        if province not in known and (kind != "national" or province):
            raise WrongFieldError("province", _("Choose a province of the list."))
        slug = values.get("slug") or rules.slug_of(known.get(province) or name)
        if slug != rules.slug_of(slug):
            raise WrongFieldError("slug", _("A centre's short name has small ASCII letters, digits and dashes."))
        service.create_centre(
            session,
            SET_UP,
            slug=slug,
            name=name,
            kind="national" if kind == "national" else "local",
            province_code=province or None,
        )

    try:
        frame.act(work)
    except WrongFieldError as wrong:
        error = wrong.error
        return stage("centre", lambda session, found: _centre_page(session, found, values, (error,)), status=422)
    return go_on("centre")


def _centre_page(session: Session, found: Progress, values: Given, errors: Errors) -> str:
    provinces = {row.code: row.name for row in staff.provinces(session)}
    kinds = {"local": _("one province"), "national": _("national lines, answered by several centres")}
    facts: tuple[tuple[str, str], ...] = ()
    if found.centre is not None:
        facts = (
            (_("Name"), found.centre.name),
            (_("Province"), provinces.get(found.centre.province_code or "", "")),
            (_("Short name"), found.centre.slug),
            (_("Serves"), kinds[found.centre.kind]),
        )
    help_ = _("In small letters, part of every sign-in name (operator1@ankara). Empty: the province's name.")
    by_name = sorted(provinces.items(), key=lambda one: rules.slug_of(one[1]))
    fields = (
        ask("name", _("Name"), "text", values, errors, help_=_("What staff see, such as Ankara KOZA-ŞÖNİM.")),
        ask(
            "province",
            _("Province"),
            "select",
            values,
            errors,
            options=tuple(Option(value=code, label=f"{name} ({code})") for code, name in by_name),
        ),
        ask("slug", _("Short name"), "text", values, errors, help_=help_),
        ask(
            "kind",
            _("Serves"),
            "radios",
            {"kind": "local", **values},
            errors,
            options=tuple(Option(value=code, label=label) for code, label in kinds.items()),
        ),
    )
    view = SetUpFormPage(
        steps=found.steps("centre"),
        title=_("Which centre is this?"),
        lead=_("Everything else belongs to it: its people, its lines, its contacts. Its short name stays."),
        action=f"{PREFIX}/centre",
        fields=() if facts else fields,
        errors=errors,
        facts=facts,
        next_href=found.next_href("centre"),
    )
    return render_template("set_up/form.html", view=view, shell=frame.bare_shell())


@set_up
def line() -> ResponseReturnValue:
    """The numbers that the public dials."""
    return stage("line", lambda _session, found: _line_page(found, {}, ()))


@set_up
def make_line() -> ResponseReturnValue:
    """Open the chosen numbers as lines of the centre."""
    values = given()
    chosen = frame.fields("numbers")

    def work(session: Session) -> None:
        hold(session)
        found = look(session)
        if found.centre is None:
            return
        offered = _offered(frame.ground().settings, found)
        numbers = [number for number in chosen if number in offered]
        if values.get("number"):
            numbers.append(number_of(values["number"], "number"))
        if not numbers:
            raise WrongFieldError("numbers" if offered else "number", _("Choose or enter at least one number."))
        for number in dict.fromkeys(numbers):
            if staff.line_by_number(session, number) is not None:
                raise WrongFieldError("number", _("%(number)s is a line already.", number=number))
            service.add_line(
                session,
                SET_UP,
                centre_id=found.centre.id,
                number=number,
                name=values.get("line_name") or number,
                fallback_number=next((one.fallback_number for one in found.lines), None),
            )

    try:
        frame.act(work)
    except (WrongFieldError, IntegrityError) as refused:
        doubled = FormError(field="number", text=_("This number is a line already."))
        error = refused.error if isinstance(refused, WrongFieldError) else doubled
        return stage("line", lambda _session, found: _line_page(found, values, (error,), chosen), status=422)
    return go_on("line")


def _offered(settings: Settings, found: Progress) -> list[str]:
    """Numbers of the settings that wait for this centre."""
    slug = found.centre.slug if found.centre else ""
    taken = {line.number for line in found.lines}
    waiting = [item.number for item in settings.hotline_numbers if item.centre in {None, slug}]
    return [number for number in waiting if number not in taken]


def _line_page(found: Progress, values: Given, errors: Errors, chosen: list[str] | None = None) -> str:
    settings = frame.ground().settings
    offered = _offered(settings, found)
    slug = found.centre.slug if found.centre else ""
    others = [f"{item.number}={item.centre}" for item in settings.hotline_numbers if item.centre not in {None, slug}]
    notes = [_("Whoever presses no key in the greeting hears Turkish; English, Arabic and Kurdish are one key away.")]
    # Whoever directs the centre decides it, whoever keeps the machine sets it: only here is she told of the choice.
    notes.append(
        _(
            "The greeting does not say whose line it is, because whoever presses redial on her telephone hears it too;"
            " koza line greeting changes that."
        )
    )
    if others:
        sentence = _("HOTLINE_NUMBERS gives %(numbers)s to another centre; whoever keeps the machine can change that.")
        notes.append(sentence % {"numbers": ", ".join(others)})
    fields: list[Field] = []
    if offered:
        wrong = next((error.text for error in errors if error.field == "numbers"), "")
        fields.append(
            Field(
                name="numbers",
                label=_("Numbers that the machine knows"),
                kind="checks",
                options=tuple(Option(value=number, label=number) for number in offered),
                values=tuple(offered if chosen is None else chosen),
                error=wrong,
            )
        )
    help_ = _("A number that you have rented from the carrier.")
    fields.append(ask("number", _("Another number") if offered else _("Number"), "phone", values, errors, help_=help_))
    name_help = _("What staff see beside a call, such as “Night line”. Empty: the number itself.")
    fields.append(ask("line_name", _("Name of the line"), "text", values, errors, help_=name_help))
    view = SetUpFormPage(
        steps=found.steps("line"),
        title=_("Which number do people dial?"),
        lead=_("Calls and texts to it reach this centre. More lines can be added later."),
        action=f"{PREFIX}/line",
        fields=tuple(fields) if offered or not found.lines or errors else (),
        errors=errors,
        notes=tuple(notes),
        facts=tuple((_("Line"), line.number if line.name == line.number else f"{line.number} · {line.name}")
                    for line in found.lines),
        submit=_("Open the line"),
        next_href=found.next_href("line"),
    )  # fmt: skip
    return render_template("set_up/form.html", view=view, shell=frame.bare_shell())
