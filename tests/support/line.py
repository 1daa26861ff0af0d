"""The carrier's side of a test: signed webhooks against the door, fresh centres and numbers for each test."""

from __future__ import annotations

import base64
import hmac
import itertools
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from core.actor import system
from core.database import Ground
from core.unit_of_work import unit_of_work
from hotline import channel_door, edge
from hotline.carriers.channels.description import load_channels
from hotline.journal import Journal
from hotline.signature import Verifier
from hotline.telephone import Step, Telephone
from staff import service as staff_service
from tests.support import planted
from tests.support.house import forget

_numbers = itertools.count(int.from_bytes(os.urandom(2), "big") * 100)


#: A number of a person that no other test uses; the run ends by looking for it in everything that was left.
fresh_number = planted.number


def line_number() -> str:
    """A number for a line of ours, which is published and hence kept in clear."""
    return f"+90532{next(_numbers) % 10_000_000:07d}"


def fresh_sid(prefix: str) -> str:
    """A SID of the carrier's shape."""
    return prefix + secrets.token_hex(16)


def _parties(**addresses: str) -> dict[str, str]:
    """Both sides as the carrier describes them: each with a place, which is mostly empty."""
    places = {f"{end}{place}": "" for end in addresses for place in ("City", "State", "Zip", "Country")}
    return addresses | places


@dataclass
class Line:
    """A line of a fresh centre, and a carrier that speaks for the people who dial it."""

    ground: Ground
    client: FlaskClient
    centre_id: UUID
    line_id: UUID
    number: str
    telephone: Telephone
    steps: dict[str, Step] = field(default_factory=dict)
    journal_folder: Path = field(default_factory=Path)

    def post(self, path: str, form: dict[str, Any], *, query: str = "") -> TestResponse:
        """A signed webhook."""
        settings = self.ground.settings
        fields = {"AccountSid": settings.twilio_account_sid, "ApiVersion": "2010-04-01", **form}
        url = settings.public_url + path + (f"?{query}" if query else "")
        signature = RequestValidator(settings.twilio_auth_tokens[0]).compute_signature(url, fields)
        return self.client.post(
            path + (f"?{query}" if query else ""),
            data=fields,
            headers={"X-Twilio-Signature": signature},
        )

    def ring(self, caller: str, sid: str | None = None, **extra: str) -> tuple[str, TestResponse]:
        """The first webhook of a call."""
        sid = sid or fresh_sid("CA")
        return sid, self.post("/twilio/voice", self._call(sid, caller, "ringing") | extra)

    def step(self, path: str, sid: str, caller: str, **extra: str) -> TestResponse:
        """A further webhook of a call."""
        return self.post(path, self._call(sid, caller, "in-progress") | extra)

    def status(self, sid: str, caller: str, status: str, sequence: int | None = None, token: str = "") -> TestResponse:
        """A status callback of a call."""
        form = self._call(sid, caller, status)
        if sequence is not None:
            form["SequenceNumber"] = str(sequence)
        return self.post("/twilio/voice/status", form, query=f"t={token}" if token else "")

    def text(self, sender: str, body: str, sid: str | None = None, **extra: str) -> tuple[str, TestResponse]:
        """The webhook of a text."""
        sid = sid or fresh_sid("SM")
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received"}
        form |= {"Body": body, "NumMedia": "0", "NumSegments": "1"}
        return sid, self.post("/twilio/sms", form | _parties(From=sender, To=self.number) | extra)

    def raw_text(self, sender: str, body: bytes, sid: str) -> TestResponse:
        """The webhook of a text whose words are these percent-encoded bytes, signed over what they stand for."""
        settings = self.ground.settings
        fields = {"AccountSid": settings.twilio_account_sid, "MessageSid": sid, "From": sender, "To": self.number}
        signed = {name: value.encode() for name, value in fields.items()} | {"Body": unquote_to_bytes(body)}
        url = settings.public_url + "/twilio/sms"
        message = url.encode() + b"".join(name.encode() + signed[name] for name in sorted(signed))
        digest = hmac.digest(settings.twilio_auth_tokens[0].encode(), message, "sha1")
        return self.client.post(
            "/twilio/sms",
            data=urlencode(fields).encode() + b"&Body=" + body,
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": base64.b64encode(digest).decode()},
        )

    def _call(self, sid: str, caller: str, status: str) -> dict[str, str]:
        parties = _parties(From=caller, Caller=caller, To=self.number, Called=self.number)
        return {"CallSid": sid, "CallStatus": status, "Direction": "inbound", **parties}


def new_line(ground: Ground, folder: Path, province_code: str = "06", number: str | None = None) -> Line:
    """A line of a fresh centre with its door; its journal lies in ``folder``."""
    number = number or line_number()
    with unit_of_work(ground) as session:
        centre_id = staff_service.create_centre(
            session,
            system("tests"),
            slug=f"c{secrets.token_hex(6)}",
            name="Merkez",
            province_code=province_code,
        )
        line_id = staff_service.add_line(session, system("tests"), number=number, centre_id=centre_id, name="Hat")
    settings = ground.settings
    verifier = Verifier(settings.public_url, settings.twilio_account_sid, settings.twilio_auth_tokens)
    telephone = Telephone(ground, verifier, Journal(folder, ground.keyring.derive("journal")))
    app = Flask("door", static_folder=None)
    app.register_blueprint(edge.blueprint(telephone))
    app.register_blueprint(channel_door.blueprint(telephone, load_channels(settings)))
    return Line(ground, app.test_client(), centre_id, line_id, number, telephone, edge.steps(telephone), folder)


@pytest.fixture
def line(ground: Ground, tmp_path: Path) -> Iterator[Line]:
    """A line with its door; what reached it is over when the test is."""
    yield new_line(ground, tmp_path / "journal")
    forget(ground)
