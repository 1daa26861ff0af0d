"""What another site makes a signed-in browser send, and what a form sends that it has no field for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Table, select

import config.models  # noqa: F401 - the names of every column
from core.database import Base, Ground
from core.unit_of_work import unit_of_work
from intake.codes import fields as coded_fields
from intake.fields import FLAGS
from staff.catalogues import roles_catalogue
from tests.edge.dashboard.conftest import House
from tests.edge.security.asked import ASKED
from tests.edge.security.place import Place
from tests.edge.security.walk import asked
from tests.support.dumps import dump
from tools.who_may import EXPECTED, rule_of

pytestmark = pytest.mark.xdist_group("matrix")


def _unsafe(app: Flask) -> list[tuple[str, str, str]]:
    """(method, rule, an address) of everything that changes something.

    But the carrier's, who signs each request, and set-up, which is not there any more.
    """
    found = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if not rule.rule.startswith((*EXPECTED.carrier, EXPECTED.set_up)):
                path = re.sub(r"<uuid:\w+>", str(uuid4()), rule.rule)
                found.append((method, rule.rule, re.sub(r"<\w+>", "ZZZZ", path)))
    return found


FORGED: Mapping[str, Mapping[str, str]] = {
    "no token": {"Sec-Fetch-Site": "same-origin"},
    "no token and no word from the browser": {},
    "another's token": {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "x" * 43},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site"},
    "an address that was typed": {"Sec-Fetch-Site": "none"},
    "another origin": {"Origin": "https://evil.example"},
    "our host under another scheme": {"Origin": "https://127.0.0.1:8000"},
    "our name within another's": {"Origin": "http://127.0.0.1:8000.evil.example"},
}


def test_every_act_is_refused_to_another_site_and_without_the_token(house: House) -> None:
    """By somebody of every role, who may all of it: nothing but the forgery is wrong."""
    everything = house.browser(*(role.code for role in roles_catalogue().roles), stepped_up=True)
    acts = _unsafe(house.app)
    done, refused = set(), set()
    for method, rule, path in acts:
        public = f"{method} {rule}" in EXPECTED.public
        for what, headers in FORGED.items():
            # Without a session there is nothing that a token could belong to.
            if public and "token" in what:
                continue
            ours = {"Accept": "application/json", "X-CSRF-Token": everything.csrf}
            if "token" in what or public:
                del ours["X-CSRF-Token"]
            answer = everything.client.open(path, method=method, headers={**ours, **headers})
            if answer.status_code == 403 and b"step_up" not in answer.data:
                refused.add((rule, what))
            else:
                done.add((rule, what, answer.status_code))
    assert done == set()
    assert len(refused) > 350
    # The same with the token and from our own pages goes through to each view.
    mine = {"X-CSRF-Token": everything.csrf, "Sec-Fetch-Site": "same-origin"}
    last = sorted(acts, key=lambda act: act[1] in {"/lock", "/sign-out"})
    answers = {rule: everything.client.open(path, method=method, headers=mine) for method, rule, path in last}
    assert {rule for rule, answer in answers.items() if answer.status_code == 403} == set()


def test_nothing_that_is_only_read_changes_anything_by_its_method(app: Flask) -> None:
    """Two methods alone: what a link or a picture can ask for is read, what changes something is posted."""
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}
    acting = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    both = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} & acting
    both -= {rule for rule in both if rule.startswith(EXPECTED.set_up)}
    forms = {
        "/search",
        "/sign-in",
        "/shifts",
        "/night-acts",
        "/staff",
        "/staff/<uuid:account_id>",
        EXPECTED.keys,
        "/account/password",
        "/cases/<uuid:case_id>/petitions",
        "/petitions/<uuid:application_id>",
        "/lists",
        "/applications/<uuid:application_id>",
        "/decisions/<uuid:decision_id>",
        "/register",
        "/intakes/<uuid:intake_id>/copy",
        "/cases/<uuid:case_id>/copy",
        "/decisions/<uuid:decision_id>/copy",
        "/catalogues/copy-sheets",
        "/catalogues/measures",
        "/catalogues/calendar",
        "/catalogues/prompts",
        "/texts",
    }
    assert both == forms
    client = app.test_client()
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        for path in ("/cases", "/sign-in", "/api/v1/contacts"):
            assert client.open(path, method=method).status_code == 405


#: The fields that the form of an act has, beside those that are sent anyway.
_PERSON = frozenset({"name", "display_name", "centre", "roles", "languages", "gender", "locale", "pin", "telephone"})
OWN: Mapping[str, frozenset[str]] = {
    "POST /intakes/<uuid:intake_id>": frozenset(coded_fields()) | frozenset(FLAGS) | {"version"},
    "POST /intakes/<uuid:intake_id>/level": frozenset({"level", "reason", "do"}),
    "POST /cases/<uuid:case_id>/notes": frozenset({"kind"}),
    "POST /cases/<uuid:case_id>/tasks": frozenset({"owner", "due_at"}),
    "POST /cases/<uuid:case_id>/state": frozenset({"reason"}),
    "POST /shifts": frozenset({"person", "line", "role", "starts_at", "ends_at", "remove"}),
    "POST /staff": _PERSON,
    "POST /staff/<uuid:account_id>": _PERSON | {"do", "proof", "reason"},
}


def _columns() -> set[str]:
    return {column.name for table in Base.metadata.tables.values() for column in table.columns}


def _acts() -> Iterator[tuple[str, str, str]]:
    """(line, role, position) of every act that somebody may, by the first who may it."""
    for key in ASKED:
        for role, pattern in EXPECTED.people[key].items():
            place = "own" if len(pattern) == 1 else "assigned"
            if key.startswith("POST") and (pattern == "o" or pattern[1:2] == "o"):
                yield key, role, place
                break


def _kept(ground: Ground, place: Place) -> dict[str, Any]:
    """Every column that stands in clear of the records that are acted on."""
    names = place.names
    wanted: dict[str, list[UUID]] = {
        "hotline_contacts": [place.call, place.text],
        "hotline_messages": [place.message],
        "intake_intakes": [UUID(names["call_intake"]), UUID(names["text_intake"])],
        "cases_cases": [place.case],
        "paging_pages": [place.page_id],
        "staff_accounts": [place.colleague.account_id, place.keeper.account_id],
    }
    found: dict[str, Any] = {}
    with unit_of_work(ground) as session:
        for name, ids in wanted.items():
            table: Table = Base.metadata.tables[name]
            rows = session.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.id)).mappings()
            for number, row in enumerate(rows):
                found |= {f"{name}.{number}.{column}": value for column, value in row.items()}
    return found


#: What an act writes each time it is done: the moment, the version, the sealed note of it.
_MOVES = re.compile(r"\.(version|saved_at|updated_at|changed_at|owner_since|epoch|.*_sealed|sealed_.*|key_id)$")


def test_what_a_form_has_no_field_for_is_stored_nowhere(place: Place, ground: Ground, database_url: str) -> None:
    """Each act twice: as it is, then with a value for every column of every table that its form has no field for."""
    poison = str(uuid4())
    privileged = {
        "centre_id": str(place.away.desk.centre_id),
        "owner_id": str(place.colleague.account_id),
        "state": "closed",
        "level": "1",
        "role": "director",
        "roles": "director",
        "confidential": "1",
        "disabled_at": "2026-01-01T00:00:00+00:00",
        "account_id": str(place.colleague.account_id),
    }
    checked = 0
    for key, role, position in _acts():
        ask = ASKED[key]
        reader = place.reader(role, position)  # type: ignore[arg-type]
        strange = _columns() - set(ask.body) - OWN.get(rule_of(key), frozenset())
        extras = {name: privileged.get(name, poison) for name in strange}
        first = asked(reader, key, ask, {**place.names, **ask.prepare(place)})
        before = _kept(ground, place)
        names = {**place.names, **ask.prepare(place)}
        body = {name: value.format(**names) for name, value in ask.body.items()}
        path = ask.path.format(**names)
        send = reader.post if ask.sign or ask.done else reader.save
        second = send(path, {**extras, **body})
        after = _kept(ground, place)
        assert second.status_code in {first.status_code, 409, 422}, (key, first.status_code, second.status_code)
        changed = {name for name in after if after[name] != before[name] and not _MOVES.search(name)}
        assert changed == set(), key
        checked += 1
    assert checked > 35
    # What is sealed shows on the pages of the records, everything else in a dump.
    for page in ("/contacts/{text}", "/contacts/{call}", "/cases/{case_ref}", "/pages/{page}"):
        assert poison not in place.reader("shift_lead", "assigned").get(page.format(**place.names)).text
    assert poison.encode() not in dump(database_url)
