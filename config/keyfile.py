"""The key file outside the running processes: made where that is allowed, given a new key, rows moved to it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.crypto import CryptoError, DataKey, Keyring, keyring_of
from core.settings import Settings

_BATCH = 500


def ensure_key_file(settings: Settings) -> None:
    """Make DATA_KEY_FILE outside production if there is none. A present one is never touched."""
    if not settings.production and not settings.data_key_file.exists():
        settings.data_key_file.parent.mkdir(parents=True, exist_ok=True)
        Keyring.generate().save(settings.data_key_file)


def add_key(settings: Settings) -> str:
    """Add a new current key to the key file and return its name; older keys go on opening what they wrapped.

    Processes read the file when they start: until they were all started again, rows may not be moved to the new key.
    """
    ring = Keyring.load(settings.data_key_file).with_new_key()
    ring.save(settings.data_key_file)
    return ring.current


def rewrap(session: Session) -> int:
    """Wrap up to 500 data keys anew with the current key; returns how many. Call until it returns 0.

    Sealed columns are not touched: they hang on the data keys, which stay the same.
    """
    ring = keyring_of(session)
    rows = session.scalars(
        select(DataKey)
        .where(DataKey.wrapping_key != ring.current)
        .order_by(DataKey.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.wrapped = ring.wrap(ring.unwrap(row.wrapped, row.wrapping_key, row.id), row.id)
        row.wrapping_key = ring.current
    session.flush()
    return len(rows)


def keys_that_do_not_open(session: Session) -> Iterator[str]:
    """Try every data key with the key file; a record whose key does not open is lost, however whole its rows are."""
    ring = keyring_of(session)
    for row in session.scalars(select(DataKey).execution_options(yield_per=_BATCH)):
        try:
            ring.unwrap(row.wrapped, row.wrapping_key, row.id)
        except CryptoError as error:
            yield str(error)
