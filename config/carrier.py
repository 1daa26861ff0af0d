"""The carrier of this installation."""

from __future__ import annotations

from core.settings import Settings
from hotline.carriers.protocol import Carrier
from hotline.carriers.twilio_carrier import TwilioCarrier


def carrier_of(settings: Settings) -> Carrier:
    """Twilio, or what stands at ``TWILIO_API_URL``; with the API key where there is one, else the auth token."""
    username = settings.twilio_api_key or settings.twilio_account_sid
    password = settings.twilio_api_secret if settings.twilio_api_key else settings.twilio_auth_tokens[0]
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        username=username,
        password=password or "",
        base_url=settings.twilio_api_url,
    )
