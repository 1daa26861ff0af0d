"""The web application as a worker of the server asks for it (:mod:`config.serving`)."""

from __future__ import annotations

import gc

from flask import Flask

from config.importing import loaded


def create() -> Flask:
    """The application of one web worker.

    What was made by then stays until the end, and no webhook waits while the collector walks through it.
    """
    application: Flask = loaded("config.web").create()
    gc.freeze()
    return application
