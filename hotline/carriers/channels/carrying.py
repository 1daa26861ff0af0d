"""Which channel carries the texts of which line."""

from __future__ import annotations

from collections.abc import Mapping

from core.settings import Settings
from hotline.carriers.channels.description import Gateway
from hotline.carriers.channels.gateway import GatewayChannel
from hotline.carriers.channels.reading import channel_of
from hotline.carriers.protocol import Channel


class Channels:
    """The carrier's texts, and those of the channels beside it."""

    def __init__(
        self, carrier: Channel, others: Mapping[str, Channel] | None = None, lines: Mapping[str, str] | None = None
    ) -> None:
        """`others` by name; `lines`: the name of the channel by the number of the line."""
        self._carrier = carrier
        self._others = dict(others or {})
        self._lines = dict(lines or {})

    def of_line(self, number: str) -> Channel:
        """Whoever carries the texts of this number of ours."""
        name = self._lines.get(number)
        return self._carrier if name is None else self._others[name]

    def of_sid(self, sid: str) -> Channel | None:
        """Whoever carried the text of this SID; None where that channel is no longer here."""
        name = channel_of(sid)
        return self._carrier if name is None else self._others.get(name)


def channels_beside(carrier: Channel, described: tuple[Gateway, ...], settings: Settings) -> Channels:
    """The carrier and the channels of a file."""
    others = {channel.name: GatewayChannel(channel, settings) for channel in described}
    return Channels(carrier, others, {number: channel.name for channel in described for number in channel.numbers})


__all__ = ["Channels", "channels_beside"]
