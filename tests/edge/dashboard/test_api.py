"""The read API: exactly the promised fields, one centre, and no way to a number, a name or a text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.actor import system
from core.audit import AuditEntry
from core.clock import now
from core.unit_of_work import unit_of_work
from escalation.cases.models import Case
from hotline import queries as hotline
from hotline.sender import Sender
from routing.service import add_shift
from staff.scope import Scope
from staff.service import add_contact_point, issue_token, new_proof, verify_contact_point
from tests.edge.dashboard.conftest import House
from tests.edge.dashboard.test_cases import opened_case
from tests.edge.dashboard.test_workspace import number_of, taken_call, taken_text
from tests.support.fake_carrier import FakeCarrier
from tests.support.house import Clock
from tests.support.line import fresh_number


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


class Promise:
    """The document as it is served, held against what is answered."""

    def __init__(self, machine: Machine) -> None:
        self.document: dict[str, Any] = machine.get("/openapi.json").get_json()

    def broken_by(self, path: str, answer: TestResponse) -> list[str]:
        """What an answer has that the document does not promise for this path and status, or lacks."""
        promised = self.document["paths"][f"/api/v1{path}"]["get"]["responses"].get(str(answer.status_code))
        if promised is None or answer.content_type not in promised["content"]:
            return [f"{answer.status_code} {answer.content_type} is not in the document"]
        schema = {**promised["content"][answer.content_type]["schema"], "components": self.document["components"]}
        checked = OAS31Validator(schema, format_checker=oas31_format_checker)
        return [f"{error.json_path}: {error.message}" for error in checked.iter_errors(answer.get_json())]


def on_call(house: House) -> UUID:
    """A member on duty who is texted and called."""
    member = house.desk.person("oncall")
    actor = system("tests")
    with unit_of_work(house.ground) as session:
        point = add_contact_point(session, actor, member, "sms", fresh_number(), two_way=True)
        assert verify_contact_point(session, actor, point, new_proof(session, actor, point))
        start, line = now(session) - timedelta(hours=1), house.desk.line.line_id
        duty = {"centre_id": house.desk.centre_id, "line_id": line, "start": start, "end": start + timedelta(hours=9)}
        add_shift(session, actor, account_id=member, role="oncall", **duty)
    return member


def sent_round(house: House) -> None:
    """What is due is done, and what is to be sent reaches a carrier that takes all."""
    with unit_of_work(house.ground) as session:
        moment = now(session)
    sender = Sender(house.ground, FakeCarrier(lambda: moment))
    house.desk.tick()
    while sender.round():
        pass


def test_the_document_is_valid_openapi(house: House) -> None:
    document = Promise(Machine(house, "duty")).document
    assert document["openapi"].startswith("3.1.")
    validate(document)
    # Nothing of ours is promised loosely: a field too many or too few would not be seen.
    assert [
        name
        for name, schema in document["components"]["schemas"].items()
        if name != "Problem"
        and (schema["additionalProperties"] is not False or set(schema["required"]) != set(schema["properties"]))
    ] == []


def test_the_answers_are_what_the_document_promises(house: House) -> None:
    on_call(house)
    operator, call = taken_call(house)
    operator.post(f"/contacts/{call}/escalate", {"reason": "language"})
    sent_round(house)
    machine = Machine(house, "contacts", "pages", "duty")
    promise = Promise(machine)

    def asked(path: str, **names: str) -> Any:
        answer = machine.get(path.format(**names))
        assert (answer.status_code, promise.broken_by(path, answer)) == (200, [])
        return answer.get_json()

    [contact] = asked("/contacts")["items"]
    assert contact["ref"] == house.desk.intake(call).ref
    assert asked("/contacts/{ref}", ref=contact["ref"]) == contact
    [page] = asked("/pages")["items"]
    assert (page["subject"], page["level"], page["state"]) == (contact["ref"], 2, "open")
    [attempt] = [one for one in page["attempts"] if one["medium"] == "sms"]
    assert attempt["carrier_sid"].startswith("SM")
    assert asked("/pages/{code}", code=page["code"]) == page
    [duty] = asked("/duty")
    assert (duty["role"], duty["count"]) == ("oncall", 1)
    assert number_of(house, call).lstrip("+") not in machine.get("/contacts").text


def test_refusals_are_what_the_document_promises(house: House) -> None:
    machine, other = Machine(house, "contacts", "pages"), Machine(house, "duty")
    promise = Promise(machine)
    bare = house.app.test_client()
    for path in ("/contacts", "/contacts/{ref}", "/pages", "/pages/{code}", "/duty"):
        place = path.format(ref="R-2222-2222", code="2222")
        answers = {401: bare.get(f"/api/v1{place}"), 403: (machine if path == "/duty" else other).get(place)}
        if place != path:
            answers[404] = machine.get(place)
        elif path != "/duty":
            answers[400] = machine.get(place, limit="0")
        for status, answer in answers.items():
            assert (path, answer.status_code, promise.broken_by(path, answer)) == (path, status, [])


def test_a_page_about_a_contact_in_the_middle_of_its_day_is_promised_too(house: House, hand: Clock) -> None:
    """An ended contact with a case, a page that was accepted: every field that may be empty has been filled once."""
    on_call(house)
    operator, contact, ref = opened_case(house)
    # A reply may be taken back for a while, and she is answered when it has left.
    hand.advance(20)
    sent_round(house)
    operator.post(f"/contacts/{contact}/escalate", {"reason": "legal_now"})
    [row] = operator.json("/board/snapshot")["pages"]
    assert house.browser("oncall").post(f"/pages/{row['code']}/accept").status_code == 303
    assert operator.post(f"/contacts/{contact}/close").status_code == 303
    machine = Machine(house, "contacts", "pages")
    promise = Promise(machine)
    for path in ("/contacts", "/pages"):
        assert promise.broken_by(path, machine.get(path)) == []
    [found] = machine.get("/contacts").get_json()["items"]
    assert (found["case"], found["channel"]) == (ref, "sms")
    assert None not in {found[name] for name in ("answered_at", "ended_at", "level", "intake")}
    [page] = machine.get("/pages").get_json()["items"]
    assert page["accepted_at"] is not None


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
