"""One HTTP exchange with the carrier, told apart by how far it came.

The carrier's library would use `requests`, which hides whether a connection ever came about and logs addresses with
their query. Here the two phases are two exceptions: `NotSent` means the carrier surely knows nothing of it, `MaybeSent`
that it may. Nothing is kept alive between exchanges: a connection that the other side had just closed would turn a
harmless delay into an unknown outcome, and a page would wait for its look-up.
"""

import base64
import http.client
import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import urlencode, urlsplit

import certifi

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024


class NotSent(Exception):  # noqa: N818 - states how far the exchange came
    """No connection came about."""


class MaybeSent(Exception):  # noqa: N818 - states how far the exchange came
    """The exchange broke after the connection stood; `timed_out` tells silence from breaking off."""

    def __init__(self, *, timed_out: bool) -> None:
        super().__init__("timed out" if timed_out else "broken")
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier answered, in the form its library reads."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Wire:
    """An HTTP client as the carrier's library wants it: `request(...)`, one try, one host, no redirects, no log."""

    is_async: Final = False

    def __init__(self, timeout_s: float, *base_urls: str) -> None:
        """`timeout_s` bounds connecting and each silence after it; an answer that drips for longer is broken off.

        Only the hosts of `base_urls` are asked: a list names the address of its next page, and what it names is sent
        our credentials.
        """
        self._timeout = timeout_s
        self._origins = frozenset(_origin(base_url) for base_url in base_urls)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> Answer:
        """The answer, whatever its status. Raises NotSent or MaybeSent."""
        del timeout, allow_redirects  # one limit for every exchange; a redirect is an answer like any other
        query = _encoded(params)
        sent = dict(headers or {})
        if auth is not None:
            sent["Authorization"] = _basic(auth)
        return self._send(method, url, query, _encoded(data).encode() if data else None, sent)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """As `request`, with a body that is ready."""
        return self._send("POST", url, "", body, headers)

    def _send(self, method: str, url: str, more_query: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if _origin(url) not in self._origins:
            raise NotSent
        parts = urlsplit(url)
        query = "&".join(part for part in (parts.query, more_query) if part)
        target = (parts.path or "/") + (f"?{query}" if query else "")
        connection = self._connect(parts.scheme, parts.hostname or "", parts.port)
        try:
            return self._exchange(connection, method, target, body, headers)
        except TimeoutError as error:
            raise MaybeSent(timed_out=True) from error
        except (OSError, http.client.HTTPException) as error:
            raise MaybeSent(timed_out=False) from error
        finally:
            connection.close()

    def _connect(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        connection = _connection(scheme, host, port, self._timeout)
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:  # a failed TLS handshake is an OSError too
            connection.close()
            raise NotSent from error
        return connection

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        deadline = time.monotonic() + self._timeout
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_READ_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                raise TimeoutError
        if response.length:  # the other side promised more than it sent
            raise http.client.IncompleteRead(b"", response.length)
        return Answer(response.status, b"".join(pieces).decode("utf-8", "replace"), dict(response.getheaders()))


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    """A connection not yet made, through the proxy that the environment names for this host, if any."""
    proxy = None if urllib.request.proxy_bypass(host) or _is_loopback(host) else urllib.request.getproxies().get(scheme)
    via = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else None
    near_host, near_port = (via.hostname or "", via.port or 8080) if via else (host, port)
    if scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            near_host, near_port, timeout=timeout, context=_tls()
        )
    else:
        connection = http.client.HTTPConnection(near_host, near_port, timeout=timeout)
    if via:
        connection.set_tunnel(host, port or (443 if scheme == "https" else 80))
    return connection


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # A minimal container has no certificates of its own; what the machine trusts stays trusted beside these.
    context.load_verify_locations(certifi.where())
    return context


def _encoded(values: Mapping[str, object] | None) -> str:
    """Form encoding; a list stands for a repeated field, None for an absent one."""
    return urlencode({name: value for name, value in (values or {}).items() if value is not None}, doseq=True)


def _basic(auth: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode()
