"""The web process: the carrier's door, people's pages, the API, health. Never imports the socket server."""

from __future__ import annotations

import os
import threading
import time

from flask import Flask, Response, g, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import readiness
from config.wiring import build_ground
from core.clock import now as database_now
from core.database import Ground
from core.log import configure_logging, get_logger
from core.metrics import alarms, exposition, journal_waiting
from core.settings import Settings
from core.unit_of_work import run, unit_of_work
from dashboard.web import install_dashboard
from hotline import edge
from hotline.journal import Journal, Record, ReplayHalted, has_pending, replay
from hotline.signature import Verifier
from hotline.telephone import Telephone
from staff.edge.marks import public

log = get_logger(__name__)

#: How many of a worker's threads (config.serving) people's pages may use; the others answer the carrier.
PAGE_THREADS = 14
_REPLAY_EVERY_S = 1.0
_MAX_UPLOAD = 4 * 1024 * 1024


def create() -> Flask:
    """The application of one web worker."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    return create_app(settings)


def create_app(settings: Settings, *, replaying: bool = True) -> Flask:
    """Make the application; ``replaying`` starts the thread that brings the journal back into the database."""
    hot = build_ground(
        settings,
        pool_size=8,
        statement_timeout_ms=1000,
        lock_timeout_ms=300,
        application="koza-webhook",
    )
    pages = build_ground(settings, pool_size=5, application="koza-pages")
    app = Flask("koza", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_UPLOAD
    app.secret_key = settings.secret_key
    verifier = Verifier(settings.public_url, settings.twilio_account_sid, settings.twilio_auth_tokens)
    journal_key = hot.keyring.derive("journal")
    telephone = Telephone(hot, verifier, Journal(settings.data_dir / "journal", journal_key))
    app.extensions["koza_telephone"] = telephone
    app.register_blueprint(edge.blueprint(telephone))
    _keep_threads_for_the_carrier(app)
    install_dashboard(app, pages)
    _add_health(app, pages)
    if replaying:
        replayer = Replayer(hot, telephone)
        threading.Thread(target=replayer.forever, name="replayer", daemon=True).start()
    return app


def _keep_threads_for_the_carrier(app: Flask) -> None:
    """People's pages may hang with the database, so they never take the last threads; further ones are told to wait."""
    free = threading.Semaphore(PAGE_THREADS)

    @app.before_request
    def enter() -> Response | None:
        if request.path.startswith(("/twilio/", "/healthz")):
            return None
        if not free.acquire(blocking=False):
            return Response(status=503, headers={"Retry-After": "2"})
        g.page_thread = True
        return None

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        if g.pop("page_thread", False):
            free.release()


class Replayer:
    """Brings journalled webhooks back into the database, as late events, as soon as it answers."""

    def __init__(self, ground: Ground, telephone: Telephone) -> None:
        self._ground = ground
        self._telephone = telephone
        self._directory = ground.settings.data_dir / "journal"
        self._key = ground.keyring.derive("journal")
        self._steps = edge.steps(telephone)

    def forever(self) -> None:
        """Look every second; a round that fails is tried again."""
        while True:
            time.sleep(_REPLAY_EVERY_S)
            try:
                self.round()
            except Exception:
                log.exception("replay_failed")

    def round(self) -> int:
        """Replay what waits; returns how many events were applied."""
        if not has_pending(self._directory) or not self._database_answers():
            return 0
        self._telephone.journal.release()
        report = replay(self._directory, self._key, self._apply)
        journal_waiting.set(report.failed)
        if report.failed or report.corrupt_pieces or report.unreadable:
            log.error("replay_incomplete", failed=report.failed, count=len(report.corrupt_pieces))
            alarms.add(kind="journal")
        if report.applied:
            log.warning("replayed", count=report.applied)
        return report.applied

    def _database_answers(self) -> bool:
        try:
            with unit_of_work(self._ground) as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _apply(self, record: Record) -> None:
        step = self._steps[record["kind"]]

        def work(session: Session) -> None:
            age = database_now(session).timestamp() - float(record["at"])
            params = {**record["params"], "late_seconds": max(int(age), 0)}
            step.work(session, record["form"], params)

        try:
            run(self._ground, work)
        except SQLAlchemyError as error:
            if not self._database_answers():
                raise ReplayHalted from error
            raise


def _add_health(app: Flask, ground: Ground) -> None:
    @public
    def healthz() -> Response:
        return jsonify(ok=True)

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
        if request.remote_addr not in {"127.0.0.1", "::1"}:
            return Response(status=404)
        body, kind = exposition()
        return Response(body, content_type=kind)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/healthz/pager", "pager", pager)
    app.add_url_rule("/metrics", "metrics", metrics)
