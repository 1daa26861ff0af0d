"""A small server of two workers that share one port, as the web's are: ``python -m tests.support.two_workers PORT``.

Its first process serves nothing and starts a worker again that was ended; a worker outlives it. One that gets SIGUSR1
works and works, and answers nobody any more.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import sys


class _Answer(http.server.BaseHTTPRequestHandler):
    server_pid = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"process": os.getpid(), "server": self.server_pid}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Shared(http.server.ThreadingHTTPServer):
    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


def _toil(_number: int, _frame: object) -> None:
    while True:
        pass


def _work(port: int, server: int) -> None:
    _Answer.server_pid = server
    signal.signal(signal.SIGUSR1, _toil)
    _Shared(("127.0.0.1", port), _Answer).serve_forever()


def main(port: int) -> None:
    """Keep two workers alive."""
    server = os.getpid()
    while True:
        workers = 0
        while workers < 2:
            if os.fork() == 0:
                _work(port, server)
            workers += 1
        while workers == 2:
            os.wait()
            workers -= 1
        if os.fork() == 0:
            _work(port, server)


if __name__ == "__main__":
    main(int(sys.argv[1]))
