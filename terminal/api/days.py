"""Days in addresses: written YYYY-MM-DD, and in no other way."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: Any) -> Any:
    # Left alone, the library takes a bare number for seconds since 1970: a mistyped year would be a day of long ago.
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day as YYYY-MM-DD")
    return value


#: a day in a query
Day = Annotated[date, BeforeValidator(_written)]
