"""Refusals of the API as problem+json (RFC 9457): a status, a title, nothing about any record."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException


def problem(status: int, error: HTTPException | None = None) -> Response:
    """The answer to a refused request; keeps the headers that the refusal needs (``WWW-Authenticate``)."""
    answer = jsonify(type="about:blank", title=HTTPStatus(status).phrase, status=status)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if error is not None:
        for name, value in error.get_headers():
            if name in {"WWW-Authenticate", "Retry-After", "Allow"}:
                answer.headers[name] = value
    return answer


class BadParameterError(ValueError):
    """A query parameter that cannot be read; ``name`` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
