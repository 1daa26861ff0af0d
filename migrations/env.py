"""Alembic's entry: the connection is handed in by ``config.migrate``, which holds the lock."""

from alembic import context

from config import models
from core.database import metadata

models.load()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=False,
)
context.run_migrations()
