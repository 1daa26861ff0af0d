"""The board: its snapshot is what the database holds, accepting has one winner, nobody outside sees any of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

from flask import Flask

from core.unit_of_work import unit_of_work
from dashboard.feed import draw_contacts, draw_pages
from routing import queries as routing
from tests.edge.dashboard.conftest import Browser, House, shown
from tests.edge.dashboard.test_workspace import number_of


def test_without_a_session_there_is_the_sign_in_page_alone(house: House, app: Flask) -> None:
    # Somebody can sign in: before that the way leads to set-up.
    house.browser("operator")
    client = app.test_client()
    assert client.get("/", headers={"Accept": "text/html"}).headers["Location"] == "/sign-in"
    assert client.get("/board/snapshot", headers={"Accept": "application/json"}).status_code == 401
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert 'name="code"' in page.text


def test_the_snapshot_is_what_the_database_holds(house: House) -> None:
    operator = house.browser("operator", ready=True)
    call, text = house.desk.call(), house.desk.text("merhaba")
    house.desk.tick()
    board = operator.json("/board/snapshot")
    rows = {row["id"]: row for row in board["rows"]}
    assert set(rows) == {str(call), str(text)}
    assert rows[str(call)]["channel"] == "voice"
    assert rows[str(call)]["lane"] == "waiting"
    assert rows[str(call)]["ref"] == house.desk.intake(call).ref
    assert str(operator.account_id) in rows[str(call)]["offered_to"]
    assert rows[str(text)]["channel"] == "text"
    assert board["counts"] == {"level1": 0, "level2": 2, "level3": 0, "level4": 0}
    assert board["head"] == sum(board["heads"].values())


def test_the_feed_draws_the_same_rows_as_the_snapshot(house: House) -> None:
    operator = house.browser("operator", ready=True)
    call = house.desk.call()
    board = operator.json("/board/snapshot")
    with unit_of_work(house.ground) as session:
        row, barred = draw_contacts(session, [str(call)])[str(call)]
        gone, _ = draw_contacts(session, [str(uuid4())]).popitem()[1]
        assert draw_pages(session, [str(uuid4())]).popitem()[1] == (None, [])
    assert row == next(item for item in board["rows"] if item["id"] == str(call))
    assert barred == []
    assert gone is None


def test_of_two_who_accept_one_wins_and_the_other_is_told_who(house: House) -> None:
    first, second = house.browser("operator", ready=True), house.browser("operator", ready=True)
    call = house.desk.call()
    won = first.post(f"/offers/{call}/accept", json=True)
    lost = second.post(f"/offers/{call}/accept", json=True)
    assert (won.status_code, won.get_json()) == (200, {"won": True})
    assert (lost.status_code, lost.get_json()) == (200, {"won": False, "by": "Elif Deneme"})
    row = next(row for row in second.json("/board/snapshot")["rows"] if row["id"] == str(call))
    assert (row["lane"], row["owner_id"]) == ("active", str(first.account_id))


def test_what_rings_is_passed_on_also_from_a_locked_screen(house: House) -> None:
    first, second = house.browser("operator", ready=True), house.browser("operator", ready=True)
    call = house.desk.call()
    house.desk.tick()
    assert first.post("/lock", json=True).status_code == 204
    assert first.post(f"/offers/{call}/decline", json=True).get_json() == {"ok": True}
    row = next(row for row in second.json("/board/snapshot")["rows"] if row["id"] == str(call))
    assert row["offered_to"] == [str(second.account_id)]


def test_who_takes_from_the_page_of_the_contact_is_told_there_who_has_it(house: House) -> None:
    first, second = house.browser("operator", ready=True), house.browser("operator", ready=True)
    contact = house.desk.text("kimse bilmesin")
    assert first.post(f"/offers/{contact}/accept").headers["Location"] == f"/contacts/{contact}"
    lost = second.post(f"/offers/{contact}/accept")
    assert lost.status_code == 409
    assert "Elif Deneme was faster and has this contact." in shown(lost)
    assert "kimse bilmesin" not in lost.text
    second.post("/lock", json=True)
    assert second.post(f"/offers/{contact}/accept").status_code == 303


def test_in_the_same_instant_exactly_one_wins(house: House) -> None:
    operators = [house.browser("operator", ready=True) for _ in range(4)]
    for _ in range(5):
        contact = house.desk.text("merhaba")
        start = Barrier(len(operators))

        def take(operator: Browser, contact: UUID = contact, start: Barrier = start) -> dict[str, object]:
            start.wait()
            return dict(operator.post(f"/offers/{contact}/accept", json=True).get_json())

        with ThreadPoolExecutor(len(operators)) as threads:
            answers = list(threads.map(take, operators))
        assert [answer["won"] for answer in answers].count(True) == 1
        assert all(answer["won"] or answer["by"] == "Elif Deneme" for answer in answers)


def test_who_has_no_telephone_is_told_so(house: House) -> None:
    operator = house.browser("operator", ready=True, phone=False)
    call = house.desk.call()
    refused = operator.post(f"/offers/{call}/accept", json=True)
    assert refused.status_code == 409
    assert refused.get_json()["won"] is False
    page = operator.post(f"/offers/{call}/accept")
    assert page.status_code == 409
    assert "You have no telephone on which the caller could reach you." in shown(page)


def test_a_second_caller_stands_on_her_board_and_is_refused_in_words_while_she_has_one(house: House) -> None:
    operator = house.browser("operator", ready=True)
    first = house.desk.call()
    assert operator.post(f"/offers/{first}/accept", json=True).get_json() == {"won": True}
    second = house.desk.call()
    house.desk.tick()
    rows = {row["id"]: row for row in operator.json("/board/snapshot")["rows"]}
    assert rows[str(second)]["asks_all"] is True
    assert (rows[str(second)]["level"], rows[str(second)]["offered_to"]) == (2, [])
    assert rows[str(first)]["asks_all"] is False
    with unit_of_work(house.ground) as session:
        assert draw_contacts(session, [str(second)])[str(second)][0] == rows[str(second)]
    refused = operator.post(f"/offers/{second}/accept", json=True)
    assert refused.status_code == 409
    assert refused.get_json()["error"].startswith("You have a caller.")
    page = operator.post(f"/offers/{second}/accept")
    assert page.status_code == 409
    assert "End that call or hand it over" in shown(page)


def test_the_heartbeat_makes_her_ready_and_away(house: House) -> None:
    operator = house.browser("operator")
    assert operator.post("/presence", {"ready": True}, json=True).get_json()["ready"] is True
    with unit_of_work(house.ground) as session:
        assert routing.is_ready(session, operator.account_id)
    assert operator.post("/presence", {"ready": False}, json=True).get_json()["ready"] is False
    with unit_of_work(house.ground) as session:
        assert not routing.is_ready(session, operator.account_id)
    # The switch is a form too: before the scripts have come it leads back to the page where she is.
    answer = operator.post("/presence", {"ready": "1", "next": "/work"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/work")
    with unit_of_work(house.ground) as session:
        assert routing.is_ready(session, operator.account_id)


def test_another_centre_sees_none_of_it(house: House, elsewhere: House) -> None:
    call = house.desk.call()
    stranger = elsewhere.browser("operator", ready=True)
    assert stranger.json("/board/snapshot")["rows"] == []
    assert stranger.post(f"/offers/{call}/accept", json=True).status_code == 404


def test_the_page_holds_the_board_and_no_number(house: House) -> None:
    operator = house.browser("operator", ready=True)
    call = house.desk.call()
    page = operator.get("/")
    assert page.status_code == 200
    assert "data-snapshot" in page.text
    assert number_of(house, call).lstrip("+") not in page.text
    assert operator.get("/", wall="1").status_code == 200


def test_a_role_without_a_board_begins_elsewhere(house: House) -> None:
    assert house.browser("auditor").get("/").headers["Location"] == "/audit"
    assert house.browser("admin").get("/").headers["Location"] == "/staff"
    assert house.browser("auditor").get("/board/snapshot").status_code == 403


def test_a_locked_screen_hides_content_and_still_takes_a_call(house: House) -> None:
    operator = house.browser("operator", ready=True)
    call = house.desk.call()
    assert operator.post("/lock", json=True).status_code == 204
    assert "data-locked" in operator.get("/").text
    hidden = operator.get(f"/contacts/{call}")
    assert hidden.status_code == 423
    assert house.desk.intake(call).ref not in hidden.text
    assert operator.post("/presence", {"ready": True}, json=True).status_code == 200
    assert operator.post(f"/offers/{call}/accept", json=True).get_json() == {"won": True}
    assert operator.post(f"/contacts/{call}/silent", json=True).status_code == 423


def test_the_language_of_the_account_changes(house: House) -> None:
    operator = house.browser("operator")
    answer = operator.post("/language", {"locale": "en", "next": "//evil.example"})
    assert answer.headers["Location"] == "/"
    assert 'lang="en"' in operator.get("/").text
    operator.post("/language", {"locale": "tr", "next": "/"})
    assert 'lang="tr"' in operator.get("/").text
    for forged in ({}, {"csrf_token": ""}, {"csrf_token": house.browser("operator").csrf}):
        answer = operator.client.post("/language", data={"locale": "en", "next": "/", **forged})
        # This browser's sign-in page is turned, and her account is not written to.
        assert (answer.status_code, "koza-locale=en" in answer.headers["Set-Cookie"]) == (303, True)
        assert 'lang="tr"' in operator.get("/").text
