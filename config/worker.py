"""The worker's process: sweeps what is due, sends, asks the carrier; the queue only makes it faster."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from config import jobs
from config.carrier import carrier_of
from config.wiring import build_ground
from core.database import Ground
from core.log import configure_logging, get_logger
from core.relay import beat
from core.settings import Settings
from core.sweeping import sweep
from core.unit_of_work import unit_of_work
from hotline.carriers.channels.carrying import channels_beside
from hotline.carriers.channels.description import load_channels
from hotline.edge import work_text, work_voice, work_voice_status
from hotline.night_count import NightCount
from hotline.reconciler import Reconciler
from hotline.sender import Sender

log = get_logger(__name__)

SWEEP_S = 1.0
#: Requests to the carrier that one worker makes at a time: ten telephones of one page do not wait for each other.
SENDERS = 4
#: How long a round may go on before it gives its sign of life: a hundred slow rows are no reason to be taken for dead.
_SIGN_S = 3.0
#: For how long the queue's round may go on. The queue ends a job of half a minute wherever it is, also in the midst of
#: a caller's wave or of a request to the carrier; what is left is the sweep's, or the next wake-up's.
_QUICK_S = 8.0
_QUEUE_AGAIN_S = 2.0


class Rounds:
    """One worker's rounds; several workers share the rows through their claims.

    What is due, what is to be sent, and what the carrier is asked are three rounds: a carrier that does not answer
    keeps nobody's ceiling waiting.
    """

    def __init__(self, ground: Ground) -> None:
        carrier = carrier_of(ground.settings)
        works = {
            "voice": work_voice(lambda _form, _params: ""),
            "voice_status": work_voice_status,
            "sms": work_text,
        }
        self._ground = ground
        channels = channels_beside(carrier, load_channels(ground.settings), ground.settings)
        self._sender = Sender(ground, carrier, channels)
        self._reconciler = Reconciler(ground, carrier, works)
        self._night_count = NightCount(ground, carrier)

    def quick(self) -> None:
        """What is due, then what is to be sent; due rows may have made sends and sends due rows."""
        end, done = time.monotonic() + _QUICK_S, 1
        while done and (left := end - time.monotonic()) > 0:
            done = sweep(self._ground, seconds=left)
            done += self._sender.round(seconds=end - time.monotonic())

    def due(self) -> None:
        """What is due, and the sign of life."""
        sweep(self._ground, seconds=_SIGN_S)
        with unit_of_work(self._ground) as session:
            beat(session, "worker")

    def send(self) -> None:
        """What is to be sent."""
        self._sender.round()

    def ask(self) -> None:
        """What became of requests to the carrier, and what it has that never reached us."""
        self._sender.reconcile()
        self._reconciler.tick()
        self._night_count.tick()

    def start(self) -> None:
        """Do all of them in threads of their own, for as long as the process lives."""
        for work in (self.due, *[self.send] * SENDERS, self.ask):
            threading.Thread(target=every, args=(SWEEP_S, work), name=work.__name__, daemon=True).start()


def every(seconds: float, work: Callable[[], None]) -> None:
    """Do ``work`` again and again; a round that fails is logged and the next one comes in its time."""
    while True:
        started = time.monotonic()
        try:
            work()
        except Exception:
            log.exception("round_failed")
        time.sleep(max(seconds - (time.monotonic() - started), 0.05))


def _serve_queue(url: str) -> None:
    """Work off the queue; while Redis is away the sweep alone goes on."""
    while True:
        try:
            connection = redis.Redis.from_url(url)
            queue = Queue("urgent", connection=connection, serializer=JSONSerializer)
            SimpleWorker([queue], connection=connection, serializer=JSONSerializer).work(logging_level="WARNING")
        except redis.RedisError:
            log.warning("queue_away")
        else:
            return
        time.sleep(_QUEUE_AGAIN_S)


def main() -> None:
    """Run until told to stop."""
    settings = Settings.load(os.environ)
    configure_logging(json_lines=settings.production)
    ground = build_ground(settings, pool_size=SENDERS + 4, application="koza-worker")
    rounds = Rounds(ground)
    jobs.serve(rounds.quick)
    rounds.start()
    if settings.redis_url is None:
        threading.Event().wait()
    _serve_queue(settings.redis_url or "")
