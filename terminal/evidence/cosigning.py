"""What a witness and a log say to each other: requests of C2SP tlog-witness, cosignatures of C2SP tlog-cosignature.

Pure: bytes in, values out. A witness signs ``cosignature/v1``, its time and the text of a checkpoint with an Ed25519 key
of signature type 4; its line is added to the note, which stays readable for whoever knows only the log's key.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: signature types of signed-note: a log's own Ed25519, a witness's timestamped Ed25519
LOG, WITNESS = 1, 4
DASH = "\N{EM DASH}"
#: more lines than any proof has
MOST_PROOF_LINES = 63
#: a request is short: 63 hashes and a note
MOST_BYTES = 64 * 1024
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


class Unreadable(ValueError):  # noqa: N818 - it is the finding
    """Bytes that are no key, no checkpoint or no request; the message says which and why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key of a log (``kind`` 1) or a witness (4), as ``NAME+ID+BASE64`` writes it."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:4]

    @property
    def line(self) -> str:
        """``NAME+ID+BASE64``."""
        said = base64.b64encode(bytes([self.kind]) + self.key).decode()
        return f"{self.name}+{self.id.hex()}+{said}"

    def signed(self, message: bytes, signature: bytes) -> bool:
        """True when this key made that signature (64 bytes)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(line: str) -> VerifierKey:
    """The key of a line. Raises :class:`Unreadable`."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3 or not parts[0] or re.search(r"[\s+]", parts[0]):
        raise Unreadable("a verifier key has the form NAME+ID+BASE64")
    data = _decoded(parts[2], "the verifier key")
    if len(data) != 33 or data[0] not in (LOG, WITNESS):
        raise Unreadable("the verifier key is no Ed25519 key of a log or a witness")
    key = VerifierKey(parts[0], data[0], data[1:])
    if key.id.hex() != parts[1]:
        raise Unreadable("the verifier key is damaged: its parts do not fit together")
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: the name, the id of the key, what was signed with it."""

    name: str
    id: bytes
    data: bytes
    line: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A parsed checkpoint. ``text`` is what is signed, ``note`` the whole with its signature lines."""

    origin: str
    size: int
    head: bytes
    text: str
    signatures: tuple[Signature, ...]

    @property
    def note(self) -> str:
        """The signed note."""
        return self.text + "\n" + "".join(one.line + "\n" for one in self.signatures)

    def signed_by(self, keys: Iterable[VerifierKey]) -> VerifierKey | None:
        """The first of these keys that signed it as a log; others' lines are passed over."""
        for key in keys:
            for one in self.signatures:
                mine = key.kind == LOG and (one.name, one.id) == (key.name, key.id)
                if mine and key.signed(self.text.encode(), one.data):
                    return key
        return None

    def witnessed_by(self, keys: Iterable[VerifierKey]) -> dict[str, int]:
        """The names of these witnesses that cosigned it, and when (POSIX seconds)."""
        found: dict[str, int] = {}
        for key in keys:
            for one in self.signatures:
                if key.kind != WITNESS or (one.name, one.id) != (key.name, key.id) or len(one.data) != 72:
                    continue
                at = int.from_bytes(one.data[:8], "big")
                if key.signed(_statement(self.text, at), one.data[8:]):
                    found[key.name] = at
        return found

    def plus(self, lines: Sequence[Signature]) -> Checkpoint:
        """The same with more signature lines; each is kept once."""
        new = tuple(one for one in lines if one.line not in {known.line for known in self.signatures})
        return Checkpoint(self.origin, self.size, self.head, self.text, self.signatures + new)


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint of a signed note; signatures are read, not proven. Raises :class:`Unreadable`."""
    text, gap, below = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or not below.endswith("\n") or len(lines) < 3 or not lines[0]:
        raise Unreadable("a checkpoint is a name, a length, a head, an empty line and signatures")
    head = _decoded(lines[2], "the head of the checkpoint")
    if len(head) != 32:
        raise Unreadable("the head of the checkpoint has not 32 bytes")
    size = number(lines[1], "the length in the checkpoint")
    return Checkpoint(lines[0], size, head, text + "\n", tuple(read_signatures(below)))


def read_signatures(text: str) -> list[Signature]:
    """Signature lines, each ended. Raises :class:`Unreadable`."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        dash, name, said = [*line.split(" ", 2), "", ""][:3]
        data = _decoded(said, "a signature line")
        if dash != DASH or not name or len(data) < 5:
            raise Unreadable("a signature line has the form: dash, name, BASE64")
        found.append(Signature(name, data[:4], data[4:], line))
    if not found or len(found) > 100:
        raise Unreadable("a note carries between 1 and 100 signatures")
    return found


@dataclass(frozen=True, slots=True)
class Request:
    """``add-checkpoint``: the length that the witness knows, the proof from there, the new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    def written(self) -> bytes:
        """As it goes over the wire."""
        proof = "".join(base64.b64encode(node).decode() + "\n" for node in self.proof)
        return f"old {self.old}\n{proof}\n{self.checkpoint.note}".encode()


def read_request(body: bytes) -> Request:
    """The request in a body. Raises :class:`Unreadable`."""
    if len(body) > MOST_BYTES:
        raise Unreadable("a request has at most 64 kB")
    try:
        above, gap, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise Unreadable("a request is UTF-8 text") from None
    first, *proof = above.split("\n")
    word, _, said = first.partition(" ")
    if not gap or word != "old" or len(proof) > MOST_PROOF_LINES:
        raise Unreadable("a request is `old N`, at most 63 lines of proof, an empty line and a checkpoint")
    nodes = tuple(_decoded(line, "a line of the proof") for line in proof)
    if any(len(node) != 32 for node in nodes):
        raise Unreadable("a line of the proof has not 32 bytes")
    return Request(number(said, "the old length"), nodes, read_checkpoint(note))


def cosign(name: str, private: Ed25519PrivateKey, checkpoint: Checkpoint, at: int) -> Signature:
    """The witness's line for a checkpoint at ``at`` (POSIX seconds)."""
    key = VerifierKey(name, WITNESS, private.public_key().public_bytes_raw())
    data = at.to_bytes(8, "big") + private.sign(_statement(checkpoint.text, at))
    return Signature(name, key.id, data, f"{DASH} {name} {base64.b64encode(key.id + data).decode()}")


def number(text: str, what: str) -> int:
    """A length as decimal digits without leading zeros. Raises :class:`Unreadable`."""
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"{what} is no number")
    return int(text)


def _statement(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _decoded(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Unreadable(f"{what} is not in base64") from None
    if base64.b64encode(data).decode() != text:
        raise Unreadable(f"{what} is not in base64 as it is written")
    return data
