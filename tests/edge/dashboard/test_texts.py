"""The director's page about texts: the machine is off until she wants it, and agreed words are hers to change."""

from __future__ import annotations

import re

from sqlalchemy import select

from core.unit_of_work import unit_of_work
from intake.models import AgreedWord, TextPolicy
from tests.edge.dashboard.conftest import House, shown
from tests.edge.dashboard.test_workspace import acts
from tests.support.line import fresh_number, fresh_sid


def test_the_machine_is_off_until_the_director_turns_it_on(house: House) -> None:
    director = house.browser("director", stepped_up=True)
    page = director.get("/texts")
    assert re.search(r'name="automatic" value="no"[^>]* checked', page.text)
    assert director.post("/texts", {"automatic": "yes", "silent_hours": "0"}).status_code == 422
    assert director.post("/texts", {"automatic": "yes", "silent_hours": "24"}).status_code == 303
    with unit_of_work(house.ground) as session:
        policy = session.get_one(TextPolicy, house.desk.centre_id)
        assert (policy.automatic, policy.silent_hours) == (True, 24)
    [entry] = acts(house, "text_policy_set", house.desk.centre_id)
    assert entry.detail == {"automatic": True, "silent_hours": 24}
    assert 'href="/texts"' not in house.browser("operator").get("/").text


def test_words_are_agreed_once_seen_by_her_alone_and_dropped(house: House) -> None:
    director = house.browser("director", stepped_up=True)
    for words in ("ekmek aldın mı", "Ekmek  aldin MI"):
        assert director.post("/texts/words", {"words": words}).status_code == 303
    assert "Give ordinary words" in shown(director.post("/texts/words", {"words": " "}))
    with unit_of_work(house.ground) as session:
        mine = select(AgreedWord).where(AgreedWord.centre_id == house.desk.centre_id)
        [word] = session.scalars(mine)
        assert word.words == "ekmek aldın mı"
    assert "ekmek aldın mı" in director.get("/texts").text
    assert house.browser("shift_lead").get("/texts").status_code == 403
    [entry] = acts(house, "emergency_words_agreed", house.desk.centre_id)
    assert "ekmek" not in repr(entry.detail)
    assert director.post(f"/texts/words/{word.id}/drop").status_code == 303
    assert "ekmek" not in director.get("/texts").text


def test_a_picture_without_words_is_told_and_not_called_erased(house: House) -> None:
    sid, sender = fresh_sid("MM"), fresh_number()
    media = {"NumMedia": "1", "MediaUrl0": "https://api.example/x", "MediaContentType0": "image/jpeg"}
    house.desk.line.text(sender, "", sid, **media)
    contact = house.desk.text("", sender)
    page = shown(house.browser("shift_lead").get(f"/contacts/{contact}"))
    assert "She sent 1 picture or file." in page
    assert "An empty text." in page
    assert "erased" not in page
