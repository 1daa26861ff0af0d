"""H17: what strains the people who answer, and that their rest leaves nobody waiting."""

from __future__ import annotations

from html import unescape
from uuid import UUID

from core.unit_of_work import run
from intake import service as intake
from routing.ladder import ladder
from routing.wrap_up import wrap_up_policy
from tests.edge.dashboard.conftest import Browser, House
from tests.edge.dashboard.test_workspace import taken_text
from tests.edge.routing.test_cut_off import talk
from tests.support.house import Clock
from tests.support.planted import SENTENCE


def danger_over(house: House, who: UUID) -> None:
    """She spoke with a caller in danger, who has hung up."""
    talk(house.desk, danger_call(house), who)


def danger_call(house: House) -> UUID:
    """Somebody calls and presses the key for danger."""
    call = house.desk.call()
    run(house.ground, lambda session: intake.raise_to(session, call, 1, "danger_key"))
    return call


def offered(house: House, *, danger: bool) -> set[UUID]:
    call = danger_call(house) if danger else house.desk.call()
    house.desk.tick()
    return {offer.account_id for offer in house.desk.offers(call)}


def test_h17_who_has_had_enough_of_danger_rests_from_it_where_another_is_there(house: House, hand: Clock) -> None:
    policy = wrap_up_policy()
    operator = house.browser("operator", ready=True)
    worn = operator.account_id
    for _ in range(policy.danger_contacts):
        danger_over(house, worn)
    assert "Time for yourself" in str(operator.json("/alarms"))
    hand.advance(1000)
    house.desk.beat(worn)
    # Alone she is asked all the same.
    assert offered(house, danger=True) == {worn}
    other = house.desk.person("operator", ready=True)
    assert offered(house, danger=True) == {other}
    # Whoever is asked alone and does not answer leaves nobody waiting: a wave later, so is who has had enough.
    call = danger_call(house)
    house.desk.tick()
    hand.advance(ladder().wave_seconds)
    assert {offer.account_id for offer in house.desk.offers(call)} == {worn, other}
    assert offered(house, danger=False) == {worn, other}
    hand.advance(policy.within_hours * 3600, sweeping=False)
    for one in (worn, other):
        house.desk.beat(one)
    assert offered(house, danger=True) == {worn, other}


def test_h17_who_would_like_to_talk_is_told_to_the_lead_and_distressing_words_are_folded(house: House) -> None:
    operator, text = taken_text(house, SENTENCE)
    path = f"/intakes/{house.desk.intake(text).id}"

    def folded(browser: Browser) -> bool:
        thread = browser.get(f"/contacts/{text}").text.split('data-thread="', 1)[1].split("</ol>", 1)[0]
        assert SENTENCE in unescape(thread)
        return '<details class="folded-words"' in thread

    lead = house.browser("shift_lead")
    assert not folded(operator)
    assert folded(lead)
    assert operator.save(path, {"operator_state": "needs_debrief", "version": "0"}).get_json()["errors"] == []
    assert "would like to talk" in str(lead.json("/alarms"))
    assert "would like to talk" not in str(house.browser("operator").json("/alarms"))
    assert operator.post(f"/contacts/{text}/close").status_code == 303
    assert folded(operator)
