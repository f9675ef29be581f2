"""Bring a database to the schema of this version, or say that it is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from terminal.store.errors import NotReady
from terminal.store.migrations import NEWEST

_MIGRATE_LOCK = 0x4B41_5256_4F4D  # two servers starting together migrate one after the other


@cache
def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def newest() -> str:
    """The last revision among the migration files; ``NEWEST`` repeats it for those who do not import Alembic."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current(connection: sa.Connection) -> str | None:
    """The revision the database has, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _known(revision: str) -> bool:
    script = ScriptDirectory.from_config(_config())
    return any(step.revision == revision for step in script.walk_revisions())


def complaint(found: str | None) -> str:
    """Why a database of revision ``found``, which is not :data:`NEWEST`, cannot be served as it is."""
    if found is None:
        return "This database holds no Karvon tables yet. Run `karvon init`, or start the server once."
    if not _known(found):
        return (
            f"This database was written by a newer version of Karvon (schema {found}, this one knows "
            f"{NEWEST}). Update the software; nothing was changed."
        )
    return f"This database has schema {found}, and {NEWEST} is needed. Start the server to migrate it."


def engine_of(url: str, path: Path | None) -> sa.Engine:
    """A plain SQLAlchemy engine for schema work: of the SQLite file ``path``, or of a PostgreSQL URL."""
    if path is not None:
        return sa.create_engine(sa.URL.create("sqlite", database=str(path)), poolclass=NullPool)
    return sa.create_engine("postgresql+psycopg://" + url.partition("://")[2], poolclass=NullPool)


def upgrade(engine: sa.Engine) -> None:
    """Apply what is missing, in one transaction. Raises :class:`NotReady` for a database from the future."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATE_LOCK})
        found = current(connection)
        if found == NEWEST:
            return
        if found is not None and not _known(found):
            raise NotReady(complaint(found))
        config = Config()
        config.set_main_option("script_location", _config().get_main_option("script_location") or "")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
