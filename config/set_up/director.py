"""Step 2: the director, who has proven her authenticator. From then on she can sign in."""

from __future__ import annotations

import segno
from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.set_up.forms import Given, WrongFieldError, ask, given
from config.set_up.progress import PREFIX, Progress, look
from config.set_up.stage import go_on, stage, to
from core.i18n import current_locale
from core.i18n import gettext as _
from dashboard import frame
from dashboard.presenters import FormError, SetUpCodePage, SetUpFormPage
from dashboard.wording import password_error
from staff import service, set_up
from staff.edge import set_up as at_set_up
from staff.edge.waiting import WaitingRoom
from staff.errors import WeakPasswordError
from staff.passwords import MIN_LENGTH
from staff.sign_in import note_failure, prepare_code
from staff.totp import provisioning_uri

#: The blank squares around the picture that a camera wants.
_BORDER = 3


def picture_of(uri: str) -> Markup:
    """What an authenticator scans, as an SVG without a style attribute, which our policy refuses."""
    drawn = segno.make(uri, micro=False, error="m").svg_inline(border=_BORDER, light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - made by the library out of squares alone


@at_set_up
def director() -> ResponseReturnValue:
    """Her account, then the picture for her authenticator, then what stands."""
    again = request.args.get("again") == "1"
    return stage("director", lambda session, found: _page(session, found, again=again))


def _page(session: Session, found: Progress, *, again: bool) -> str:
    if found.director is None or (again and "director" not in found.done):
        return _form(found, {}, ())
    if "director" not in found.done:
        return _code(session, found, ())
    facts = ((_("Name"), found.director.display_name), (_("Sign-in name"), found.director.name))
    view = SetUpFormPage(
        steps=found.steps("director"),
        title=_("The director"),
        lead=_("Her authenticator is proven; she can sign in from now on."),
        action="",
        fields=(),
        facts=facts,
        next_href=found.next_href("director"),
    )
    return render_template("set_up/form.html", view=view, shell=frame.bare_shell())


def _form(found: Progress, values: Given, errors: tuple[FormError, ...]) -> str:
    slug = found.centre.slug if found.centre else ""
    known = found.director
    before = {
        "name": known.name if known else f"director@{slug}",
        "display_name": known.display_name if known else "",
    }
    filled = {**before, **values}
    view = SetUpFormPage(
        steps=found.steps("director"),
        title=_("Who directs the centre?"),
        lead=_("She reads the centre's contacts and cases, writes the rota, and is woken when nobody else answers."),
        action=f"{PREFIX}/director",
        fields=(
            ask("display_name", _("Name"), "text", filled, errors, help_=_("What colleagues see.")),
            ask("name", _("Sign-in name"), "text", filled, errors, help_=_("It names the post and not the person.")),
            ask(
                "password",
                _("Password"),
                "password",
                filled,
                errors,
                help_=_("At least %(n)d characters; best are four words that have nothing in common.", n=MIN_LENGTH),
            ),
            ask("password_again", _("The password again"), "password", filled, errors),
        ),
        errors=errors,
    )
    return render_template("set_up/form.html", view=view, shell=frame.bare_shell())


@at_set_up
def make_director() -> ResponseReturnValue:
    """Make the account, or make it anew as long as its authenticator is not proven."""
    values = given()

    def work(session: Session) -> None:
        set_up.hold(session)
        found = look(session)
        if found.centre is not None and "director" not in found.done:
            _make(session, found, values)

    try:
        frame.act(work)
    except WrongFieldError as wrong:
        error = wrong.error
    except WeakPasswordError as weak:
        error = FormError(field="password", text=password_error(weak.reason))
    except IntegrityError:
        error = FormError(field="name", text=_("This sign-in name exists already."))
    except ValueError as refused:
        error = FormError(field="name", text=str(refused))
    else:
        return to(f"{PREFIX}/director")
    return stage("director", lambda _session, found: _form(found, values, (error,)), status=422)


def _make(session: Session, found: Progress, values: Given) -> None:
    name, display_name, password = (values.get(key, "") for key in ("name", "display_name", "password"))
    if not display_name:
        raise WrongFieldError("display_name", _("Give the name that colleagues see."))
    if password != values.get("password_again", ""):
        raise WrongFieldError("password_again", _("The two passwords differ."))
    if found.director is not None:
        set_up.renew_first_sign_in(session, found.director.id, password, name=name, display_name=display_name)
        return
    service.create_account(
        session,
        set_up.SET_UP,
        name=name,
        display_name=display_name,
        password=password,
        roles=("director",),
        centre_id=found.centre.id if found.centre else None,
        locale=current_locale(),
    )


def _code(session: Session, found: Progress, errors: tuple[FormError, ...]) -> str:
    if found.director is None or found.centre is None:
        return ""
    seed = set_up.new_accounts(session, found.centre.id)[found.director.id]
    view = SetUpCodePage(
        steps=found.steps("director"),
        name=found.director.name,
        secret=seed,
        picture=picture_of(provisioning_uri(seed, found.director.name)),
        errors=errors,
    )
    return render_template("set_up/authenticator.html", view=view, shell=frame.bare_shell())


class Proof:
    """Proves the director's code, with the delay that guesses earn."""

    def __init__(self, waiting: WaitingRoom) -> None:
        self._waiting = waiting

    @at_set_up
    def prove(self) -> ResponseReturnValue:
        """Field ``code``: the first that her authenticator shows."""
        found = frame.act(look)
        if found.director is None or "director" in found.done:
            return to(f"{PREFIX}/director")
        account_id = found.director.id
        attempt = frame.act(lambda session: prepare_code(session, account_id))
        self._waiting.wait(attempt)
        typed = frame.field("code", 40)

        def work(session: Session) -> bool:
            set_up.hold(session)
            right = set_up.prove_authenticator(session, account_id, typed)
            if not right:
                note_failure(session, attempt)
            return right

        if frame.act(work):
            return go_on("director")
        error = FormError(field="code", text=_("That code is not right. Wait for the next one and type it at once."))
        return stage("director", lambda session, now: _code(session, now, (error,)), status=422)
