"""The page for Prometheus: who may read it, and that what stands in it is what stands in the house."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from config.web import create_app
from core.actor import system
from core.database import Ground
from core.metrics import STANDING
from core.outbox import publish
from core.unit_of_work import unit_of_work
from escalation.paging import service as paging
from hotline import queries as hotline
from staff.scope import Scope
from tests.support.house import Clock
from tests.support.line import Line, fresh_number, fresh_sid

TOKEN = "metrics-" + "m" * 32


@pytest.fixture(scope="module")
def guarded(ground: Ground) -> Iterator[Flask]:
    """The web process with a token for Prometheus."""
    app = create_app(dataclasses.replace(ground.settings, metrics_token=TOKEN), replaying=False)
    yield app
    app.extensions["koza_ground"].engine.dispose()
    telephone = app.extensions["koza_telephone"]
    telephone.ground.engine.dispose()


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 404),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {TOKEN}"}, 200),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}x"}, 404),
        ("10.0.0.7", {"Authorization": f"Basic {TOKEN}"}, 404),
        ("10.0.0.7", {"Authorization": "Bearer ğ"}, 404),
    ],
)
def test_it_is_for_this_machine_and_for_whoever_shows_the_token(
    guarded: Flask, address: str, headers: Mapping[str, str], status: int
) -> None:
    answer = guarded.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert (b"koza_" in answer.data) == (status == 200)


@pytest.mark.parametrize("shown", ["Bearer ", "Bearer", "Bearer None"])
def test_without_a_setting_no_token_opens_it(app: Flask, shown: str) -> None:
    answer = app.test_client().get(
        "/metrics", headers={"Authorization": shown}, environ_base={"REMOTE_ADDR": "10.0.0.7"}
    )
    assert answer.status_code == 404


def _standing(app: Flask) -> dict[str, float]:
    page = app.test_client().get("/metrics").get_data(as_text=True)
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if sample.name in STANDING}


def test_who_waits_and_who_is_asked_for(app: Flask, line: Line, hand: Clock) -> None:
    before = _standing(app)
    caller = fresh_number()
    sid, answer = line.ring(caller)
    menu = re.search(r"/twilio/voice/menu/[0-9a-f-]+", answer.text)
    assert menu is not None
    line.step(menu.group(), sid, caller, Digits="0")
    with unit_of_work(line.ground) as session:
        found = hotline.by_carrier_sid(session, Scope.system("tests"), sid)
        assert found is not None
        paging.request_for_contact(session, system("tests"), found.id, "operator_request", request_reason="bekliyor")
    hand.advance(30, sweeping=False)
    after = _standing(app)
    assert after["koza_queue_waiting"] == before["koza_queue_waiting"] + 1
    assert after["koza_queue_oldest_seconds"] >= 30
    assert after["koza_pages_open"] == before["koza_pages_open"] + 1
    assert after["koza_due_overdue_seconds"] > 0


def test_what_lies_in_quarantine_and_what_the_relay_left(app: Flask, line: Line, hand: Clock) -> None:
    before = _standing(app)
    assert before.keys() == STANDING.keys()
    assert before["koza_database_up"] == 1
    call = {"CallSid": fresh_sid("CA"), "From": fresh_number(), "CallStatus": "ringing", "Direction": "inbound"}
    line.post("/twilio/voice", {**call, "To": fresh_number()})
    with unit_of_work(line.ground) as session:
        publish(session, line.centre_id, "contact", "x")
    hand.advance(30, sweeping=False)
    after = _standing(app)
    assert after["koza_quarantine_open"] == before["koza_quarantine_open"] + 1
    assert after["koza_relay_lag_events"] == before["koza_relay_lag_events"] + 1
    assert after["koza_relay_lag_seconds"] >= 30
