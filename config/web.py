"""The web process: the carrier's door, people's pages, the API, health. Never imports the socket server."""

from __future__ import annotations

import hmac
import os
import sys
import threading
import time
from io import BytesIO

from flask import Flask, Request, Response, g, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from config import readiness, standing
from config.set_up.door import lead_to_set_up
from config.set_up.edge import set_up_blueprint
from config.wiring import build_ground
from core.clock import KnownClock
from core.clock import now as database_now
from core.database import Ground
from core.log import configure_logging, get_logger
from core.metrics import alarms, exposition
from core.settings import Settings
from core.unit_of_work import run, unit_of_work
from dashboard.web import install_dashboard
from hotline import channel_door, edge
from hotline.carriers.channels.description import load_channels
from hotline.journal import Journal, Record, ReplayHalted, has_pending, replay
from hotline.paths import OF_CARRIERS
from hotline.signature import Verifier
from hotline.telephone import Telephone
from staff.edge.marks import public

log = get_logger(__name__)

#: How many of a worker's threads (config.serving) people's pages may use; the others answer the carrier.
PAGE_THREADS = 14
#: Signing in, and typing a code in an open session, wait on purpose: their places are their own.
SIGN_IN_THREADS = 6
CODE_THREADS = 4
#: Of the places for pages, those for whole boards, and for how long one waits for its turn. A board of thousands keeps
#: the processor as long as a hundred webhooks: one is drawn at a time, and callers are answered meanwhile.
BOARD_THREADS = 8
_BOARD_WAIT_S = 4.0
#: Seconds after which a thread that draws a board lets one go on that was waiting for the database. With Python's own
#: five milliseconds a webhook, which waits half a dozen times, is made to wait for six times five.
_SWITCH_S = 0.001
_WAIT_S = 2
BOARD = "/board/snapshot"
_REPLAY_EVERY_S = 1.0
#: How often a worker is told what time it is, for what it may have to journal.
_TOLD_EVERY_S = 30.0
#: A database that was stopped meanwhile says what time it was when it was asked.
_OLD_S = 1.0
#: A scanned decision of 10 MiB with the rest of its form (escalation/cases/register/rules/papers.py).
_MAX_UPLOAD = 11 * 1024 * 1024


class _KeptInMemory(Request):
    """A request whose files never touch a disk: a court's paper is sealed before it is written anywhere.

    Werkzeug would put a large one into a temporary file, in plain. What it costs is bounded: ``_MAX_UPLOAD`` for each
    of ``PAGE_THREADS``.
    """

    def _get_file_stream(self, *_: object, **__: object) -> BytesIO:
        return BytesIO()


def create() -> Flask:
    """The application of one web worker."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    sys.setswitchinterval(_SWITCH_S)
    return create_app(settings)


def create_app(settings: Settings, *, replaying: bool = True) -> Flask:
    """Make the application.

    ``replaying`` starts its threads: one brings the journal back into the database, one learns what was recorded.
    """
    hot = build_ground(
        settings,
        pool_size=16,
        statement_timeout_ms=1000,
        lock_timeout_ms=300,
        application="koza-webhook",
        bounded=True,
    )
    pages = build_ground(settings, pool_size=5, application="koza-pages")
    app = Flask("koza", static_folder=None)
    app.request_class = _KeptInMemory
    app.config["MAX_CONTENT_LENGTH"] = _MAX_UPLOAD
    if settings.trusted_proxies:
        # The address alone: host and scheme are the settings', whatever a request says.
        proxied = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    verifier = Verifier(settings.public_url, settings.twilio_account_sid, settings.twilio_auth_tokens)
    journal_key = hot.keyring.derive("journal")
    telephone = Telephone(hot, verifier, Journal(settings.data_dir / "journal", journal_key))
    app.extensions["koza_telephone"] = telephone
    app.register_blueprint(edge.blueprint(telephone))
    app.register_blueprint(channel_door.blueprint(telephone, load_channels(settings)))
    _keep_threads_for_the_carrier(app)
    lead_to_set_up(app, pages)
    install_dashboard(app, pages)
    app.register_blueprint(set_up_blueprint())
    _add_health(app, pages)
    if replaying:
        replayer = Replayer(hot, telephone)
        threading.Thread(target=replayer.forever, name="replayer", daemon=True).start()
        threading.Thread(target=telephone.sounds.keep_looking, name="sounds", daemon=True).start()
    return app


def _keep_threads_for_the_carrier(app: Flask) -> None:
    """People's pages may hang with the database, so they never take the last threads; further ones are told to wait.

    Sign-ins that wait never take a thread from a heartbeat, and strangers at the sign-in none from who has a session.
    """
    pages, sign_ins, codes = (threading.Semaphore(each) for each in (PAGE_THREADS, SIGN_IN_THREADS, CODE_THREADS))
    waiting = {
        **dict.fromkeys(("/sign-in", "/sign-in/key", "/set-up"), sign_ins),
        **dict.fromkeys(("/unlock", "/step-up", "/set-up/director/code", "/set-up/green"), codes),
    }

    boards, turn = threading.Semaphore(BOARD_THREADS), threading.Semaphore(1)

    @app.before_request
    def enter() -> Response | None:
        if request.path.startswith((*OF_CARRIERS, "/healthz", "/metrics")):
            return None
        g.places = []
        slow = waiting.get(request.path) if request.method == "POST" else None
        whole_board = request.path == BOARD
        if not _taken(slow or pages) or (whole_board and not (_taken(boards) and _taken(turn, _BOARD_WAIT_S))):
            if slow is not None:
                raise TooManyRequests(retry_after=_WAIT_S)
            return Response(status=503, headers={"Retry-After": str(_WAIT_S)})
        return None

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        for place in reversed(g.pop("places", ())):
            place.release()


def _taken(place: threading.Semaphore, seconds: float = 0.0) -> bool:
    """Whether this request got the place, which is given back when it ends."""
    taken = place.acquire(timeout=seconds)
    if taken:
        g.places.append(place)
    return taken


class Replayer:
    """Brings journalled webhooks back into the database, as late events, as soon as it answers."""

    def __init__(self, ground: Ground, telephone: Telephone) -> None:
        self._ground = ground
        self._telephone = telephone
        self._directory = ground.settings.data_dir / "journal"
        self._key = ground.keyring.derive("journal")
        self._steps = edge.steps(telephone)
        self._clock = KnownClock()

    def forever(self) -> None:
        """Look every second; a round that fails is tried again."""
        due = 0.0
        while True:
            try:
                if time.monotonic() >= due and self.tell_the_time():
                    due = time.monotonic() + _TOLD_EVERY_S
                self.round()
            except Exception:
                log.exception("replay_failed")
            time.sleep(_REPLAY_EVERY_S)

    def tell_the_time(self) -> bool:
        """Let the telephone know the database's time; False when it could not be had, or was old when it came."""
        asked = time.monotonic()
        try:
            with unit_of_work(self._ground) as session:
                moment = database_now(session)
        except SQLAlchemyError:
            return False
        if time.monotonic() - asked > _OLD_S:
            return False
        self._telephone.clock.told(moment)
        return True

    def round(self) -> int:
        """Replay what waits; returns how many events were applied."""
        if not has_pending(self._directory) or not self._asks_the_time():
            return 0
        self._telephone.journal.release()
        report = replay(self._directory, self._key, self._apply, _after_calls)
        if report.failed or report.corrupt_pieces or report.unreadable:
            log.error("replay_incomplete", failed=report.failed, count=len(report.corrupt_pieces))
            alarms.add(kind="journal")
        if report.applied:
            log.warning("replayed", count=report.applied)
        return report.applied

    def _asks_the_time(self) -> bool:
        """Whether the database answers; what it says is the clock of this round."""
        try:
            with unit_of_work(self._ground) as session:
                self._clock.told(database_now(session))
        except SQLAlchemyError:
            return False
        return True

    def _apply(self, record: Record) -> None:
        step = self._steps[record["kind"]]
        late = max(int(self._clock.seconds() - float(record["at"])), 0)
        params = {**record["params"], "late_seconds": late}
        try:
            run(self._ground, lambda session: step.work(session, record["form"], params))
        except SQLAlchemyError as error:
            if not self._asks_the_time():
                raise ReplayHalted from error
            raise


def _after_calls(record: Record) -> int:
    """Who called first: at the end of a call that nobody answered somebody is woken, and many texts share a page."""
    return 0 if str(record["kind"]).startswith("voice") else 1


#: Whoever carries one of these was passed on by a proxy, which may stand on this very machine.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def _may_read_metrics(token: str | None) -> bool:
    """Whether it came from this machine itself or shows the token: a setting, so that no database need answer first."""
    local = request.remote_addr in {"127.0.0.1", "::1"}
    if local and not any(name in request.headers for name in _FORWARDED):
        return True
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    return (
        token is not None and kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
    )


def _add_health(app: Flask, ground: Ground) -> None:
    @public
    def healthz() -> Response:
        # Which of the processes that share the port this is: the supervisor looks for one that answers no more.
        return jsonify(ok=True, process=os.getpid(), server=os.getppid())

    @public
    def readyz() -> tuple[Response, int]:
        found = readiness.look(ground)
        return jsonify(found.detail), 200 if found.ready else 503

    @public
    def pager() -> tuple[Response, int]:
        alive = readiness.await_tick(ground)
        return jsonify(ok=alive), 200 if alive else 503

    @public
    def metrics() -> Response:
        if not _may_read_metrics(ground.settings.metrics_token):
            return Response(status=404)
        body, kind = exposition(standing.look(ground))
        return Response(body, content_type=kind)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/healthz/pager", "pager", pager)
    app.add_url_rule("/metrics", "metrics", metrics)
