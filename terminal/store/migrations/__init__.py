"""Alembic migrations, from the first table on; run by :func:`terminal.store.migrations.run.upgrade`."""
