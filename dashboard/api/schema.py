"""The OpenAPI document of the read API, written by hand: it is the promise, and a test holds the answers against it."""

from __future__ import annotations

from typing import Any

from hotline.rules import DESK_CHANNELS

Json = dict[str, Any]

_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}
_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list_of(name: str) -> Json:
    return _object({"items": {"type": "array", "items": _ref(name)}, "next": {**_MAYBE, "description": "cursor"}})


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: Json = {
    "Contact": _object(
        {
            "ref": {**_MAYBE, "description": "reference of the contact, as R-7K2M-9QXD"},
            "channel": {"type": "string", "enum": ["voice", "sms", *DESK_CHANNELS]},
            "carrier_sid": _MAYBE,
            "centre": _TEXT,
            "state": _TEXT,
            "level": {"type": ["integer", "null"], "minimum": 1, "maximum": 4},
            "received_at": _MOMENT,
            "answered_at": _MOMENT,
            "ended_at": _MOMENT,
            "ended_by": _MAYBE,
            "intake": {**_MAYBE, "description": "reference of the intake"},
            "case": {**_MAYBE, "description": "reference of the case, unless it is under secrecy"},
        },
    ),
    "Attempt": _object({"medium": _TEXT, "state": _TEXT, "carrier_sid": _MAYBE, "at": _MOMENT}),
    "Page": _object(
        {
            "code": _TEXT,
            "subject": {**_TEXT, "description": "reference of the contact, or the kind of what it is about"},
            "state": {"type": "string", "enum": ["open", "acked", "engaged", "snoozed", "closed", "merged"]},
            "level": {"type": "integer", "minimum": 1, "maximum": 4},
            "step": {"type": "integer", "minimum": 0, "description": "rung reached; 0 before anybody was notified"},
            "due_at": _MOMENT,
            "accepted_at": _MOMENT,
            "attempts": {"type": "array", "items": _ref("Attempt")},
        },
    ),
    "Duty": _object(
        {
            "centre": _TEXT,
            "line": _TEXT,
            "role": _TEXT,
            "count": {"type": "integer"},
            "from": _MOMENT,
            "until": _MOMENT,
        },
    ),
    "Contacts": _list_of("Contact"),
    "Pages": _list_of("Page"),
    "Problem": {
        "type": "object",
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
        "required": ["title", "status"],
    },
}

_CURSOR: Json = {"name": "cursor", "in": "query", "schema": _TEXT, "description": "`next` of the list before"}
_LIMIT: Json = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
}
_SID: Json = {
    "name": "carrier_sid",
    "in": "query",
    "schema": _TEXT,
    "description": "SID of a call or a message; a message's SID finds its contact",
}


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _get(summary: str, scope: str, schema: Json, *parameters: Json, found: bool = True) -> Json:
    refusal = {"content": {"application/problem+json": {"schema": _ref("Problem")}}}
    answers: Json = {
        "200": {"description": summary, "content": {"application/json": {"schema": schema}}},
        "401": {"description": "No valid token", **refusal},
        "403": {"description": "The token lacks the scope", **refusal},
    }
    if _LIMIT in parameters:
        answers["400"] = {"description": "A parameter that cannot be read; the detail names it", **refusal}
    if not found:
        answers["404"] = {"description": "Nothing of that name within the token's reach", **refusal}
    return {
        "get": {
            "summary": summary,
            "security": [{"token": [scope]}],
            "parameters": list(parameters),
            "responses": answers,
        },
    }


def openapi(server: str) -> Json:
    """The document, for the server at this address."""
    duty = {"type": "array", "items": _ref("Duty")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Koza read API",
            "version": "1",
            "description": "What stands on the board of one centre. No number, name, text or district ever.",
        },
        "servers": [{"url": server}],
        "paths": {
            "/api/v1/contacts": _get(
                "Contacts, the newest first",
                "contacts",
                _ref("Contacts"),
                _SID,
                _CURSOR,
                _LIMIT,
            ),
            "/api/v1/contacts/{ref}": _get(
                "One contact by its reference",
                "contacts",
                _ref("Contact"),
                _path("ref"),
                found=False,
            ),
            "/api/v1/pages": _get("Pages, the newest first", "pages", _ref("Pages"), _CURSOR, _LIMIT),
            "/api/v1/pages/{code}": _get("One page by its code", "pages", _ref("Page"), _path("code"), found=False),
            "/api/v1/duty": _get("Who serves which line now: how many", "duty", duty),
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "from `koza staff token`"},
            },
        },
    }
