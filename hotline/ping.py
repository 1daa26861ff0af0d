"""The answer to ourselves: an installation asks its own public address, signed as the carrier signs (``config.ping``).

The question goes the whole way of a webhook, reads no row and leaves nothing behind. The answer can only be made with
the key file of this installation, so that no other server passes for it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from core.crypto import Keyring

NONCE = "Nonce"


def echo(keyring: Keyring, form: Mapping[str, list[str]]) -> str:
    """The answer to a question that was signed."""
    return f"<Response><!--{proof(keyring, next(iter(form.get(NONCE, ())), ''))}--></Response>"


def proof(keyring: Keyring, nonce: str) -> str:
    """What only this installation makes of the question's nonce."""
    return hmac.digest(keyring.derive("ping"), nonce.encode(), hashlib.sha256).hex()
