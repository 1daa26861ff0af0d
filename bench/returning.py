"""Every dashboard at once loses its socket and comes back, while webhooks arrive. A process of its own.

They come back as fast as one thread can ask; each is whole again with the first change or snapshot that it is sent.
"""

from __future__ import annotations

import time

from bench import child
from bench.screens import Screen


def main() -> None:
    """A child: how many ``screens``, at which ``live_port``, from which ``origin``, with whose ``tokens``."""
    told = child.task()
    tokens = told["tokens"]

    def come() -> list[Screen]:
        return [
            Screen(told["live_port"], told["origin"], tokens[number % len(tokens)]) for number in range(told["screens"])
        ]

    watching = come()
    child.prepared()
    for screen in watching:
        screen.socket.close()
    begun = time.perf_counter()
    watching = come()
    child.answer({"seconds": time.perf_counter() - begun, "screens": len(watching)})


if __name__ == "__main__":
    main()
