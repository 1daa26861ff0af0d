"""What every command needs first: the settings, its own or those of the running Koza it joins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.orm import Session

from config.local import joined_environment
from config.spoken import Refusal, refused
from config.wiring import build_ground
from core.crypto import CryptoError
from core.database import Ground
from core.i18n import gettext as _
from core.settings import Settings, SettingsError
from staff.queries import centre_by_slug, centres


def settings_or_exit() -> Settings:
    """The settings of the environment, or of the Koza that runs on KOZA_DATA_DIR; every problem named otherwise."""
    try:
        return Settings.load(joined_environment(os.environ))
    except SettingsError as error:
        raise refused(error, _("Start Koza with make run first, or set these variables.")) from None


def centre_or_exit(session: Session, slug: str) -> UUID:
    """The id of a centre; the known ones are named otherwise."""
    found = centre_by_slug(session, slug)
    if found is None:
        known = ", ".join(row.slug for row in centres(session))
        raise Refusal(_("There is no centre %(slug)s. Known are: %(known)s", slug=slug, known=known or _("none")))
    return found.id


@contextmanager
def ground_or_exit() -> Iterator[Ground]:
    """What a command stands on; closed when it ends."""
    try:
        ground = build_ground(settings_or_exit(), pool_size=1, application="koza-command")
    except CryptoError as error:
        raise Refusal(str(error)) from None
    try:
        yield ground
    finally:
        ground.engine.dispose()
