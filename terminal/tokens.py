"""The secret of the installation, and the token that keeps forms honest."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def server_secret(data_dir: Path) -> bytes:
    """The secret of this installation, made at first use in a file that only its owner can read."""
    path = data_dir / "secret.key"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


def csrf_token(secret: bytes, session: bytes) -> str:
    """The token that a form of this session must carry back."""
    return hmac.new(secret, b"csrf:" + session, hashlib.sha256).hexdigest()


def csrf_matches(secret: bytes, session: bytes, given: str | None) -> bool:
    """True when a form's token belongs to this session."""
    return given is not None and hmac.compare_digest(csrf_token(secret, session).encode(), given.encode())
