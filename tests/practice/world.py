"""A small program behind the exchange: each path answers what the test says, and every request is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from practice.calls import Call
from practice.config import ExchangeConfig, NumberConfig
from practice.exchange import Exchange
from practice.phones import Behaviour
from practice.virtual import VirtualCarrier

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "the-auth-token"
LINE = "+903120000001"
HER = "+905301110001"
DESK = "+905301110002"
STAFF = "+905301110003"
HOST = "http://koza.test"
MONDAY = 1_795_500_000.0

Answer = str | Callable[[dict[str, str]], object]


@dataclass
class Received:
    """One request that the program got."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]
    signed: bool
    method: str = "POST"


@dataclass
class Program:
    """The program under the carrier. Unknown paths answer 404."""

    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def on(self, path: str, answer: Answer) -> None:
        """Let `path` answer TwiML (the inside of Response), or whatever a function makes of the form."""
        self.answers[path] = answer

    def sounds(self, *paths: str, content: bytes = b"", content_type: str = "audio/mpeg") -> None:
        """Let these paths answer with a sound."""
        for path in paths:
            self.on(path, lambda _form: Response(content, content_type=content_type))

    def at(self, path: str) -> list[dict[str, str]]:
        """The forms that `path` received."""
        return [each.form for each in self.received if each.path == path]

    def methods(self, path: str) -> list[str]:
        """How `path` was asked."""
        return [each.method for each in self.received if each.path == path]

    def app(self) -> Flask:
        app = Flask("program")

        @app.route("/<path:rest>", methods=["GET", "POST"])
        def any_path(rest: str) -> object:
            path = "/" + rest
            form = request.form if request.method == "POST" else request.args
            url = request.url if request.query_string else request.base_url
            signed = RequestValidator(TOKEN).validate(url, request.form, request.headers["X-Twilio-Signature"])
            self.received.append(Received(path, form.to_dict(), dict(request.headers), signed, request.method))
            answer = self.answers.get(path)
            if answer is None:
                return "", 404
            found = answer(form.to_dict()) if callable(answer) else answer
            return twiml(found) if isinstance(found, str) else found

        return app


def twiml(inside: str) -> Response:
    """A TwiML document."""
    return Response(f"<Response>{inside}</Response>", content_type="text/xml; charset=utf-8")


class World:
    """An exchange, a program, and the time."""

    def __init__(self, **changes: object) -> None:
        number = NumberConfig(
            number=LINE,
            friendly_name="line",
            voice_url=f"{HOST}/voice",
            voice_fallback_url=f"{HOST}/fallback",
            status_callback=f"{HOST}/status",
            sms_url=f"{HOST}/sms",
            sms_fallback_url=f"{HOST}/sms-fallback",
        )
        config = ExchangeConfig(numbers=(number,), start=MONDAY)
        self.exchange = Exchange(ACCOUNT, TOKEN, replace(config, **changes))
        self.program = Program()
        self.program.on("/status", "")
        self.carrier = VirtualCarrier(self.exchange, self.program.app())
        self.client = self.carrier.client()

    def phone_does(self, address: str, answering: str = "answer", **more: object) -> None:
        self.exchange.set_behaviour(address, Behaviour(answering, **more))

    def heard(self, address: str) -> list[str]:
        return self.exchange.phone(address).heard()

    def kinds(self, address: str) -> list[str]:
        return [line.kind for line in self.exchange.phone(address).transcript]

    def her_call(self, voice: Answer, script: Behaviour | None = None, seconds: float = 1.0) -> Call:
        """She calls the line, whose first document is `voice`."""
        self.program.on("/voice", voice)
        call = self.exchange.call(HER, LINE, script)
        self.carrier.run_for(seconds)
        return call

    def ring(self, to: str = STAFF, seconds: float = 10.0, **more: object) -> Call:
        """The program calls somebody."""
        made = self.client.calls.create(to=to, from_=LINE, **({"url": f"{HOST}/leg"} | more))
        self.carrier.run_for(seconds)
        return self.exchange.calls[made.sid]
