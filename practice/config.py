"""How an exchange is set up: its numbers and the speed of its world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from practice.phones import Behaviour


@dataclass(frozen=True, kw_only=True)
class NumberConfig:
    """A number of the account and where its webhooks go."""

    number: str
    voice_url: str = ""
    voice_fallback_url: str = ""
    status_callback: str = ""
    sms_url: str = ""
    sms_fallback_url: str = ""
    friendly_name: str = ""


@dataclass(frozen=True, kw_only=True)
class ExchangeConfig:
    """Everything about an exchange that does not change while it runs. Times are seconds."""

    numbers: tuple[NumberConfig, ...] = ()
    #: SIP domains of the account, each as if its name were a number.
    sip_domains: tuple[NumberConfig, ...] = ()
    #: Phones that exist from the start; all others are made when first dialled, with `default_behaviour`.
    phones: Mapping[str, Behaviour] = field(default_factory=dict)
    default_behaviour: Behaviour = field(default_factory=Behaviour)
    #: The time before the first step, in seconds since the epoch.
    start: float = 0.0
    #: Decides SIDs and the dice of the faults; a real-time server passes a random one.
    seed: str = "practice"
    #: API key SID -> secret, accepted beside account SID and auth token.
    api_keys: Mapping[str, str] = field(default_factory=dict)
    #: Alphanumeric senders that are registered, and messaging services with their sender.
    sender_ids: frozenset[str] = frozenset()
    messaging_services: Mapping[str, str] = field(default_factory=dict)
    #: Those of the services that take the texts to their sender themselves, whatever the number's URL says.
    services_that_keep: frozenset[str] = frozenset()
    #: From "initiated" to "ringing" on outgoing legs.
    setup_seconds: float = 0.5
    speech_characters_per_second: float = 15.0
    play_seconds: float = 5.0
    #: What a recording says, by the last part of its URL; heard as text instead of the file name.
    media_texts: Mapping[str, str] = field(default_factory=dict)
    #: (status, seconds after the previous one) of a text on its good way.
    message_steps: tuple[tuple[str, float], ...] = (("sending", 0.1), ("sent", 0.4), ("delivered", 1.0))
    #: Twilio itself answers the English opt-out words and blocks further texts (error 21610).
    default_opt_out: bool = True
    queue_max_size: int = 100
