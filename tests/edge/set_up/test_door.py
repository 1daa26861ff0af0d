"""Who gets in at set-up: whoever has the code, once, within the hour, and only into a house that has nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.actor import system
from core.unit_of_work import unit_of_work
from staff.edge import access_of
from staff.service import create_account, create_centre
from staff.set_up import SetUpOverError, issue_code
from tests.edge.set_up import walk
from tests.edge.set_up.conftest import PASSWORD, EmptyHouse, MakeHouse

TESTS = system("tests")
REFUSED = "That code is not right, was used already, or is older than an hour."


def _audited(house: EmptyHouse) -> list[str]:
    with house.ground.engine.connect() as connection:
        acts = "SELECT act FROM core_audit WHERE subject_kind = 'set_up' ORDER BY at, id"
        return list(connection.scalars(text(acts)))


@pytest.mark.parametrize("path", ["/", "/sign-in"])
def test_an_empty_house_leads_to_set_up(house: EmptyHouse, path: str) -> None:
    visitor = house.visitor(let_in=False).get(path)
    assert visitor.path == "/set-up"
    assert "One-time code" in visitor.words


def test_without_the_code_nothing_of_set_up_is_shown(house: EmptyHouse) -> None:
    client = house.app.test_client()
    for rule in house.app.url_map.iter_rules():
        access = access_of(house.app.view_functions[rule.endpoint])
        if access is None or access.kind != "set_up":
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(rule.rule, method=method)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/set-up"), rule.rule


def test_a_code_opens_one_browser_once(house: EmptyHouse) -> None:
    code = house.code()
    first, second = house.visitor(let_in=False), house.visitor(let_in=False, address="10.0.0.2")
    first.get("/").post("/set-up", code=code.lower().replace("-", " "))
    assert first.path == "/set-up/centre"
    second.get("/").post("/set-up", code=code)
    assert second.status == 401
    assert REFUSED in second.words
    assert _audited(house) == ["set_up_code_issued", "set_up_entered", "set_up_refused"]


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA", "x", "7K2M9QXD4F" * 3])
def test_a_wrong_code_is_refused(house: EmptyHouse, code: str) -> None:
    house.code()
    visitor = house.visitor(let_in=False).get("/")
    assert visitor.post("/set-up", code=code).status == 401
    assert REFUSED in visitor.words


def test_a_code_is_too_old_after_an_hour_and_void_once_there_is_a_newer(house: EmptyHouse) -> None:
    old, newer = house.code(), house.code()
    visitor = house.visitor(let_in=False).get("/")
    assert visitor.post("/set-up", code=old).status == 401
    house.world.pass_time(3601)
    assert visitor.post("/set-up", code=newer).status == 401
    assert visitor.post("/set-up", code=house.code()).path == "/set-up/centre"


def test_guesses_wait_longer_and_longer_wherever_they_come_from(
    house: EmptyHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("staff.edge.waiting.WaitingRoom.wait", lambda _room, attempt: waited.append(attempt.delay_s))
    for guess in range(14):
        house.visitor(let_in=False, address=f"10.0.1.{guess}").get("/").post("/set-up", code="AAAAA-AAAAA")
    assert waited[:10] == [0] * 10
    assert waited[10:] == [1, 2, 4, 8]


def test_a_form_of_another_site_and_one_without_the_token_change_nothing(house: EmptyHouse) -> None:
    visitor = house.visitor()
    fields = {"name": "Ankara", "province": "06", "kind": "local"}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = visitor.client.post("/set-up/centre", data={**fields, "csrf_token": visitor.token}, headers=foreign)
    assert answer.status_code == 403
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert visitor.client.post("/set-up/centre", data=fields, headers=ours).status_code == 403
    assert visitor.get("/set-up").path == "/set-up/centre"


def test_a_session_of_set_up_ends_by_itself(house: EmptyHouse) -> None:
    visitor = house.visitor()
    house.world.pass_time(4 * 3600 + 1)
    assert visitor.get("/set-up/centre").path == "/set-up"


def test_a_house_furnished_by_the_command_line_has_no_set_up(house: EmptyHouse) -> None:
    with unit_of_work(house.ground) as session:
        create_centre(session, TESTS, slug="ankara", name="Ankara", province_code="06")
    visitor = house.visitor(let_in=False)
    assert visitor.get("/set-up").status == 404
    assert visitor.get("/").path == "/sign-in"
    with unit_of_work(house.ground) as session, pytest.raises(SetUpOverError):
        issue_code(session, TESTS)


def test_who_can_sign_in_already_is_not_sent_to_set_up(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    secret = walk.director(visitor, house)
    stranger = house.visitor(let_in=False)
    assert stranger.get("/").path == "/set-up"
    assert "I have an account" in stranger.words
    assert stranger.get("/sign-in").path == "/sign-in"
    house.world.pass_time(60)
    stranger.post("/sign-in", name="director@ankara", password=PASSWORD, code=house.totp(secret))
    assert (stranger.path, stranger.status) == ("/", 200)


def test_a_demonstration_has_no_set_up(make_house: MakeHouse) -> None:
    house = make_house(KOZA_ENV="demo")
    visitor = house.visitor(let_in=False)
    assert visitor.get("/set-up").status == 404
    assert visitor.get("/set-up/centre").status == 404
    assert visitor.get("/").path == "/sign-in"


def test_an_account_without_a_proven_authenticator_is_no_account_yet(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    with unit_of_work(house.ground) as session:
        create_account(
            session, TESTS, name="x@ankara", display_name="X", password=PASSWORD, roles=("auditor",), centre_id=None
        )
    assert house.visitor(let_in=False).get("/sign-in").path == "/set-up"
