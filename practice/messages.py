"""Texts: both directions, their states and callbacks, and opting out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from practice import documents
from practice.calls import Callback
from practice.ground import API_VERSION, Ground
from practice.segments import segment_count
from practice.twiml import parse_message
from practice.verbs import Document, Message, Redirect

MessageDirection = Literal["inbound", "outbound-api", "outbound-reply"]
FINAL = frozenset({"delivered", "undelivered", "failed", "received", "read", "canceled"})
STOP_WORDS = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
START_WORDS = frozenset({"start", "unstop"})
STOP_ANSWER = "You have successfully been unsubscribed. You will not receive any more messages from this number."
OPTED_OUT = 21610
NOT_MOBILE = 21614
NOT_OUR_SENDER = 21606
ERROR_TEXTS = {
    OPTED_OUT: "Attempt to send to unsubscribed recipient",
    NOT_MOBILE: "'To' number is not a valid mobile number",
    NOT_OUR_SENDER: "The 'From' phone number is not a valid, SMS-capable number of this account.",
}


class RefusedError(Exception):
    """A text that is not accepted; `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Text:
    """One message. Made by `MessageDesk`."""

    sid: str
    from_: str
    to: str
    body: str
    direction: MessageDirection
    status: str
    created_at: float
    messaging_service_sid: str | None = None
    callback: Callback | None = None
    updated_at: float = 0.0
    sent_at: float | None = None
    error_code: int | None = None
    deleted: bool = False

    def as_record(self) -> dict[str, Any]:
        """The message in plain values, for the state file."""
        return {
            "sid": self.sid,
            "from": self.from_,
            "to": self.to,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "created_at": self.created_at,
            "sent_at": self.sent_at,
            "error_code": self.error_code,
            "deleted": self.deleted,
        }


class MessageDesk:
    """Makes messages, keeps the list of all of them, and knows who opted out."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.messages: dict[str, Text] = {}
        #: (our number, their number)
        self.opted_out: set[tuple[str, str]] = set()
        ground.text_inbound = self.receive

    # Out.

    def send(
        self,
        from_: str,
        to: str,
        body: str,
        *,
        direction: MessageDirection = "outbound-api",
        callback: Callback | None = None,
        messaging_service_sid: str | None = None,
    ) -> Text:
        """Accept a text for delivery; raises RefusedError with 21610 or 21614."""
        faults = self._ground.dice.faults
        if (from_, to) in self.opted_out or to in faults.opted_out:
            raise RefusedError(OPTED_OUT, ERROR_TEXTS[OPTED_OUT])
        if to in faults.not_mobile:
            raise RefusedError(NOT_MOBILE, ERROR_TEXTS[NOT_MOBILE])
        status = "accepted" if messaging_service_sid else "queued"
        text = Text(self._ground.new_sid("SM"), from_, to, body, direction, status, self._ground.now)
        text.callback = callback
        text.messaging_service_sid = messaging_service_sid
        text.updated_at = self._ground.now
        self._keep(text)
        steps = list(self._ground.config.message_steps)
        if messaging_service_sid:
            steps.insert(0, ("queued", 0.1))
        self._next(text, steps)
        return text

    def _next(self, text: Text, steps: list[tuple[str, float]]) -> None:
        if not steps:
            return
        (status, wait), rest = steps[0], steps[1:]
        wait = 0.0 if self._ground.rushed else wait

        def step() -> None:
            if text.deleted:
                return
            final, code = self._fate(text)
            if final == "failed" and status != "queued":
                self._set(text, final, code)
                return
            if status == "delivered":
                self._set(text, final, code)
                if final == "delivered":
                    self._ground.phones.receives_text(text.to, text.from_, text.body, text.sid)
                return
            self._set(text, status, None)
            self._next(text, rest)

        if wait:
            self._ground.later(wait, step)
        else:
            step()

    def _fate(self, text: Text) -> tuple[str, int | None]:
        faults = self._ground.dice.faults
        code = faults.undelivered.get(text.to, faults.undelivered.get("*"))
        if code is not None:
            return "undelivered", code
        behaviour = self._ground.phones.phone(text.to).behaviour
        if behaviour.text_error is not None:
            return ("failed" if behaviour.text_fails else "undelivered"), behaviour.text_error
        return "delivered", None

    def _set(self, text: Text, status: str, code: int | None) -> None:
        text.status = status
        text.error_code = code
        text.updated_at = self._ground.now
        if status == "sent":
            text.sent_at = self._ground.now
        self._keep(text)
        if text.callback is None:
            return
        parameters = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "From": text.from_,
            "To": text.to,
            "AccountSid": self._ground.account_sid,
            "ApiVersion": API_VERSION,
        }
        if text.messaging_service_sid:
            parameters["MessagingServiceSid"] = text.messaging_service_sid
        if code is not None:
            parameters["ErrorCode"] = str(code)
        self._ground.webhooks.send(
            "message-status", text.callback.url, parameters, method=text.callback.method, is_callback=True
        )

    # In.

    def receive(self, from_: str, to: str, body: str) -> Text:
        """A text from the world to one of our numbers."""
        text = Text(self._ground.new_sid("SM"), from_, to, body, "inbound", "received", self._ground.now)
        text.updated_at = text.created_at
        text.sent_at = text.created_at
        self._keep(text)
        self._ground.phones.phone(from_).note(self._ground.now, "text_out", body, text.sid, to)
        number = self._ground.numbers.get(to)
        if number is None or not number.sms_url or number.sms_application_sid or self._kept_by_service(to):
            return text
        before = len(self.opted_out)
        self._opt(text)
        if len(self.opted_out) > before:
            self._ground.phones.receives_text(from_, to, STOP_ANSWER, text.sid)
        fallback = Callback(number.sms_fallback_url, number.sms_fallback_method) if number.sms_fallback_url else None
        self._ask(text, number.sms_url, number.sms_method, fallback)
        return text

    def _kept_by_service(self, to: str) -> bool:
        """Whether a messaging service takes the texts to its sender, and does not leave them to the number's URL."""
        config = self._ground.config
        return any(
            to == sender and sid in config.services_that_keep for sid, sender in config.messaging_services.items()
        )

    def _opt(self, text: Text) -> None:
        word = text.body.strip().casefold()
        if word in STOP_WORDS and self._ground.config.default_opt_out:
            self.opted_out.add((text.to, text.from_))
        elif word in START_WORDS:
            self.opted_out.discard((text.to, text.from_))

    def _ask(self, text: Text, url: str, method: str, fallback: Callback | None) -> None:
        errand = documents.Errand(
            "sms",
            self._parameters(text),
            parse_message,
            lambda document, base: self._answer(text, document, base),
            lambda: None,
            fallback,
        )
        documents.fetch(self._ground, errand, url, method)

    def _parameters(self, text: Text) -> dict[str, str]:
        found = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsMessageSid": text.sid,
            "SmsStatus": "received",
            "AccountSid": self._ground.account_sid,
            "From": text.from_,
            "To": text.to,
            "Body": text.body,
            "NumMedia": "0",
            "NumSegments": str(segment_count(text.body)),
            "ApiVersion": API_VERSION,
        }
        for end, address in (("From", text.from_), ("To", text.to)):
            found.update({end + name: "" for name in ("City", "State", "Zip")})
            found[end + "Country"] = "TR" if address.startswith("+90") else ""
        return found

    def _answer(self, text: Text, document: Document, base: str) -> None:
        for verb in document:
            if isinstance(verb, Redirect):
                target = documents.absolute(base, verb.text)
                self._ask(text, target, verb.method, None)
                return
            if isinstance(verb, Message):
                self._reply(text, verb, base)

    def _reply(self, text: Text, verb: Message, base: str) -> None:
        callback = Callback(documents.absolute(base, verb.status_callback)) if verb.status_callback else None
        parameters: dict[str, str] = {}
        try:
            sender = self._sender(verb.from_ or text.to)
            sent = self.send(sender, verb.to or text.from_, verb.text, direction="outbound-reply", callback=callback)
            parameters = {"MessageSid": sent.sid, "MessageStatus": sent.status}
        except RefusedError as refusal:
            self._ground.trouble(refusal.code, str(refusal), base)
            parameters = {"MessageStatus": "failed", "ErrorCode": str(refusal.code)}
        if verb.action:
            parameters = {**parameters, "From": text.to, "To": text.from_, "AccountSid": self._ground.account_sid}
            self._ground.webhooks.send(
                "message-action",
                documents.absolute(base, verb.action),
                parameters,
                method=verb.method,
                is_callback=True,
            )

    def _sender(self, from_: str) -> str:
        if from_ not in self._ground.numbers and from_ not in self._ground.config.sender_ids:
            raise RefusedError(NOT_OUR_SENDER, ERROR_TEXTS[NOT_OUR_SENDER])
        return from_

    # The list.

    def redact(self, text: Text) -> None:
        """Throw the body away."""
        text.body = ""
        text.updated_at = self._ground.now
        self._keep(text)

    def delete(self, text: Text) -> None:
        """Delete the message from the account; the exchange's own list keeps its SID."""
        text.deleted = True
        text.body = ""
        self._keep(text)

    def _keep(self, text: Text) -> None:
        self.messages[text.sid] = text
        self._ground.journal.append({"kind": "message", **text.as_record()})

    def restore(self, record: dict[str, Any]) -> None:
        """Take a message of an earlier run from the state file."""
        text = Text(
            record["sid"], record["from"], record["to"], record["body"], record["direction"], record["status"],
            record["created_at"],
        )  # fmt: skip
        text.updated_at = record["created_at"]
        text.sent_at = record["sent_at"]
        text.error_code = record["error_code"]
        text.deleted = record["deleted"]
        self.messages[text.sid] = text
        if text.direction == "inbound":
            self._opt(text)
