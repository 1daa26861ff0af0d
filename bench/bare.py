"""The least that a webhook written in Flask can be: the signature is verified and one row is committed.

No encryption, no menu, no queue, no second delivery worth the name. What the house costs above this is the house.
"""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, Response, request

from core.ids import new_id
from core.settings import Settings
from hotline.signature import Verifier

TABLE = "CREATE TABLE IF NOT EXISTS bench_bare (id uuid PRIMARY KEY, sid text NOT NULL UNIQUE, form bytea NOT NULL)"
_INSERT = "INSERT INTO bench_bare (id, sid, form) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def create() -> Flask:
    """The application; one connection per thread, opened with its first request."""
    settings = Settings.load(os.environ)
    verifier = Verifier(settings.public_url, settings.twilio_account_sid, settings.twilio_auth_tokens)
    address = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    own = threading.local()
    app = Flask("bare", static_folder=None)

    def take() -> Response:
        body = request.get_data(cache=False)
        verdict = verifier.verify(request.path, request.query_string.decode("latin-1"), dict(request.headers), body)
        if not verdict.ok:
            return Response(status=403)
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(address, autocommit=True)
        own.connection.execute(_INSERT, (new_id(), verdict.form["MessageSid"][0], body))
        return Response(_EMPTY, content_type="text/xml")

    app.add_url_rule("/healthz", "healthz", lambda: {"ok": True})
    app.add_url_rule("/twilio/sms", "take", take, methods=["POST"])
    return app
