"""Headers of every answer: what the browser may load, keep and tell others."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response, g

from core.settings import Settings

REPORT_PATH = "/csp-report"
_YEAR_S = 365 * 24 * 3600


def allow_connect(*origins: str) -> None:
    """Let this one page connect to further hosts: the carrier's, on the operator's page with the soft-phone."""
    g.koza_connect = (*g.get("koza_connect", ()), *origins)


def allow_microphone() -> None:
    """Let this one page ask for the microphone."""
    g.koza_microphone = True


def let_keep() -> None:
    """Let whoever asked keep this one answer, as long as it says itself: it holds nothing of anybody."""
    g.koza_kept = True


def _live_sources(live_url: str) -> tuple[str, str]:
    live = urlsplit(live_url)
    secure = live.scheme in {"https", "wss"}
    return f"{'https' if secure else 'http'}://{live.netloc}", f"{'wss' if secure else 'ws'}://{live.netloc}"


def content_security_policy(settings: Settings, connect: tuple[str, ...] = ()) -> str:
    """The policy: nothing from elsewhere, no inline script or style, no frame around us."""
    return _content_security_policy(settings.live_url, connect)


def _content_security_policy(live_url: str, connect: tuple[str, ...]) -> str:
    sources = " ".join(("'self'", *_live_sources(live_url), *connect))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            "media-src 'self'",
            f"connect-src {sources}",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            f"report-uri {REPORT_PATH}",
        ),
    )


def harden(response: Response, settings: Settings, *, static: bool) -> Response:
    """Set every header; an answer that is not a static file is kept nowhere, unless it may be (:func:`let_keep`)."""
    microphone = "(self)" if g.get("koza_microphone") else "()"
    kept = static or g.get("koza_kept", False)
    wanted = _headers(settings.live_url, g.get("koza_connect", ()), microphone, https=settings.https, static=kept)
    response.headers.update(wanted)
    return response


@lru_cache(maxsize=64)
def _headers(live_url: str, connect: tuple[str, ...], microphone: str, *, https: bool, static: bool) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": _content_security_policy(live_url, connect),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": f"microphone={microphone}, camera=(), geolocation=(), payment=(), usb=()",
        "X-Robots-Tag": "noindex",
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    if not static:
        headers["Cache-Control"] = "no-store"
    return headers
