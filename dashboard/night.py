"""Play a night: five calls and two texts by scripted telephones of the practice exchange, within three minutes.

Only in a demonstration. The exchange is met over HTTP, as a person at its page would meet it.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.log import get_logger

log = get_logger(__name__)

_TIMEOUT_S = 5.0
Json = dict[str, Any]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What the settings name is asked, and nothing that it names in turn."""

    def redirect_request(self, *_asked: Any) -> None:
        """No further address."""


_STRAIGHT = urllib.request.build_opener(_NoRedirects)


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that a scripted telephone does, ``after`` seconds from the beginning of the night."""

    after: float
    command: str
    caller: str
    more: Mapping[str, Any]


def _call(after: float, caller: str, presses: tuple[tuple[float, str], ...], hang_up_after: float) -> Scene:
    behaviour = {
        "presses": [{"digits": digits, "after": at} for at, digits in presses],
        "hang_up_after": hang_up_after,
    }
    return Scene(after, "call", caller, {"behaviour": behaviour})


def _text(after: float, caller: str, words: str) -> Scene:
    return Scene(after, "text", caller, {"body": words})


#: Numbers of no subscriber. Keys: 1 Turkish, 2 English, 3 Arabic, 4 Kurdish; 5 danger.
NIGHT = (
    _call(0, "+905550000301", ((4, "1"),), 170),
    _text(12, "+905550000302", "Merhaba, uzaklaştırma kararı nasıl alınıyor?"),
    _call(25, "+905550000303", ((4, "4"), (9, "5")), 150),
    _call(50, "+905550000304", ((4, "3"),), 100),
    _text(70, "+905550000305", "Kapının önünde, beni öldürecek. Arayamam."),
    _call(95, "+905550000306", (), 35),
    _call(130, "+905550000307", ((4, "2"),), 50),
)
_playing = threading.Lock()


def play(
    exchange: str,
    line: str,
    *,
    send: Callable[[str, Json], None] | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> bool:
    """Act the night on ``line`` through the exchange at this address; False when one is being played already."""
    if not _playing.acquire(blocking=False):
        return False
    try:
        passed = 0.0
        for scene in NIGHT:
            wait(scene.after - passed)
            passed = scene.after
            (send or _send)(f"{exchange}/control/{scene.command}", {"from": scene.caller, "to": line, **scene.more})
    finally:
        _playing.release()
    return True


def begin(exchange: str, line: str) -> None:
    """Play it beside the requests of this process."""
    threading.Thread(target=play, args=(exchange, line), name="night", daemon=True).start()


def _send(url: str, body: Json) -> None:
    request = urllib.request.Request(  # noqa: S310 - the address is the settings' own
        url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with _STRAIGHT.open(request, timeout=_TIMEOUT_S):
            pass
    except (urllib.error.URLError, TimeoutError) as error:
        log.warning("night_scene_failed", error=type(error).__name__)
