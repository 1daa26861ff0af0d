"""A taken port is said in words that help."""

from __future__ import annotations

import socket

import pytest

from config.ports import PortTakenError, check_ports


def test_the_message_names_the_port_and_the_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"Port {port} \(web\) is taken .*variable PORT"):
            check_ports({"web": port})
    check_ports({"web": port})
