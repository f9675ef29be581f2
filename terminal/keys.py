"""The signing keys of this terminal: Ed25519, made at first use in the data directory, rotated by hand.

What is signed elsewhere (gate passes, journal checkpoints, clearance bundles) is proven with the public half, written
as a verifier key of C2SP signed-note: ``NAME+ID+BASE64``. The private half never leaves ``keys/signing.pem`` (0600).
Public keys of earlier times stay in ``keys/public.json`` with the time until which they signed, so that old papers can
be proven for ever.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from terminal.evidence import succession

#: signature type 1 of signed-note: Ed25519
_ED25519 = b"\x01"


class KeyTrouble(Exception):  # noqa: N818 - it is an answer to a person
    """Keys that cannot be read or made; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key: the name it signs under, its 32 bytes, and from when until when (None: still) it signs. UTC."""

    name: str
    key: bytes
    since: datetime
    until: datetime | None = None

    @property
    def id(self) -> str:
        """Eight hex digits made of name and key, as signed-note defines them: tells keys apart, proves nothing."""
        said = self.name.encode() + b"\n" + _ED25519 + self.key
        return hashlib.sha256(said).digest()[:4].hex()

    @property
    def line(self) -> str:
        """The verifier key: what is handed to whoever wants to prove our signatures."""
        return f"{self.name}+{self.id}+{base64.b64encode(_ED25519 + self.key).decode()}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs now."""

    public: PublicKey
    private: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature."""
        return self.private.sign(data)

    def note(self, text: str) -> str:
        """``text`` (lines, each ended) as a signed note: the text, an empty line, our signature line.

        Raises ``ValueError`` for a text that does not end with a line break.
        """
        if not text.endswith("\n"):
            raise ValueError("a note ends with a line break")
        signed = bytes.fromhex(self.public.id) + self.sign(text.encode())
        return f"{text}\n\N{EM DASH} {self.public.name} {base64.b64encode(signed).decode()}\n"


def key_name(place: str) -> str:
    """The name that the keys of a place sign under; signed-note allows neither blanks nor ``+`` in it."""
    return "karvon/" + (re.sub(r"[^a-z0-9.-]+", "-", place.casefold()).strip("-") or "terminal")


class Keys:
    """The keys in one data directory. ``place`` names them when the first is made."""

    def __init__(self, data_dir: Path, place: str) -> None:
        self._folder = data_dir / "keys"
        self._name = key_name(place)
        self._known: tuple[tuple[int, int], SigningKey] | None = None

    @property
    def _private_path(self) -> Path:
        return self._folder / "signing.pem"

    @property
    def _public_path(self) -> Path:
        return self._folder / "public.json"

    def current(self, now: datetime) -> SigningKey:
        """The key that signs; made if there is none yet. Raises KeyTrouble when its files are damaged.

        Asked anew each time, so that a rotation by the command line is seen by a running server.
        """
        try:
            stat = self._private_path.stat()
        except FileNotFoundError:
            return self._make(now, ())
        mark = (stat.st_mtime_ns, stat.st_ino)
        if self._known is None or self._known[0] != mark:
            self._known = (mark, self._load())
        return self._known[1]

    @property
    def _successions_path(self) -> Path:
        return self._folder / "successions"

    def rotate(self, now: datetime, *, named: bool = True) -> SigningKey:
        """A new key signs from now on; the one before stays known with the time until which it signed.

        ``named``: the old key names the new one in a signed note, so that whoever believes the old one can follow. Not
        for a key that somebody else may have.
        """
        before = tuple(self.public()) if self._public_path.exists() else ()
        ended = tuple(key if key.until else replace(key, until=now) for key in before)
        old = self._load() if named and self._private_path.exists() else None
        new = self._make(now, ended)
        if old is not None:
            note = succession.write(old, new.public.line, now)
            _write(self._successions_path, (self.successions() + note).encode(), 0o644)
        return new

    def successions(self) -> str:
        """The notes in which old keys named new ones, the oldest first; empty when there are none."""
        try:
            return self._successions_path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def public(self) -> list[PublicKey]:
        """Every public key, the oldest first; empty when nothing was ever signed. Raises KeyTrouble."""
        try:
            rows = json.loads(self._public_path.read_text(encoding="utf-8"))
            return [_public(row) for row in rows]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as problem:
            raise KeyTrouble(
                f"{self._public_path} is damaged ({problem}); restore it from a backup."
            ) from problem

    def _load(self) -> SigningKey:
        try:
            private = load_pem_private_key(self._private_path.read_bytes(), None)
        except ValueError as problem:
            raise KeyTrouble(
                f"{self._private_path} is damaged ({problem}); restore it from a backup, or move it away "
                "and run `karvon keys rotate`."
            ) from problem
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyTrouble(f"{self._private_path} is no Ed25519 key.")
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        for key in self.public():
            if key.key == raw:
                return SigningKey(key, private)
        raise KeyTrouble(
            f"{self._public_path} does not name the key in {self._private_path}; run `karvon keys rotate`."
        )

    def _make(self, now: datetime, before: Iterable[PublicKey]) -> SigningKey:
        private = Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        public = PublicKey(self._name, raw, now)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        rows = [_row(key) for key in (*before, public)]
        # The public half first: a key that signs must be known, one that is known need not sign.
        _write(self._public_path, json.dumps(rows, indent=1).encode() + b"\n", 0o644)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(self._private_path, pem, 0o600)
        return self.current(now)


def _row(key: PublicKey) -> dict[str, str | None]:
    return {
        "name": key.name,
        "key": base64.b64encode(key.key).decode(),
        "since": key.since.isoformat(),
        "until": key.until.isoformat() if key.until else None,
    }


def _public(row: dict[str, str | None]) -> PublicKey:
    raw = base64.b64decode(row["key"] or "", validate=True)
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    until = row["until"]
    return PublicKey(
        row["name"] or "",
        raw,
        datetime.fromisoformat(row["since"] or ""),
        datetime.fromisoformat(until) if until else None,
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    """Put a file in place at once, readable by nobody else while it is written."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(mode)
    part.rename(path)
