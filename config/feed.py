"""The way from the relay to the sockets: signed lists of numbered changes on one Redis channel.

Whoever can write to Redis must not be able to put a row on a screen, so each list carries a keyed code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import redis

from core.relay import Message, SinkUnavailableError
from staff.scope import Scope

CHANNEL = "koza:feed"
_TIMEOUT_S = 2.0


class FeedError(Exception):
    """A message on the channel does not carry our code."""


def seal_feed(key: bytes, messages: Sequence[Message]) -> str:
    """The text that goes over the channel."""
    body = json.dumps(
        [
            {
                "centre": str(message.centre_id),
                "n": message.number,
                "topic": message.topic,
                "subject": message.subject,
                "row": message.row,
                "not_for": list(message.not_for),
            }
            for message in messages
        ],
        separators=(",", ":"),
    )
    code = hmac.digest(key, body.encode(), hashlib.sha256).hex()
    return f"{code}:{body}"


def open_feed(key: bytes, text: str) -> list[dict[str, Any]]:
    """The changes in a text from the channel. Raises :class:`FeedError`."""
    code, _, body = text.partition(":")
    if not hmac.compare_digest(code, hmac.digest(key, body.encode(), hashlib.sha256).hex()):
        raise FeedError
    changes: list[dict[str, Any]] = json.loads(body)
    return changes


class RedisSink:
    """Publishes to the channel; what Redis did not take is offered again by the relay."""

    def __init__(self, url: str, key: bytes) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        self._key = key

    def publish(self, messages: Sequence[Message]) -> None:
        """Raises :class:`SinkUnavailableError`."""
        try:
            self._redis.publish(CHANNEL, seal_feed(self._key, messages))
        except redis.RedisError as error:
            raise SinkUnavailableError from error


class NoSink:
    """Where there is no Redis the screens poll, and nothing waits for a channel."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Take the messages and do nothing: every screen reads the board itself."""


#: What a reader must hold in the whole of her centre to be told of a topic; of others nobody is told. A contact's row
#: carries the mark of its page, hence both.
TOPICS: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"contact.read", "page.read"}),
    "page": frozenset({"page.read"}),
    "duty": frozenset({"shift.read"}),
    "presence": frozenset({"contact.read"}),
    "act": frozenset({"contact.read"}),
    "case": frozenset({"case.read"}),
}


def topics_of(scope: Scope) -> frozenset[str]:
    """The topics this reader is told of; what she reads only in part she fetches, when the head tells her to."""
    whole = {permission for permission, width in scope.held if width == "centre"}
    return frozenset(topic for topic, needed in TOPICS.items() if needed <= whole)


def centre_room(centre_id: UUID | str) -> str:
    """Name of the room of a centre's screens, which are told the head of its stream."""
    return f"centre:{centre_id}"


def topic_room(centre_id: UUID | str, topic: str) -> str:
    """Name of the room of those screens of a centre that are told the changes of a topic."""
    return f"centre:{centre_id}:{topic}"
