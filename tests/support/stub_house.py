"""``koza run`` with the real supervisor and engines, and small stand-ins for the rooms' processes.

Started by tests of the supervision as ``python -m tests.support.stub_house``: what is tested there is who is started,
watched and ended, which must not take the start of a whole house.
"""

from __future__ import annotations

import os
import sys
from unittest import mock

from config import supervisor
from config.children import Job

_WEB = """
import http.server, json, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        told = {"process": os.getpid(), "server": os.getppid()}
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(told).encode())
    def log_message(self, *_): pass
print("password in a log:", os.environ["DATABASE_URL"], os.environ["TWILIO_AUTH_TOKEN"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
_OTHER = "import signal; signal.pause()"


def stand_in(name: str, *, health: int | None = None, overlaps: bool = False, yields: bool = False) -> Job:
    """The stand-in for ``koza NAME``; only the one for the web answers and is asked."""
    program = {"web": _WEB, "migrate": "print('migrated')", "demo": "print('seeded')"}.get(name, _OTHER)
    return Job(name, [sys.executable, "-c", program], health if name == "web" else None, overlaps, yields)


def stand_in_of_module(name: str, _module: str, *_arguments: str) -> Job:
    """The stand-in for a module."""
    return stand_in(name)


if __name__ == "__main__":
    with (
        mock.patch.object(supervisor, "koza_job", stand_in),
        mock.patch.object(supervisor, "module_job", stand_in_of_module),
    ):
        sys.exit(supervisor.run(os.environ))
