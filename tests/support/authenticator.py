"""A security key in software: ES256, attestation ``none``, and every lie that a false one could tell."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One key, used on the page at ``origin``."""

    origin: str
    rp_id: str
    verifies: bool = True
    #: The page stands within a page of another site.
    framed: bool = False
    #: The algorithm that it says it signs by: ES256, or one that nobody asked for.
    alg: int = ES256.ALGORITHM
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to a registration's options, as a browser's ``toJSON`` writes it."""
        made: dict[int, Any] = dict(ES256.from_cryptography_key(self.private.public_key()))  # type: ignore[no-untyped-call]
        key = cbor.encode(made | {3: self.alg})
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        data = self._data(_ATTESTED) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to a challenge; the count goes up by one."""
        self.counter += 1
        data, client = self._data(0), self._client("webauthn.get", options)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": self.framed}
        return json.dumps(told).encode()

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        shown = websafe_encode(self.credential_id)
        told = {name: websafe_encode(value) for name, value in response.items()}
        return {"id": shown, "rawId": shown, "type": "public-key", "response": told, "clientExtensionResults": {}}
