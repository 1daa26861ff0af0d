"""Headers of every answer: what the browser may load, keep and tell others."""

from __future__ import annotations

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


def _live_sources(settings: Settings) -> tuple[str, str]:
    live = urlsplit(settings.live_url)
    secure = live.scheme in {"https", "wss"}
    return f"{'https' if secure else 'http'}://{live.netloc}", f"{'wss' if secure else 'ws'}://{live.netloc}"


def content_security_policy(settings: Settings, connect: tuple[str, ...] = ()) -> str:
    """The policy: nothing from elsewhere, no inline script or style, no frame around us."""
    sources = " ".join(("'self'", *_live_sources(settings), *connect))
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
    """Set every header; an answer that is not a static file is kept nowhere."""
    microphone = "(self)" if g.get("koza_microphone") else "()"
    headers = {
        "Content-Security-Policy": content_security_policy(settings, g.get("koza_connect", ())),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": f"microphone={microphone}, camera=(), geolocation=(), payment=(), usb=()",
        "X-Robots-Tag": "noindex",
    }
    if settings.https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    if not static:
        headers["Cache-Control"] = "no-store"
    response.headers.update(headers)
    return response
