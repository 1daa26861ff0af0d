"""Where the carrier asks next, and how patiently: our own routes as they stand in TwiML and in requests to it.

A URL's fragment is read by the carrier alone: it is neither sent nor signed. Without it one connection is tried again
and nothing else; a caller whose request met a process that was starting would be told of an error and cut off.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

ROOT: Final = "/twilio/voice"
#: How long the carrier waits for the answer to a step of a call before it asks again.
READ_TIMEOUT_S: Final = 4
#: For whatever a telephone waits for: soon, and again after no connection, no answer or an error of ours. So every
#: step may arrive twice.
STEP_PATIENCE: Final = f"#ct=2000&rt={READ_TIMEOUT_S * 1000}&rc=5&rp=ct,rt,5xx&tt=14000"
#: For what nobody waits for.
CALLBACK_PATIENCE: Final = "#rc=5&rp=all"


def with_query(url: str, **values: str) -> str:
    """The URL with more in its query, before its fragment; empty values are left out."""
    bare, hash_, fragment = url.partition("#")
    query = urlencode({name: value for name, value in values.items() if value})
    if not query:
        return url
    return f"{bare}{'&' if '?' in bare else '?'}{query}{hash_}{fragment}"


__all__ = ["CALLBACK_PATIENCE", "READ_TIMEOUT_S", "ROOT", "STEP_PATIENCE", "with_query"]
