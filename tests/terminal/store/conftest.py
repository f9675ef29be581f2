"""Every test of the store runs on both databases, unless it is about one of them."""

from __future__ import annotations

from tests.support.databases import postgres, sqlite_template, store, store_url

__all__ = ["postgres", "sqlite_template", "store", "store_url"]
