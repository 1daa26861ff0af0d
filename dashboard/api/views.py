"""The routes of the read API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from core.ids import PAGE_CODE_LENGTH, parse_reference
from dashboard import frame
from dashboard.api import reads
from dashboard.api.problems import BadParameterError, problem
from dashboard.api.schema import openapi
from staff.edge import bearer, public

Json = dict[str, Any]


def api_blueprint() -> Blueprint:
    """The blueprint; every answer is read in one unit of work through the token's scope."""
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
    for path, view in (
        ("/openapi.json", document),
        ("/contacts", contacts),
        ("/contacts/<ref>", contact),
        ("/pages", pages),
        ("/pages/<code>", page),
        ("/duty", duty),
    ):
        blueprint.add_url_rule(path, view.__name__, view)
    blueprint.register_error_handler(BadParameterError, _bad_parameter)
    return blueprint


@public
def document() -> Response:
    """What the API offers, as OpenAPI 3.1."""
    return jsonify(openapi(frame.ground().settings.public_url))


@bearer("contacts")
def contacts() -> Response:
    """Contacts of the token's centre, the newest first, or the one with this SID."""
    sid = request.args.get("carrier_sid")
    if sid == "":
        # Whoever came to a desk has none: an empty one names nobody, and least of all everybody.
        raise BadParameterError("carrier_sid")
    if sid is not None:
        return jsonify(_read(lambda session: reads.contacts_by_sid(session, frame.scope(), sid[:64])))
    after, limit = _place()
    return jsonify(_read(lambda session: reads.contacts(session, frame.scope(), after, limit)))


@bearer("contacts")
def contact(ref: str) -> Response:
    """One contact by its reference."""
    wanted = parse_reference(ref) or "malformed"
    return jsonify(_found("contact", wanted, lambda session: reads.contact(session, frame.scope(), ref)))


@bearer("pages")
def pages() -> Response:
    """Pages of the token's centre, the newest first."""
    after, limit = _place()
    return jsonify(_read(lambda session: reads.pages(session, frame.scope(), after, limit)))


@bearer("pages")
def page(code: str) -> Response:
    """One page by its code."""
    wanted = code.upper() if len(code) == PAGE_CODE_LENGTH else "malformed"
    return jsonify(_found("page", wanted, lambda session: reads.page(session, frame.scope(), code)))


@bearer("duty")
def duty() -> Response:
    """Who serves which line now: how many, never who."""
    return jsonify(_read(lambda session: reads.duty(session, frame.scope())))


def _place() -> tuple[Any, int]:
    return reads.read_cursor(request.args.get("cursor", "")), reads.read_limit(request.args.get("limit", ""))


def _read(work: Callable[[Session], Any]) -> Any:
    return frame.act(work)


def _found(kind: str, wanted: str, work: Callable[[Session], Json | None]) -> Json:
    """What was asked for by its name. A guess at one leaves a trace, and nothing of it but a well-formed name."""
    found = frame.act(work)
    if found is None:
        raise frame.scope().out_of_scope(kind, wanted)
    return found


def _bad_parameter(error: BadParameterError) -> Response:
    answer = problem(400)
    body = dict(answer.get_json())
    answer.set_data(jsonify({**body, "detail": f"cannot read the parameter {error.name}"}).get_data())
    return answer
