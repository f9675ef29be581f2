"""Secrets that must be read again (the keys of one-time codes), sealed with the secret of the installation.

AES-256-GCM with a key derived by HKDF (RFC 5869) for each use; the owner is authenticated with it, so that a sealed
secret put into another person's row opens nothing. A copy of the database alone is worthless.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


def _cipher(secret: bytes, use: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, b"karvon " + use.encode()).derive(secret))


def seal(secret: bytes, use: str, owner: str, plain: bytes) -> bytes:
    """The plain bytes, sealed for one use and one owner."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(secret, use).encrypt(nonce, plain, owner.encode())


def unseal(secret: bytes, use: str, owner: str, sealed: bytes) -> bytes | None:
    """The plain bytes again; None when the secret, the use or the owner is another one, or a byte was changed."""
    try:
        return _cipher(secret, use).decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode())
    except (InvalidTag, ValueError):
        return None
