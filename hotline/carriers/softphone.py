"""What a browser shows to the carrier so that it can be rung there, and nothing more."""

from __future__ import annotations

from importlib import import_module
from typing import Final

#: A token that leaked is of no use after that. A call outlasts the token that it began with.
TOKEN_SECONDS: Final = 1800
#: What the carrier's library in a browser speaks with: its signalling, and where it tells how good the line is. Voices
#: go between browser and carrier directly, over WebRTC, which no policy of a page names.
CARRIER_SOURCES: Final = ("wss://voice-js.roaming.twilio.com", "https://eventgw.twilio.com")


def access_token(*, account_sid: str, key: str, secret: str, identity: str) -> str:
    """A signed token with which a page registers under ``identity`` and is rung there; it can place no call itself.

    It is signed with an API key, never with the auth token: that would let a browser's owner act for the account.
    """
    token = import_module("twilio.jwt.access_token").AccessToken(
        account_sid, key, secret, identity=identity, ttl=TOKEN_SECONDS
    )
    token.add_grant(import_module("twilio.jwt.access_token.grants").VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


__all__ = ["CARRIER_SOURCES", "TOKEN_SECONDS", "access_token"]
