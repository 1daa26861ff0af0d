"""The carrier's library, loaded when it is first needed and silenced."""

import logging
from importlib import import_module
from typing import Any, Final

from hotline.carriers.wire import Wire

#: Where the library asks, unless another address is set.
API_URL: Final = "https://api.twilio.com"
MESSAGING_URL: Final = "https://messaging.twilio.com"


def open_client(*, account_sid: str, auth: tuple[str, str], base_url: str | None, wire: Wire) -> Any:
    """A client of the account; `base_url` replaces every address of the carrier's API.

    Loaded by name at first use: the REST client costs a second of start-up, and the processes that answer webhooks
    need only the protocol and the signature, which are ours.
    """
    rest = import_module("twilio.rest")
    _silence_library()
    # A given environment, because the library would otherwise take region and edge from the process's.
    client = rest.Client(*auth, account_sid, http_client=wire, environment={"KOZA": "1"})
    if base_url is not None:
        client.api.base_url = base_url
        client.messaging.base_url = base_url
    return client


def library_errors() -> tuple[type[Exception], ...]:
    """What the library raises for an answer that is a refusal."""
    return (import_module("twilio.base.exceptions").TwilioException,)


def _silence_library() -> None:
    """The library logs whole requests, numbers and words included; there is no level at which that is wanted."""
    logger = logging.getLogger("twilio")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
