"""The webhooks of the house in FastAPI and asyncpg: same reads, same rows, same seals, one transaction each.

Two workers, uvloop and httptools, prepared statements, one statement for all that is written. What it leaves out is in
docs/speed.md. It runs in an environment of its own and knows nothing of the house but its tables.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI, Request, Response

HERE = Path(__file__).parent.parent
PUBLIC_URL, ACCOUNT, TOKEN = (os.environ[name] for name in ("PUBLIC_URL", "ACCOUNT_SID", "AUTH_TOKEN"))
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
GREETING = (HERE / "greeting.xml").read_text()
KEY = AESGCM(bytes([7]) * 32)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SQL = {path.stem: path.read_text() for path in (HERE / "statements").glob("*.sql")}

Form = dict[str, str]
Connection = Any
Work = Callable[[Connection, Form], Awaitable[str]]


def new_id() -> uuid.UUID:
    """A version 7 UUID, so that new rows stand beside each other in the indexes."""
    number = int(time.time() * 1000) << 80 | int.from_bytes(secrets.token_bytes(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def drawn(length: int) -> str:
    """Random characters of a reference."""
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def new_ref() -> str:
    """A reference as the house gives them."""
    return f"R-{drawn(4)}-{drawn(4)}"


def seal(key: AESGCM, place: str, plain: str | bytes) -> bytes:
    """A sealed value, bound to its place."""
    nonce = os.urandom(12)
    return nonce + key.encrypt(nonce, plain.encode() if isinstance(plain, str) else plain, place.encode())


def new_key() -> tuple[uuid.UUID, AESGCM, bytes]:
    """A data key: its id, itself, and how it is stored."""
    key_id, key = new_id(), secrets.token_bytes(32)
    return key_id, AESGCM(key), seal(KEY, str(key_id), key)


def index(kind: str, value: str) -> bytes:
    """A keyed hash by which a sealed value is found."""
    derived = hmac.digest(bytes([7]) * 32, f"koza/index:{kind}".encode(), hashlib.sha256)
    return hmac.digest(derived, value.encode(), hashlib.sha256)


def signed(request: Request, body: bytes) -> Form | None:
    """The form, if the carrier signed it: HMAC-SHA1 over the URL and the sorted fields."""
    given = request.headers.get("x-twilio-signature")
    if not given:
        return None
    fields = parse_qsl(body.decode(), keep_blank_values=True)
    message = PUBLIC_URL + request.url.path + "".join(name + value for name, value in sorted(fields))
    expected = base64.b64encode(hmac.digest(TOKEN.encode(), message.encode(), "sha1"))
    form = dict(fields)
    return form if hmac.compare_digest(expected, given.encode()) and form.get("AccountSid") == ACCOUNT else None


async def ask(connection: Connection, name: str, *values: Any) -> Any:
    """The first row of a statement, which asyncpg prepares once on a connection."""
    return await connection.fetchrow(SQL[name], *values)


def inbox(form: Form, sid: str, contact: uuid.UUID, key_id: uuid.UUID, key: AESGCM, answer: str) -> tuple[Any, ...]:
    """What every arrival writes first: its place in the inbox, sealed with the key of its record."""
    entry = new_id()
    payload = json.dumps(form, sort_keys=True, ensure_ascii=False)
    stable = json.dumps([form.get("From"), form.get("To"), form.get("Body")], ensure_ascii=False)
    return (
        form["AccountSid"],
        sid,
        contact,
        index("inbox", stable),
        seal(key, f"hotline_inbox payload {entry}", payload),
        seal(key, f"hotline_inbox answer {entry}", answer),
        entry,
        key_id,
    )


async def voice(connection: Connection, form: Form) -> str:
    """A first ring."""
    caller, sid = form["From"], form["CallSid"]
    place = index("address", caller)
    line = await ask(connection, "line", form["To"], None)
    told = await ask(connection, "ring", place, sid)
    contact, (key_id, key, wrapped) = new_id(), new_key()
    answer = GREETING.replace("CONTACT", str(contact))
    await ask(
        connection,
        "voice_write",
        *inbox(form, sid, contact, key_id, key, answer),
        wrapped,
        line["centre_id"],
        line["id"],
        place,
        told["repeats"],
        seal(key, f"hotline_contacts address {contact}", caller),
        f"c_{new_id().hex}",
        new_id(),
        new_id(),
        new_id(),
        new_ref(),
    )
    return answer


async def text(connection: Connection, form: Form) -> str:
    """A text: the first of a contact, or a further one."""
    sender, sid = form["From"], form["MessageSid"]
    place = index("address", sender)
    line = await ask(connection, "line", form["To"], int.from_bytes(place[:8], signed=True))
    told = await ask(connection, "text", place, line["id"])
    message, (key_id, key, wrapped) = new_id(), new_key()
    body = seal(key, f"hotline_messages body {message}", form["Body"])
    if told["open_contact"]:
        # The house opens the record's key; here a new one stands for that.
        first = inbox(form, sid, told["open_contact"], key_id, key, "")
        thread = told["conversation"]
        await ask(connection, "text_further", *first, thread, body, message, new_id(), line["centre_id"], line["id"])
        return ""
    seconds = unanswered_after(await connection.fetch(SQL["policy"], line["centre_id"]))
    contact, conversation = new_id(), told["conversation"] or new_id()
    thread_id, thread_key, thread_wrapped = new_key()
    await ask(
        connection,
        "text_write",
        *inbox(form, sid, contact, key_id, key, ""),
        wrapped,
        thread_id,
        thread_wrapped,
        line["id"],
        place,
        seal(thread_key, f"hotline_conversations address {conversation}", sender),
        conversation,
        line["centre_id"],
        told["repeats"],
        seal(key, f"hotline_contacts address {contact}", sender),
        body,
        message,
        new_id(),
        new_id(),
        new_id(),
        new_ref(),
        seconds,
    )
    return ""


def unanswered_after(versions: list[Any]) -> int:
    """Seconds that a text may stand unanswered."""
    for version in versions:
        known = json.loads(version["body"]).get("opens_after_s")
        if known:
            return int(known["2"])
    return 180


async def status(connection: Connection, form: Form) -> str:
    """What became of a call; one that ended unanswered opens a page."""
    sid, told = form["CallSid"], form["CallStatus"]
    await ask(connection, "status_take", new_id(), sid, told, int(form["SequenceNumber"]))
    held = await ask(connection, "status_hold", sid)
    if held is None or held["ended_at"]:
        return ""
    if told != "completed":
        await ask(connection, "status_set", held["id"], told)
        return ""
    version = (await connection.fetch(SQL["policy"], held["centre_id"]))[0]
    ids = [new_id() for _ in range(4)]
    # Long enough never to meet a page that is open: the house draws again, a rival would fall over.
    places = (held["id"], told, drawn(8), held["centre_id"], held["line_id"], version["id"])
    await ask(connection, "status_end", *places, *ids)
    return ""


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    """The pool of this worker."""
    app.state.pool = await asyncpg.create_pool(min_size=4, max_size=16)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)


def take(path: str, work: Work) -> None:
    """One kind of webhook."""

    async def webhook(request: Request) -> Response:
        form = signed(request, await request.body())
        if form is None:
            return Response(status_code=403)
        async with app.state.pool.acquire() as connection, connection.transaction():
            answer = await work(connection, form)
        return Response(answer or EMPTY, media_type="text/xml")

    app.post(path)(webhook)


take("/twilio/voice", voice)
take("/twilio/sms", text)
take("/twilio/voice/status", status)


@app.get("/healthz")
async def healthz() -> dict[str, bool]:
    """Whether it is up."""
    return {"ok": True}
