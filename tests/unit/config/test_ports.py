"""A taken port is said in words that help."""

from __future__ import annotations

import socket

import pytest

from config.ports import PortTakenError, check_ports, live_port
from core.i18n import use_locale


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", r"Port %d \(web\) is taken .*variable PORT"), ("tr", r"%d numaralı port \(web\) .*PORT değişkeni")],
)
def test_the_message_names_the_port_and_the_variable(locale: str, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, use_locale(locale):
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match=said % port):
            check_ports({"web": port})
    check_ports({"web": port})


def test_a_port_that_the_sockets_address_chose_is_changed_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, use_locale("en"):
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match="variable LIVE_URL"):
            check_ports({"live": port}, live_url=f"http://127.0.0.1:{port}")
        with pytest.raises(PortTakenError, match="variable PORT"):
            check_ports({"live": port}, live_url="https://koza.example")


@pytest.mark.parametrize(
    ("address", "port"),
    [("", 8001), ("https://koza.example", 8001), ("http://127.0.0.1:9000", 9000), ("https://koza.example:x", 8001)],
)
def test_the_sockets_listen_where_their_address_says(address: str, port: int) -> None:
    assert live_port(address, 8000) == port
