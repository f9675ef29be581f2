"""Column types that mean the same on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, String

#: 64 bits everywhere; on SQLite spelled INTEGER, so that a primary key is the row number itself.
Big: Any = BigInteger().with_variant(Integer(), "sqlite")

#: Text whose order is the order of its code points on both databases, whatever the server's language.
Ordered: Any = String().with_variant(String(collation="C"), "postgresql")
