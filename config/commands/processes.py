"""``koza web``, ``live``, ``relay``, ``worker``: one entry per process, as the Procfile names them."""

from __future__ import annotations

import os

from config.importing import loaded
from config.spoken import command, refused
from core.i18n import HOUSE_LOCALE, set_locale
from core.settings import METRICS_FOLDER, Settings, SettingsError
from hotline.carriers.channels.description import load_channels


def _run(module: str) -> None:
    """Hand over to a process's own module.

    Imported only now and only one of them: live patches the standard library before anything else is loaded, and
    web may not carry the socket server or the carrier's client. Where the counts of all processes lie must be known
    before that too (core.counting).
    """
    try:
        settings = Settings.load(os.environ)
        load_channels(settings)
    except SettingsError as error:
        raise refused(error) from None
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.data_dir / METRICS_FOLDER))
    # What a process writes is for the people of the house, not for whoever started it.
    set_locale(HOUSE_LOCALE)
    loaded(module).main()


@command()
def web() -> None:
    """Webhooks, pages and API."""
    _run("config.serving")


@command()
def live() -> None:
    """The socket feed of the dashboard."""
    _run("config.live")


@command()
def relay() -> None:
    """Number and publish what was committed, chain the audit."""
    _run("config.relay")


@command()
def worker() -> None:
    """Send, page, and sweep what is due."""
    _run("config.worker")
