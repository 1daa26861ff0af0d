"""One application behind the web process's own server, with its workers and threads, on loopback.

``koza web`` in production listens for the balancer on every address; a measurement must not.
python -m bench.serve MODULE:FACTORY PORT
"""

from __future__ import annotations

import sys

from config.serving import serve

if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
