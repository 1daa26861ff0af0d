"""The first day from the empty house to the director at her board, with the practice exchange as the carrier."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy import text

from config.engines.postgres import libpq
from config.engines.processes import wait_until
from core.unit_of_work import unit_of_work
from practice.phones import Behaviour
from staff.set_up import hold
from tests.edge.set_up import walk
from tests.edge.set_up.conftest import FALLBACK, LINE, PASSWORD, EmptyHouse, MakeHouse, Visitor
from tests.support import planted


def _rows(house: EmptyHouse, statement: str) -> list[tuple[object, ...]]:
    with house.ground.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def _as_keeper(house: EmptyHouse, statement: LiteralString) -> object:
    """What only the database's owner sees: who waits for whom."""
    with psycopg.connect(libpq(house.ground.settings.database_url)) as connection:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None


def test_the_whole_way_in_one_go(house: EmptyHouse) -> None:
    visitor = house.visitor()
    assert visitor.path == "/set-up/centre"
    walk.centre(visitor)
    assert visitor.path == "/set-up/director"
    secret = walk.director(visitor, house)
    assert visitor.path == "/set-up/line"
    assert "+902320000001" in visitor.words  # the setting gives it to another centre, and the page says so
    walk.line(visitor)
    assert visitor.path == "/set-up/fallback"
    walk.fallback(visitor, house)
    assert f"{FALLBACK} answered, and a person pressed 1." in visitor.words
    telephone = planted.number()
    walk.people(visitor, ("Elif", "operator", telephone), ("Nur", "oncall", ""), ("Bakım", "admin", ""))
    assert "operator1@ankara" in visitor.words
    assert "oncall1@ankara" in visitor.words
    elif_, *others = walk.ids(visitor)
    visitor.post("/set-up/week", **{f"every-{elif_}": "all"}, **{f"every-{one}": "all" for one in others})
    assert "Every hour of the week is covered." in visitor.words
    walk.trial(visitor, house)
    assert f"“{walk.words(visitor)}”" in visitor.words
    assert "English" in visitor.words
    visitor.get("/set-up/green")
    assert "These steps come first" not in visitor.words
    house.world.pass_time(60)
    visitor.post("/set-up/green", code=house.totp(secret), red="1")
    assert (visitor.status, visitor.path) == (200, "/")
    assert planted.NAME in visitor.words
    assert house.visitor(let_in=False).get("/set-up").status == 404
    assert _rows(house, "SELECT slug FROM staff_centres") == [("ankara",)]
    assert _rows(house, "SELECT count(*) FROM staff_set_up_codes") == [(0,)]


def test_the_operators_slip_opens_her_board(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    walk.people(visitor, ("Elif", "operator", planted.number()), ("Nur", "oncall", planted.number()))
    name, password, secret = _slip(visitor, 0)
    pins = re.findall(r'<dd class="ref">(\d{6})</dd>', visitor.page)
    assert len(pins) == 1  # the operator needs none
    fields = {"name": name, "password": password, "code": house.totp(secret)}
    answer = house.app.test_client().post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert "has signed in" in visitor.get("/set-up/people").words


def _slip(visitor: Visitor, place: int) -> tuple[str, str, str]:
    slip = re.findall(r'<li class="slip">.*?</li>', visitor.page, re.DOTALL)[place]
    name, password, secret = re.findall(r'<dd class="ref(?: secret)?">([^<]+)</dd>', slip)[:3]
    return name, password, secret


def test_a_slip_that_was_lost_is_made_anew_until_somebody_used_it(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    walk.people(visitor, ("Elif", "operator", ""))
    before = _slip(visitor, 0)
    account = re.findall(r'name="anew" value="([^"]+)"', visitor.page)[0]
    after = _slip(visitor.post("/set-up/people", anew=account), 0)
    assert before[0] == after[0]
    assert (before[1], before[2]) != (after[1], after[2])
    fields = {"name": after[0], "password": after[1], "code": house.totp(after[2])}
    house.app.test_client().post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert visitor.post("/set-up/people", anew=account).status == 422
    assert "Somebody has signed in with this account" in visitor.words


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"display_name": ""}, "Give the name that colleagues see."),
        ({"name": "Aslı Yılmaz"}, "A sign-in name is a word, an at sign and a centre"),
        ({"password": "kısa", "password_again": "kısa"}, "shorter than 15 characters"),
        ({"password": "ankaraankaraankara", "password_again": "ankaraankaraankara"}, "The password"),
        ({"password_again": "başka bir şey"}, "The two passwords differ."),
    ],
)
def test_a_director_without_a_good_name_or_password_is_not_made(
    house: EmptyHouse, wrong: dict[str, str], sentence: str
) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    right = {"display_name": "A", "name": "director@ankara", "password": PASSWORD, "password_again": PASSWORD}
    assert visitor.post("/set-up/director", **{**right, **wrong}).status == 422
    assert sentence in visitor.words
    assert PASSWORD not in visitor.page
    assert _rows(house, "SELECT count(*) FROM staff_accounts") == [(0,)]


def test_a_director_whose_authenticator_is_not_proven_may_begin_again(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    fields = {"display_name": "A", "name": "director@ankara", "password": PASSWORD, "password_again": PASSWORD}
    first = walk.key(visitor.post("/set-up/director", **fields))
    assert visitor.post("/set-up/director/code", code="000000").status == 422
    assert "That code is not right." in visitor.words
    # The other language shows the same page, not the address that only takes the form.
    visitor.post("/language", locale="tr", next=_next(visitor))
    assert visitor.path == "/set-up/director"
    again = visitor.get("/set-up/director?again=1").post("/set-up/director", **{**fields, "name": "mudur@ankara"})
    second = walk.key(again)
    assert first != second
    visitor.post("/set-up/director/code", code=house.totp(first))
    assert visitor.status == 422
    visitor.post("/set-up/director/code", code=house.totp(second))
    assert visitor.path == "/set-up/line"
    assert _rows(house, "SELECT name FROM staff_accounts") == [("mudur@ankara",)]


def _next(visitor: Visitor) -> str:
    return re.findall(r'name="next" value="([^"]+)"', visitor.page)[0]


def test_a_director_who_is_woken_gets_a_pin(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    phone = re.findall(r'name="(phone-[^"]+)"', visitor.get("/set-up/people").page)[0]
    visitor.post("/set-up/people", **{phone: planted.number()})
    assert re.findall(r'<dd class="ref">(\d{6})</dd>', visitor.page)
    assert _rows(house, "SELECT pin_hash IS NOT NULL FROM staff_accounts") == [(True,)]


def test_two_people_who_press_at_the_same_moment_make_one_centre(house: EmptyHouse) -> None:
    visitors = [house.visitor(), house.visitor(address="10.0.0.2")]
    forms = ({"name": "Ankara", "province": "06"}, {"name": "İzmir", "province": "35"})
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with ThreadPoolExecutor(2) as both:
        with unit_of_work(house.ground) as session:
            hold(session)
            sent = [
                both.submit(visitor.post, "/set-up/centre", kind="local", **form)
                for visitor, form in zip(visitors, forms, strict=True)
            ]
            assert wait_until(lambda: _as_keeper(house, blocked) == 2, 20)
        assert [one.result().path for one in sent] == ["/set-up/director"] * 2
    assert _rows(house, "SELECT count(*) FROM staff_centres") == [(1,)]


def test_a_list_that_is_sent_twice_makes_nobody_twice(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    walk.people(visitor, ("Elif", "operator", ""))
    again = {"display-1": "Elif", "role-1": "operator"}
    assert visitor.post("/set-up/people", people="1", **again).status == 422
    assert "The list has grown" in visitor.words
    assert len(_rows(house, "SELECT id FROM staff_accounts")) == 2


def test_the_digits_that_were_texted_prove_a_telephone(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    telephone = planted.number()
    walk.people(visitor, ("Elif", "operator", telephone))
    house.world.pass_time(5)
    (sent,) = house.world.exchange.phones[telephone].texts()
    proof = re.findall(r'name="(proof-[^"]+)"', visitor.get("/set-up/people").page)[0]
    assert visitor.post("/set-up/people", **{proof: "000000"}).status == 422
    assert "these are not the digits" in visitor.words
    visitor.post("/set-up/people", **{proof: sent.removeprefix("Koza: ")})
    assert proof not in visitor.page
    assert _rows(house, "SELECT DISTINCT state FROM staff_contact_points") == [("verified",)]


def test_what_was_begun_goes_on_in_another_browser(house: EmptyHouse) -> None:
    first = house.visitor()
    walk.centre(first)
    first.post("/set-up/director", display_name="A", name="director@ankara", password=PASSWORD, password_again=PASSWORD)
    secret = walk.key(first)
    second = house.visitor(address="10.0.0.2")
    assert second.path == "/set-up/director"
    assert walk.key(second) == secret
    second.post("/set-up/director/code", code=house.totp(secret))
    assert second.path == "/set-up/line"
    # Once she has taken it over, the key is shown to nobody.
    assert secret not in second.get("/set-up/director").page
    assert second.get("/set-up/people").path == "/set-up/line"  # what it needs comes first


def test_two_people_at_once_make_one_centre_and_one_director(house: EmptyHouse) -> None:
    one, other = house.visitor(), house.visitor(address="10.0.0.2")
    one.get("/set-up/centre"), other.get("/set-up/centre")
    one.post("/set-up/centre", name="Ankara", province="06", kind="local")
    other.post("/set-up/centre", name="Başka", province="35", kind="local")
    assert other.path == "/set-up/director"
    fields = {"display_name": "A", "password": PASSWORD, "password_again": PASSWORD}
    one.post("/set-up/director", name="director@ankara", **fields)
    other.post("/set-up/director", name="director2@ankara", **fields)
    assert _rows(house, "SELECT name FROM staff_centres") == [("Ankara",)]
    assert len(_rows(house, "SELECT id FROM staff_accounts")) == 1


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        (Behaviour(answering="machine"), "but nobody pressed 1: perhaps a machine"),
        (Behaviour(answering="busy"), "is busy"),
        (Behaviour(answering="no_answer"), "rang and nobody picked up"),
        (Behaviour(answering="failed"), "did not come about"),
    ],
    ids=lambda value: value.answering if isinstance(value, Behaviour) else "",
)
def test_only_a_person_who_presses_1_proves_the_fallback(
    house: EmptyHouse, behaviour: Behaviour, sentence: str
) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.line(visitor)
    walk.fallback(visitor, house, behaviour)
    assert sentence in visitor.words
    assert "data-await" not in visitor.page
    assert _rows(house, "SELECT fallback_number, fallback_proven_at FROM staff_lines") == [(FALLBACK, None)]
    walk.fallback(visitor, house)
    assert "a person pressed 1" in visitor.words
    # Another number has to show it itself.
    visitor.post("/set-up/fallback", number="0312 000 01 01")
    assert "Koza is calling +903120000101" in visitor.words
    assert "data-await" in visitor.page


def test_a_call_that_is_on_its_way_when_the_number_changes_proves_the_number_it_rang(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.line(visitor)
    house.world.exchange.set_behaviour(FALLBACK, walk.ANSWERS)
    visitor.get("/set-up/fallback").post("/set-up/fallback", number=FALLBACK)
    house.world.settle()
    house.world.exchange.set_behaviour("+903120000101", walk.MACHINE)
    visitor.post("/set-up/fallback", number="+903120000101")
    house.world.pass_time(90)
    assert _rows(house, "SELECT fallback_number, fallback_proven_at FROM staff_lines") == [("+903120000101", None)]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("", "Enter a telephone number."),
        ("elma", "This is no telephone number."),
        ("112", "never calls an emergency"),
        ("0090 112", "never calls an emergency"),
        ("183", "never calls an emergency"),
        ("0312 155", "never calls an emergency"),
        ("1199", "never calls an emergency"),
        ("client:op_1", "This is no telephone number."),
        (LINE, "callers would come round in a circle"),
        ("+903120000009", "callers would come round in a circle"),
    ],
)
def test_a_number_that_may_not_be_dialled_is_refused_in_words(house: EmptyHouse, number: str, sentence: str) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.line(visitor)
    visitor.get("/set-up/fallback").post("/set-up/fallback", number=number)
    assert visitor.status == 422
    assert sentence in visitor.words
    assert _rows(house, "SELECT count(*) FROM hotline_sends") == [(0,)]


def test_a_week_with_gaps_is_saved_only_by_somebody_who_knows(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.director(visitor, house)
    walk.line(visitor)
    walk.people(visitor, ("Elif", "operator", ""), ("Nur", "oncall", ""))
    operator = _grid_id(visitor, "Elif")
    visitor.post("/set-up/week", **{f"every-{operator}": "day"})
    assert visitor.status == 422
    assert "Nobody answers Nöbet hattı from" in visitor.words
    assert "Nobody is on call for Nöbet hattı" in visitor.words
    assert _rows(house, "SELECT count(*) FROM routing_shifts") == [(0,)]
    visitor.post("/set-up/week", **{f"every-{operator}": "day", f"day-2-{operator}": "off", "known": "1"})
    assert "Saved, with the gaps below." in visitor.words
    assert re.search(rf'name="every-{operator}".*?value="day" selected', visitor.page, re.DOTALL)
    assert re.search(rf'name="day-2-{operator}".*?value="off" selected', visitor.page, re.DOTALL)
    # A second saving replaces the first.
    oncall = _grid_id(visitor, "Nur")
    visitor.post("/set-up/week", **{f"every-{operator}": "all", f"every-{oncall}": "all"})
    assert "Every hour of the week is covered." in visitor.words
    assert _rows(house, "SELECT gaps_known_at FROM staff_set_up") == [(None,)]


def _grid_id(visitor: Visitor, display: str) -> str:
    page = visitor.get("/set-up/week").page
    return re.findall(rf'{display}<br>.*?name="every-([0-9a-f-]+)"', page, re.DOTALL)[0]


def test_the_page_of_the_test_text_shows_nobody_elses(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    walk.line(visitor)
    house.world.exchange.text(planted.number(), LINE, planted.SENTENCE)
    house.world.pass_time(10)
    visitor.get("/set-up/trial")
    assert planted.SENTENCE not in visitor.page
    assert "No text with these words has come in yet." in visitor.words
    visitor.post("/set-up/trial", no_texts="1")
    assert "You said that the line takes no texts." in visitor.words


def test_set_up_does_not_end_before_its_steps_nor_with_a_wrong_code(house: EmptyHouse) -> None:
    visitor = house.visitor()
    walk.centre(visitor)
    secret = walk.director(visitor, house)
    house.world.pass_time(60)
    visitor.get("/set-up/green")
    assert "These steps come first" in visitor.words
    assert visitor.post("/set-up/green", code=house.totp(secret), red="1").status == 422
    _furnish(visitor, house)
    house.world.pass_time(60)
    assert visitor.get("/set-up/green").post("/set-up/green", code="000000", red="1").status == 422
    assert "That code is not right" in visitor.words
    assert visitor.post("/set-up/green", code=house.totp(secret), red="1").path == "/"


def _furnish(visitor: Visitor, house: EmptyHouse) -> None:
    walk.line(visitor)
    walk.fallback(visitor, house)
    walk.people(visitor, ("Elif", "operator", ""), ("Nur", "oncall", ""))
    everybody = {f"every-{one}": "all" for one in walk.ids(visitor)}
    visitor.post("/set-up/week", **everybody)
    walk.trial(visitor, house)


def test_production_ends_with_red_lines_only_when_somebody_says_that_she_knows(make_house: MakeHouse) -> None:
    house = make_house(KOZA_ENV="production")
    visitor = house.visitor()
    walk.centre(visitor)
    secret = walk.director(visitor, house)
    _furnish(visitor, house)
    house.world.pass_time(60)
    visitor.get("/set-up/green")
    assert "This house is not ready for callers while a line is red." in visitor.words
    assert "set BACKUP_DIR and BACKUP_RECIPIENT" in visitor.words
    assert visitor.post("/set-up/green", code=house.totp(secret)).status == 422
    assert "Tick that you know what is still red." in visitor.words
    assert visitor.post("/set-up/green", code=house.totp(secret), red="1").path == "/"
    ((detail,),) = _rows(house, "SELECT detail->>'red' FROM core_audit WHERE act = 'set_up_ended'")
    assert int(str(detail)) >= 1
