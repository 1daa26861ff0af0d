"""The carrier of this installation."""

from __future__ import annotations

from core.settings import Settings
from hotline.carriers.account import TwilioAccount
from hotline.carriers.protocol import Carrier
from hotline.carriers.twilio_carrier import TwilioCarrier


def carrier_of(settings: Settings) -> Carrier:
    """Twilio, or what stands at ``TWILIO_API_URL``; with the API key where there is one, else the auth token."""
    username, password = _auth(settings)
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        username=username,
        password=password,
        base_url=settings.twilio_api_url,
        retain_content=not settings.twilio_discards,
        trunks=settings.sip_trunks,
    )


def account_of(settings: Settings, *, token: str | None = None) -> TwilioAccount:
    """The account with the credentials that requests use, or with one auth token of it to see whether that is one."""
    auth = _auth(settings) if token is None else (settings.twilio_account_sid, token)
    return TwilioAccount(account_sid=settings.twilio_account_sid, auth=auth, base_url=settings.twilio_api_url)


def _auth(settings: Settings) -> tuple[str, str]:
    if settings.twilio_api_key is not None:
        return settings.twilio_api_key, settings.twilio_api_secret or ""
    return settings.twilio_account_sid, settings.twilio_auth_tokens[0]
