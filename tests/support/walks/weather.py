"""What goes wrong in a run for a while: the database, the carrier, our own code, or a process that dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from core.facts import Fact, Reactions
from hotline import staff_legs, voice
from practice.faults import Faults
from practice.webhooks import WebhookRequest
from tests.support.walks.draw import Trouble
from tests.support.world import World

_MODULES = {"voice": voice, "staff_legs": staff_legs}


@contextmanager
def weather(world: World, trouble: Trouble, set_away: Callable[[bool], None]) -> Iterator[None]:
    """The trouble, for as long as this lasts. ``set_away`` is told that the database is gone, and that it is back."""
    telephone, wire = world.line.telephone, world.carrier.http_client
    with ExitStack() as stack:
        match trouble.weather:
            case "database away":
                set_away(True)
                stack.callback(set_away, False)
                stack.enter_context(patch.object(telephone.breaker, "closed", lambda: False))
            case "late commits":
                stack.enter_context(patch.object(telephone, "_in_database", _late(telephone._in_database)))
            case "carrier refuses" | "carrier silent":
                world.exchange.faults = trouble.faults
                stack.callback(setattr, world.exchange, "faults", Faults())
            case "carrier away":
                wire.down = True
                stack.callback(setattr, wire, "down", False)
            case "own exception":
                module, name = trouble.what.split(".")
                stack.enter_context(patch.object(_MODULES[module], name, _raises))
            case "reaction fails":
                stack.enter_context(patch.object(Reactions, "to", _failing(trouble.what)))
            case _:
                stack.enter_context(_killed(world, trouble))
        yield


@contextmanager
def _killed(world: World, trouble: Trouble) -> Iterator[None]:
    """Whatever answers at one path dies: before it began, in the midst of it, or before its answer was out."""
    what, path = trouble.what.split(" at ")
    carrier, exchange = world.carrier, world.exchange
    perform = carrier.perform

    def performed(request: WebhookRequest) -> None:
        if path not in f"{request.url}?":
            perform(request)
            return
        if what in {"answer lost", "error after"}:
            with patch.object(exchange, "deliver", lambda *_answer: None):
                perform(request)
        if what == "answer lost":
            webhooks = exchange.ground.webhooks
            exchange.ground.later(request.read_timeout, lambda: webhooks.fail(request.id, "timeout"))
        elif what == "no connection":
            exchange.fail(request.id, "connect", carrier.now)
        else:
            exchange.deliver(request.id, 500, "text/plain", "", carrier.now)

    with patch.object(carrier, "perform", performed):
        yield


def _late(kept: Callable[..., object]) -> Callable[..., None]:
    """It is stored, and only after we had given up and answered without it."""

    def late(*arguments: Any) -> None:
        kept(*arguments)

    return late


def _raises(*_arguments: Any, **_named: Any) -> str:
    raise RuntimeError("drawn")


def _failing(kind: str) -> Callable[[Reactions, Fact], list[tuple[str, Any]]]:
    kept = Reactions.to

    def to(self: Reactions, fact: Fact) -> list[tuple[str, Any]]:
        found = kept(self, fact)
        return [(name, _raises) for name, _ in found] if type(fact).__name__ == kind else found

    return to


__all__ = ["weather"]
