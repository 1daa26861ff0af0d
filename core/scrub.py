"""What may stand in a log line: neutral codes, and nothing that looks like a person or a secret.

The log allows field names by list (core.log). This is the second net: a value under an allowed name
is still dropped if it is not a code, a number of ours or a known kind of identifier.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

Scrubbed = str | int | float | bool | None

NUMBER: Final = "[number]"
TOKEN: Final = "[token]"  # noqa: S105 - what stands in a token's place
DROPPED: Final = "[dropped]"

# Identifiers that stand in clear: our ids and references, carrier ids, moments and days.
_CLEAR: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|[A-Z]{2}[0-9a-f]{32}"
    r"|[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4}"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
# No white space: a code has none, and what people write has.
_CODE: Final = re.compile(r"[A-Za-z0-9_.:/%+\-]{0,120}")
# Seven digits are a local number already; 444 43 06 is one of a whole country.
_NUMBER: Final = re.compile(r"\+?\d(?:[ .\-/()]{0,2}\d){6,}")
_TOKEN: Final = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}")
_MIXED: Final = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_=\-]{28,}")
# A count or a duration is small; longer integers could be a number or an identity number.
_LARGEST_INTEGER: Final = 999_999_999


def scrub(value: object) -> Scrubbed:
    """`value` as a log line may show it."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INTEGER else NUMBER
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        return DROPPED
    return scrub_code(value)


def scrub_code(text: str) -> str:
    """`text` if it is a code or a known identifier, else what kind of thing was dropped."""
    if _CLEAR.fullmatch(text):
        return text
    if _NUMBER.search(text):
        return NUMBER
    if _TOKEN.search(text) or _MIXED.search(text):
        return TOKEN
    return text if _CODE.fullmatch(text) else DROPPED


def scrub_template(template: str) -> str:
    """The format template of a library's log line, without what may have been filled in beforehand."""
    short = " ".join(template.split())[:200]
    return _MIXED.sub(TOKEN, _TOKEN.sub(TOKEN, _NUMBER.sub(NUMBER, short)))
