"""Whether an address is free, and what to say when it is not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping


class PortTakenError(Exception):
    """A port that Koza needs belongs to another program; the message names the port and the way out."""


def check_ports(wanted: Mapping[str, int], *, host: str = "127.0.0.1") -> None:
    """Raise :class:`PortTakenError` for the first port in ``wanted`` (what for -> number) that is not free."""
    for purpose, port in wanted.items():
        problem = _problem(host, port)
        if problem:
            raise PortTakenError(
                f"Port {port} ({purpose}) {problem}. Choose another with the variable PORT; Koza takes PORT, PORT+1 "
                f"and PORT+2. For example: PORT={port + 100} make run"
            )


def _problem(host: str, port: int) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers themselves do: connections that are closing do not occupy a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is taken by another program"
            if error.errno == errno.EACCES:
                return "may not be used by this account"
            raise
    return None
