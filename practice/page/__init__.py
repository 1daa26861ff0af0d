"""The practice phone in the browser: dial or text the line as anybody, and answer for those who are on call."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from flask import Blueprint, Response, jsonify, render_template, request

LANGUAGES = ("tr", "en")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def catalogue(language: str) -> dict[str, str]:
    """The page's sentences in a language."""
    found: dict[str, str] = json.loads(
        resources.files(__package__).joinpath("catalogue", f"{language}.json").read_text(encoding="utf-8")
    )
    return found


def _language() -> str:
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    # Turkish is ours; a browser that names English before Turkish gets English.
    return request.accept_languages.best_match(LANGUAGES, default="tr") or "tr"


def blueprint() -> Blueprint:
    """GET / and its static files."""
    folder = Path(__file__).parent
    edge = Blueprint(
        "page", __name__, template_folder=str(folder / "templates"), static_folder=str(folder / "static"),
        static_url_path="/static",
    )  # fmt: skip

    @edge.get("/")
    def phones() -> str:
        language = _language()
        return render_template("phones.html", texts=catalogue(language), language=language)

    @edge.get("/catalogue/<language>.json")
    def texts(language: str) -> tuple[Response, int]:
        if language not in LANGUAGES:
            return jsonify({}), 404
        return jsonify(catalogue(language)), 200

    @edge.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return edge
