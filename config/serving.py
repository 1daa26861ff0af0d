"""The web's server. Its own process holds no part of the house: only the workers that it starts import that.

So it is up at once, the workers import side by side, and the memory of the rooms is held once per worker.
"""

from __future__ import annotations

import os

from granian.constants import Interfaces
from granian.server import Server

from core.settings import Settings

APPLICATION = "config.door:create"
WORKERS = 2
#: What ``config.web`` gives to people, and ten that answer the carrier alone.
THREADS = 34
#: A worker that is told to stop while it still starts does not hear it. No request in hand takes as long as this.
KILL_S = 4


def serve(application: str, port: int, *, address: str = "127.0.0.1") -> None:
    """Serve what the factory ``module:function`` makes until told to stop."""
    Server(
        application,
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_S,
    ).serve()


def main() -> None:
    """Serve Koza."""
    settings = Settings.load(os.environ)
    # In production behind the balancer.
    serve(APPLICATION, settings.port, address="0.0.0.0" if settings.production else "127.0.0.1")  # noqa: S104
