"""Files kept beside the database, named by the SHA-256 of their bytes: written once, never changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from terminal.store import uuid7


class KeptFileError(RuntimeError):
    """A kept file is gone or is not what its name says; the message names it."""


def path_of(data_dir: Path, sha256: str) -> Path:
    """Where a kept file lies."""
    return data_dir / "files" / sha256[:2] / sha256


def keep(data_dir: Path, sha256: str, data: bytes) -> Path:
    """Store bytes under their SHA-256; on disk (file and folder) when this returns. Twice is once."""
    path = path_of(data_dir, sha256)
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{uuid7()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def delete(data_dir: Path, sha256: str, why: str) -> bool:
    """Delete a kept file whose time is over and leave a mark that says ``why``; False when it was not there."""
    path = path_of(data_dir, sha256)
    if not path.exists():
        return False
    path.with_name(f"{sha256}.deleted").write_text(why + "\n", encoding="utf-8")
    path.unlink()
    return True


def deleted(data_dir: Path, sha256: str) -> str | None:
    """Why a kept file was deleted; None when it was not."""
    try:
        return path_of(data_dir, sha256).with_name(f"{sha256}.deleted").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def kept(data_dir: Path, sha256: str) -> bytes:
    """The bytes of a kept file. Raises :class:`KeptFileError` when they are gone or others."""
    path = path_of(data_dir, sha256)
    if (why := deleted(data_dir, sha256)) is not None and not path.exists():
        raise KeptFileError(f"The kept file {sha256} was deleted when its time was over: {why}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeptFileError(
            f"The kept file {sha256} cannot be read ({error.strerror}): restore `files/` from the backup."
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise KeptFileError(f"The kept file {sha256} was changed: restore `files/` from the backup.")
    return data
