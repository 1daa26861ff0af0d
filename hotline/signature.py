"""Whether a webhook was signed by our carrier: the first gate of the telephone edge.

The scheme (Twilio, "Validating signatures"; the same in every SDK): base64(HMAC(secret, URL + for each distinct form
field in byte order its name and each of its distinct values in byte order)). HMAC-SHA1 with the account's auth token,
or HMAC-SHA256 with a shared key when `X-Twilio-Webhooks-Signature-Settings` says so. Bodies that are no form carry
their SHA-256 in the query (`bodySHA256`), and then the signature covers the URL alone.

The URL comes from our own configuration, never from `Host` or `X-Forwarded-*`: whoever may choose the URL may use a
signature made for one path on another. A signature neither expires nor separates the fields, so it is necessary and
not sufficient: `hotline.shapes` and the unique keys of the inbox are part of authentication.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
BODY_HASH_FIELD = "bodySHA256"

#: What the verifier reads of a request's headers.
READ_HEADERS = (SIGNATURE_HEADER, SETTINGS_HEADER, "Content-Type")

#: The carrier sends some forty fields; a thousand is a flood and is refused before anything is sorted.
MAX_FIELDS = 1000

_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_DEFAULT_PORTS = {"https": 443, "http": 80}
_FORM_TYPE = "application/x-www-form-urlencoded"
#: What a browser-grade URL parser leaves alone in a query (WHATWG URL, query percent-encode set of special schemes).
_WHATWG_SAFE = "!$%&()*+,-./:;=?@[\\]^_`{|}~"
#: What Node's `querystring.stringify` leaves alone.
_NODE_SAFE = "-_.!~*'()"

_Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of the verifier.

    `reason` is a neutral code fit for a metric label. `form` holds the signed fields as text and is empty unless
    `ok`. `secret_index` says which of the configured secrets matched, so that one sees when an old token falls silent.
    """

    ok: bool
    reason: str
    form: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    secret_index: int | None = None


class _Refused(Exception):  # noqa: N818 - a refusal is an expected answer inside this module, not an error
    pass


def sign(url: str, form: Mapping[str, str], token: str) -> str:
    """The signature that the carrier would put on this request, for what we ask ourselves."""
    message = (url + "".join(name + form[name] for name in sorted(form))).encode()
    return base64.b64encode(hmac.digest(token.encode(), message, "sha1")).decode()


class Verifier:
    """Verifies webhooks against the configured public URL and every live secret.

    `public_url` is the origin that the carrier was told. `account_sid` is the one account we accept; None leaves that
    comparison to the caller. `tokens` are the auth tokens, newest first, and the secrets of shared keys; all are
    tried, because during a rotation either may sign.
    """

    def __init__(self, public_url: str, account_sid: str | None, tokens: tuple[str, ...]) -> None:
        """Raises ValueError for a URL without scheme or host, an empty account or no token: these would fail open."""
        parts = urlsplit(public_url.rstrip("/"))
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError("the public URL must be http(s)://host[:port]")
        if account_sid == "":
            raise ValueError("the account SID must not be empty")
        if not tokens or not all(tokens):
            raise ValueError("at least one non-empty auth token is needed")
        self._account = account_sid
        self._secrets = tuple(token.encode() for token in tokens)
        self._bases = _base_variants(public_url.rstrip("/"))

    def __repr__(self) -> str:
        return f"Verifier({self._bases[0]!r}, {len(self._secrets)} secrets)"

    def verify(self, path: str, raw_query: str, headers: Mapping[str, str], raw_body: bytes) -> Verdict:
        """The verdict on one request; never raises.

        `path` and `raw_query` are as they came on the wire, still percent-encoded; `raw_body` is the unparsed body.
        Whatever is odd is a refusal: an exception here would be a 500, which the carrier may repeat for ever and an
        attacker may provoke.
        """
        try:
            return self._verify(path, raw_query, headers, raw_body)
        except _Refused as refusal:
            return Verdict(ok=False, reason=str(refusal))
        except Exception:  # noqa: BLE001 - the promise of this method; the reason code tells it from a wrong signature
            return Verdict(ok=False, reason="unverifiable")

    def _verify(self, path: str, raw_query: str, headers: Mapping[str, str], raw_body: bytes) -> Verdict:
        signature = _signature(headers)
        digest = _digest_name(headers)
        pairs = _signed_pairs(raw_query, headers, raw_body)
        tail = b"".join(name + value for name, value in sorted(set(pairs)))
        given = path + ("?" + raw_query if raw_query else "")
        index = self._matching_secret(given, tail, digest, signature)
        if index is None:
            raise _Refused("wrong_signature")
        form = _as_text(pairs)
        self._check_account(form)
        return Verdict(ok=True, reason="ok", form=form, secret_index=index)

    def _matching_secret(self, given: str, tail: bytes, digest: str, signature: bytes) -> int | None:
        for url in self._urls(given):
            message = url.encode("utf-8", "surrogateescape") + tail
            for index, secret in enumerate(self._secrets):
                expected = base64.b64encode(hmac.digest(secret, message, digest))
                if hmac.compare_digest(expected, signature):
                    return index
        return None

    def _urls(self, given: str) -> Iterator[str]:
        """The configured URL first; then the forms that the carrier's signers are known to produce."""
        for rest in _query_variants(given):
            for base in self._bases:
                yield base + rest

    def _check_account(self, form: Mapping[str, list[str]]) -> None:
        # A body that is no form has no AccountSid to compare; no shape of ours accepts such a body anyway.
        if self._account is None or not form:
            return
        if form.get("AccountSid") != [self._account]:
            raise _Refused("wrong_account")


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    """Header lookup that does not depend on the mapping being case-insensitive."""
    value = headers.get(wanted)
    if value is None:
        value = next((item for name, item in headers.items() if name.lower() == wanted.lower()), None)
    return value


def _signature(headers: Mapping[str, str]) -> bytes:
    value = _header(headers, SIGNATURE_HEADER)
    if not value:
        raise _Refused("no_signature")
    return value.encode("utf-8", "surrogateescape")


def _digest_name(headers: Mapping[str, str]) -> str:
    """SHA-1 unless the settings header names another algorithm; an unknown one is refused, never ignored."""
    algorithm = "HMAC_SHA1"
    for part in (_header(headers, SETTINGS_HEADER) or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            algorithm = value.strip()
            break
    digest = _DIGESTS.get(algorithm.upper())
    if digest is None:
        raise _Refused("unknown_algorithm")
    return digest


def _signed_pairs(raw_query: str, headers: Mapping[str, str], raw_body: bytes) -> _Pairs:
    """The form fields that the signature must cover; none where the body is covered by its hash in the query."""
    asked = parse_qsl(raw_query, keep_blank_values=True) if raw_query else []
    hashes = [value for name, value in asked if name == BODY_HASH_FIELD]
    if hashes:
        # Always over the raw body: a library that is handed the (empty) form instead accepts any changed body.
        computed = hashlib.sha256(raw_body).hexdigest().encode()
        if len(hashes) != 1 or not hmac.compare_digest(computed, hashes[0].lower().encode()):
            raise _Refused("wrong_body_hash")
        return []
    if not raw_body:
        return []
    content_type = (_header(headers, "Content-Type") or "").partition(";")[0].strip().lower()
    if content_type != _FORM_TYPE:
        raise _Refused("unsigned_body")
    return _form_pairs(raw_body)


def _form_pairs(raw_body: bytes) -> _Pairs:
    """The form as bytes. Signing bytes keeps a value that is no valid UTF-8 verifiable, where text would lose it."""
    pieces = raw_body.split(b"&")
    if len(pieces) > MAX_FIELDS:
        raise _Refused("too_many_fields")
    pairs: _Pairs = []
    for piece in pieces:
        if piece:
            name, _, value = piece.replace(b"+", b" ").partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def _as_text(pairs: _Pairs) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name.decode("utf-8", "replace"), []).append(value.decode("utf-8", "replace"))
    return form


def _base_variants(base: str) -> tuple[str, ...]:
    """The configured base, without its port, and with the scheme's default port.

    "Signature generation on the back end is inconsistent" about ports, say the carrier's own libraries.
    """
    parts = urlsplit(base)
    userinfo, at, address = parts.netloc.rpartition("@")
    host = address
    if parts.port is not None or address.endswith(":"):
        host = address.rpartition(":")[0]  # the last colon: an IPv6 address has more of them, inside its brackets

    def build(netloc: str) -> str:
        return f"{parts.scheme}://{userinfo}{at}{netloc}"

    variants = [base, build(host)]
    if parts.port is None or parts.port == _DEFAULT_PORTS[parts.scheme]:
        variants.append(build(f"{host}:{_DEFAULT_PORTS[parts.scheme]}"))
    return tuple(dict.fromkeys(variants))


def _query_variants(given: str) -> Iterator[str]:
    """Path and query as received, then with the query as two generations of Node would have written it."""
    yield given
    path, mark, query = given.partition("?")
    if not mark:
        return
    seen = {query}
    for variant in (quote(query, safe=_WHATWG_SAFE), _node_legacy(query)):
        if variant not in seen:
            seen.add(variant)
            yield f"{path}?{variant}"


def _node_legacy(query: str) -> str:
    """`querystring.stringify(querystring.parse(query))`: decoded, grouped by name, encoded again."""
    grouped: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS):
        grouped.setdefault(name, []).append(value)
    return "&".join(
        f"{quote(name, safe=_NODE_SAFE)}={quote(value, safe=_NODE_SAFE)}"
        for name, values in grouped.items()
        for value in values
    )
