"""Every test of the store runs on both databases, unless it is about one of them."""

from __future__ import annotations

from tests.support.databases import (
    postgres,
    postgres_store,
    sqlite_store,
    sqlite_template,
    store,
    store_url,
)

__all__ = ["postgres", "postgres_store", "sqlite_store", "sqlite_template", "store", "store_url"]
