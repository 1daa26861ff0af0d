"""Messages."""

from __future__ import annotations

from practice.config import NumberConfig
from tests.practice.attributes.table import case
from tests.practice.world import HER, HOST, LINE, STAFF, World


def answered(world: World, attributes: str) -> None:
    world.program.on("/sms", f"<Message {attributes}>we are here</Message>")
    world.program.on("/after", "")
    world.program.on("/report", "")
    world.exchange.text(HER, LINE, "hi")
    world.carrier.run_for(5)


@case("Message", "to")
def a_message_to_somebody_else(world: World) -> None:
    answered(world, f'to="{STAFF}"')
    assert (world.exchange.phone(STAFF).texts(), world.exchange.phone(HER).texts()) == (["we are here"], [])


@case("Message", "from")
def a_message_from_another_number_of_ours(world: World) -> None:
    second = "+903120000002"
    numbers = (NumberConfig(number=LINE, sms_url=f"{HOST}/sms"), NumberConfig(number=second))
    other = World(numbers=numbers, sender_ids=frozenset({"KOZASONIM"}))
    for sender in (second, "KOZASONIM"):
        answered(other, f'from="{sender}"')
    assert [text.from_ for text in other.exchange.messages.values() if text.direction == "outbound-reply"] == [
        second,
        "KOZASONIM",
    ]
    answered(world, 'from="+905550000000"')
    assert world.exchange.phone(HER).texts() == []
    assert [error.code for error in world.exchange.errors] == [21606]


@case("Message", "action")
def what_became_of_it_is_told(world: World) -> None:
    answered(world, 'action="/after"')
    assert world.program.at("/after")[0]["MessageStatus"] == "queued"


@case("Message", "method")
def what_became_of_it_is_told_by_its_method(world: World) -> None:
    answered(world, 'action="/after" method="GET"')
    assert world.program.methods("/after") == ["GET"]


@case("Message", "statusCallback")
def its_states_are_told(world: World) -> None:
    answered(world, 'statusCallback="/report"')
    assert [form["MessageStatus"] for form in world.program.at("/report")] == ["sending", "sent", "delivered"]
