"""The read API: exactly the promised fields, one centre, and no way to a number, a name or a text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.actor import system
from core.audit import AuditEntry
from core.unit_of_work import unit_of_work
from dashboard.api.schema import SCHEMAS
from escalation.cases.models import Case
from hotline import queries as hotline
from staff.scope import Scope
from staff.service import issue_token
from tests.edge.dashboard.conftest import House
from tests.edge.dashboard.test_cases import opened_case
from tests.edge.dashboard.test_workspace import number_of, taken_call, taken_text


class Machine:
    """A machine with a token."""

    def __init__(self, house: House, *scopes: str) -> None:
        with unit_of_work(house.ground) as session:
            self._token = issue_token(session, system("tests"), house.desk.centre_id, scopes)
        self._client: FlaskClient = house.app.test_client()

    def get(self, path: str, **query: str) -> TestResponse:
        """One request."""
        return self._client.get(
            f"/api/v1{path}",
            query_string=query,
            headers={"Authorization": f"Bearer {self._token}"},
        )


def sid_of(house: House, contact_id: UUID) -> str:
    """The carrier's SID of a contact."""
    with unit_of_work(house.ground) as session:
        found = hotline.contact(session, Scope.system("tests"), contact_id)
        assert found is not None
        return found.carrier_sid


def holds(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value is what the schema promises, with no field more or less."""
    if "$ref" in schema:
        return holds(value, SCHEMAS[schema["$ref"].rpartition("/")[2]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    python = {"string": str, "integer": int, "array": list, "object": dict, "null": type(None)}
    if not isinstance(value, tuple(python[kind] for kind in kinds)):
        return False
    if isinstance(value, dict):
        fields = schema["properties"]
        return set(value) == set(fields) and all(holds(value[name], fields[name]) for name in fields)
    if isinstance(value, list):
        return all(holds(one, schema["items"]) for one in value)
    return "enum" not in schema or value in schema["enum"]


def test_the_answers_are_what_the_document_promises(house: House) -> None:
    operator, call = taken_call(house)
    operator.post(f"/contacts/{call}/escalate", {"reason": "language"})
    machine = Machine(house, "contacts", "pages", "duty")
    listed = machine.get("/contacts").get_json()
    assert holds(listed, SCHEMAS["Contacts"])
    [contact] = listed["items"]
    assert contact["ref"] == house.desk.intake(call).ref
    assert machine.get(f"/contacts/{contact['ref']}").get_json() == contact
    pages = machine.get("/pages").get_json()
    assert holds(pages, SCHEMAS["Pages"])
    assert pages["items"][0]["subject"] == contact["ref"]
    assert machine.get(f"/pages/{pages['items'][0]['code']}").get_json() == pages["items"][0]
    duty = machine.get("/duty").get_json()
    assert all(holds(row, SCHEMAS["Duty"]) for row in duty)
    document = machine.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert number_of(house, call).lstrip("+") not in machine.get("/contacts").text


def test_a_sid_finds_its_contact_also_a_messages(house: House) -> None:
    _, call = taken_call(house)
    _, text = taken_text(house)
    machine = Machine(house, "contacts")
    for contact_id in (call, text):
        sid = sid_of(house, contact_id)
        [found] = machine.get("/contacts", carrier_sid=sid).get_json()["items"]
        assert found["carrier_sid"] == sid
    assert machine.get("/contacts", carrier_sid="CA" + "0" * 32).get_json() == {"items": [], "next": None}


def test_lists_are_paged_by_a_cursor(house: House) -> None:
    contacts = [house.desk.call() for _ in range(3)]
    machine = Machine(house, "contacts")
    first = machine.get("/contacts", limit="2").get_json()
    second = machine.get("/contacts", limit="2", cursor=first["next"]).get_json()
    assert second["next"] is None
    sids = [item["carrier_sid"] for item in (*first["items"], *second["items"])]
    assert sids == [sid_of(house, one) for one in reversed(contacts)]


@pytest.mark.parametrize(("query", "name"), [({"limit": "0"}, "limit"), ({"cursor": "!"}, "cursor")])
def test_a_parameter_that_cannot_be_read_is_named(house: House, query: dict[str, str], name: str) -> None:
    answer = Machine(house, "contacts").get("/contacts", **query)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert name in answer.get_json()["detail"]


def test_a_case_is_named_unless_it_is_under_secrecy(house: House) -> None:
    _, contact, ref = opened_case(house)
    machine = Machine(house, "contacts")
    assert machine.get("/contacts").get_json()["items"][0]["case"] == ref
    with unit_of_work(house.ground) as session:
        session.scalars(select(Case).where(Case.ref == ref)).one().confidential = True
    [found] = machine.get("/contacts").get_json()["items"]
    assert (found["case"], found["ref"]) == (None, house.desk.intake(contact).ref)


def test_another_centres_token_sees_nothing(house: House, elsewhere: House) -> None:
    operator, call = taken_call(house)
    operator.post(f"/contacts/{call}/escalate", {"reason": "language"})
    [page] = operator.json("/board/snapshot")["pages"]
    machine = Machine(elsewhere, "contacts", "pages", "duty")
    assert machine.get("/contacts").get_json()["items"] == []
    assert machine.get("/contacts", carrier_sid=sid_of(house, call)).get_json()["items"] == []
    assert machine.get(f"/contacts/{house.desk.intake(call).ref}").status_code == 404
    assert machine.get(f"/pages/{page['code']}").status_code == 404
    assert machine.get("/duty").get_json() == []


def test_a_guess_at_a_name_leaves_a_trace(house: House, elsewhere: House) -> None:
    operator, call = taken_call(house)
    operator.post(f"/contacts/{call}/escalate", {"reason": "language"})
    [page] = operator.json("/board/snapshot")["pages"]
    ref = house.desk.intake(call).ref
    machine = Machine(elsewhere, "contacts", "pages")
    for path in (f"/contacts/{ref}", "/contacts/R-7K2M-9QXD", "/contacts/Zeynep", f"/pages/{page['code']}", "/pages/x"):
        answer = machine.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    with unit_of_work(house.ground) as session:
        entries = select(AuditEntry).where(
            AuditEntry.centre_id == elsewhere.desk.centre_id, AuditEntry.actor_name == "api"
        )
        denied = [
            (one.act, one.subject_kind, one.subject_id) for one in session.scalars(entries.order_by(AuditEntry.id))
        ]
    assert denied == [
        ("denied_scope", "contact", ref),
        ("denied_scope", "contact", "R-7K2M-9QXD"),
        ("denied_scope", "contact", "malformed"),
        ("denied_scope", "page", page["code"]),
        ("denied_scope", "page", "malformed"),
    ]


def test_without_a_token_or_its_scope_it_is_refused_in_json(house: House) -> None:
    bare = house.app.test_client().get("/api/v1/contacts")
    assert (bare.status_code, bare.content_type) == (401, "application/problem+json")
    assert "WWW-Authenticate" in bare.headers
    assert Machine(house, "duty").get("/contacts").status_code == 403
    assert house.browser("operator").get("/api/v1/contacts").status_code == 401
