"""What was asked, as its hash: words of a record must not stand where others than its readers look."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from terminal.api.schemas import body_of


def hashed(body: dict[str, Any], **more: str) -> dict[str, Any]:
    """The SHA-256 (hex) of a body, with what may be read of it."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return {"sha256": hashlib.sha256(text.encode()).hexdigest(), **more}


def digest_of(shape: BaseModel, **more: str) -> dict[str, Any]:
    """The same of a request."""
    return hashed(body_of(shape), **more)
