"""How many parts a text has on the air: GSM 03.38 with its extension table, else UCS-2."""

from __future__ import annotations

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


def segment_count(body: str) -> int:
    """Segments of a text; at least one."""
    if all(letter in GSM_BASIC or letter in GSM_EXTENDED for letter in body):
        units, single, several = sum(2 if letter in GSM_EXTENDED else 1 for letter in body), 160, 153
    else:
        units, single, several = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if units <= single else -(-units // several)
