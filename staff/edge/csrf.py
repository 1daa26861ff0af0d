"""Requests that another site made a signed-in browser send: refused by what the browser says and by a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit
from uuid import UUID

from flask import Request

from core.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "X-CSRF-Token"
FIELD = "csrf_token"


def token_for(settings: Settings, session_id: UUID) -> str:
    """The token of one session: a keyed hash of its id, so that nothing needs to be kept and none outlives it.

    Not of the cookie's secret, which changes when the code is entered again: her other pages must go on beating.
    """
    digest = hmac.digest(settings.secret_key.encode(), b"csrf\x00" + session_id.bytes, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def from_our_pages(request: Request, settings: Settings) -> bool:
    """Whether an unsafe request comes from our own pages, or from no browser at all.

    ``Sec-Fetch-Site`` cannot be set by a page, so where it is sent it decides. ``Origin`` decides otherwise; it is
    ``null`` for a form under our own no-referrer policy, which is let pass only without https, where browsers send no
    ``Sec-Fetch-Site``. A request with neither is not from a browser and cannot ride on a cookie.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    if origin == "null":
        return not settings.https
    ours = urlsplit(settings.dashboard_url)
    return origin == f"{ours.scheme}://{ours.netloc}"


def token_matches(request: Request, settings: Settings, session_id: UUID) -> bool:
    """Whether the request carries the session's token, in the header or in the form."""
    given = request.headers.get(HEADER) or request.form.get(FIELD) or ""
    return hmac.compare_digest(given.encode(), token_for(settings, session_id).encode())
