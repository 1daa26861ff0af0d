"""Nobody gets in anywhere but at the doors that are named here; whoever opens another one writes it down here too."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from uuid import uuid4

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from staff.edge import Guard, access_of
from tests.edge.dashboard.conftest import House

#: What answers anybody.
PUBLIC = {
    "api.document",
    "dashboard.static",
    "healthz",
    "language",
    "metrics",
    "pager",
    "readyz",
    "set_up.enter",
    "set_up.page",
    "sign_in.page",
    "sign_in.report",
    "sign_in.sign_in",
    "sign_in.sign_in_by_key",
    "telephone.sound",
}
#: What answers the carriers, who prove themselves; what one of them plays it fetches without a proof, as anybody may.
CARRIER = ("/twilio/", "/channels/")
REFUSED = {303, 401, 403}
#: Pages for whoever has the one-time code: in a house that is furnished they do not exist (tests/edge/set_up).
SET_UP = "/set-up/"


def _address(rule: Rule) -> str:
    """An address that the rule serves."""
    samples = {"uuid": str(uuid4()), "int": "1"}
    # Of the steps of a call there is none but those with a name.
    path = rule.rule.replace("<name>", "menu")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda place: samples.get(place[1] or "", "x"), path)


def test_whoever_is_nobody_is_refused_at_every_other_route(house: House) -> None:
    client = house.app.test_client()
    open_to_all: set[str] = set()
    asked = 0
    for rule in house.app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        refused = {404} if rule.rule.startswith(SET_UP) else REFUSED
        for method, accept in product((rule.methods or set()) - {"HEAD", "OPTIONS"}, ("text/html", "application/json")):
            answer = client.open(_address(rule), method=method, headers={"Accept": accept})
            asked += 1
            if answer.status_code not in refused or answer.headers.get("Location", "/sign-in") != "/sign-in":
                open_to_all.add(f"{method} {rule} {answer.status_code}")
    assert open_to_all == set()
    assert asked > 100


def test_the_public_doors_are_those_that_are_named(app: Flask) -> None:
    kinds = {rule.endpoint: access_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}
    assert {name for name, access in kinds.items() if access is None} == {"dashboard.static"}
    assert {name for name, access in kinds.items() if access is not None and access.kind == "public"} | {
        "dashboard.static"
    } == PUBLIC
    furnishing = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(SET_UP)}
    assert {name for name, access in kinds.items() if access is not None and access.kind == "set_up"} == furnishing
    carriers = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(CARRIER)}
    signed = {name for name, access in kinds.items() if access is not None and access.kind == "carrier"}
    assert signed == carriers - {"telephone.sound"}


def test_who_is_signed_in_and_may_nothing_opens_her_own_pages_alone(house: House) -> None:
    """The roles' pages are refused to a role without them, whatever she asks."""
    partner = house.browser("partner")
    opened = set()
    for rule in house.app.url_map.iter_rules():
        access = access_of(house.app.view_functions[rule.endpoint])
        if access is None or not access.permission:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            path = _address(rule)
            answer = partner.get(path) if method == "GET" else partner.post(path)
            if answer.status_code != 403:
                opened.add(f"{method} {rule} {answer.status_code}")
    assert opened == set()


@pytest.mark.parametrize("name", ["static", "other"])
def test_only_the_one_folder_of_files_passes_the_guard(house: House, name: str) -> None:
    app = Flask("guarded", static_folder=None)
    Guard(house.ground, files="dashboard.static").install(app)
    for blueprint in ("dashboard", "elsewhere"):
        files = Blueprint(blueprint, __name__)
        files.add_url_rule(f"/{blueprint}/{name}", name, lambda: "open")
        app.register_blueprint(files)
    client = app.test_client()
    statuses = {blueprint: client.get(f"/{blueprint}/{name}").status_code for blueprint in ("dashboard", "elsewhere")}
    assert statuses == {"dashboard": 200 if name == "static" else 403, "elsewhere": 403}


#: In a process of its own: the module patches every socket before it does anything else.
_LIVE = """
import json
from config.live import create
app = create()
server = app.extensions["socketio"].server
handlers = {space: sorted(known) for space, known in server.handlers.items()}
print(json.dumps([handlers, sorted(server.namespace_handlers), sorted(str(rule) for rule in app.url_map.iter_rules())]))
"""


def test_the_sockets_hear_nothing_from_the_screens(environment: Mapping[str, str]) -> None:
    env = {**os.environ, **environment}
    told = subprocess.run(
        [sys.executable, "-c", _LIVE], env=env, check=True, capture_output=True, text=True, timeout=60
    )
    assert json.loads(told.stdout.splitlines()[-1]) == [{"/": ["connect", "disconnect"]}, [], ["/healthz"]]
