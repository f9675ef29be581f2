"""Files that leave the house by hand, locked with a passphrase: any OpenSSL opens them, nothing of ours is needed.

The form is that of ``openssl enc -aes-256-cbc -pbkdf2 -iter 600000``: "Salted__", eight bytes of salt, AES-256 in CBC mode with
PKCS#7 padding; key and start value are PBKDF2-HMAC-SHA-256 of the passphrase. It hides; that nobody changed the file is told
by its SHA-256, which stands in the journal and is given over another way.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

ROUNDS = 600_000
#: a shorter passphrase is guessed
SHORTEST = 14
_MAGIC = b"Salted__"
OPEN_WITH = f"openssl enc -d -aes-256-cbc -pbkdf2 -iter {ROUNDS} -in {{file}} -out export.zip"


def lock(plain: bytes, passphrase: str, salt: bytes | None = None) -> bytes:
    """The bytes, locked. ``salt`` (8 bytes) is drawn unless given. Raises ``ValueError`` for a passphrase that is too short."""
    if len(passphrase) < SHORTEST:
        raise ValueError(f"the passphrase must have at least {SHORTEST} signs")
    salt = os.urandom(8) if salt is None else salt
    material = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, 48)
    padder = PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    cipher = Cipher(algorithms.AES(material[:32]), modes.CBC(material[32:])).encryptor()
    return _MAGIC + salt + cipher.update(padded) + cipher.finalize()
