"""Whether an address is free, and what to say when it is not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from core.i18n import gettext as _


class PortTakenError(Exception):
    """A port that Koza needs belongs to another program; the message names the port and the way out."""


def live_port(live_url: str, port: int) -> int:
    """Where the sockets' process listens: the port that LIVE_URL names, else the one after the pages'.

    An address that is none is left to the settings, which name every problem at once.
    """
    try:
        named = urlsplit(live_url).port
    except ValueError:
        named = None
    return named or port + 1


def check_ports(wanted: Mapping[str, int], *, live_url: str = "", host: str = "127.0.0.1") -> None:
    """Raise :class:`PortTakenError` for the first port in ``wanted`` (what for -> number) that is not free.

    ``live_url`` is LIVE_URL, which may have chosen the port of ``live``.
    """
    for purpose, port in wanted.items():
        problem = _problem(host, port, purpose)
        if problem:
            chosen_by_url = purpose == "live" and port == live_port(live_url, 0)
            raise PortTakenError(f"{problem} {_way_out(port, chosen_by_url=chosen_by_url)}")


def _way_out(port: int, *, chosen_by_url: bool) -> str:
    if chosen_by_url:
        return _("Choose another with the variable LIVE_URL.")
    return _(
        "Choose another with the variable PORT; Koza takes PORT, PORT+1 and PORT+2. For example: "
        "PORT=%(example)d make run",
        example=port + 100,
    )


def _problem(host: str, port: int, purpose: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers themselves do: connections that are closing do not occupy a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return _("Port %(port)d (%(purpose)s) is taken by another program.", port=port, purpose=purpose)
            if error.errno == errno.EACCES:
                return _("Port %(port)d (%(purpose)s) may not be used by this account.", port=port, purpose=purpose)
            raise
    return None
