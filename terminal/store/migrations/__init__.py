"""Alembic migrations, from the first table on; run by :func:`terminal.store.migrations.run.upgrade`."""

#: The schema this version of the software works with: the last revision in ``versions``.
NEWEST = "0007"
