"""A witness: a folder on another host or on a USB stick that remembers how far it has seen each journal.

It cosigns a checkpoint only when the terminal's key signed it and a proof (RFC 6962) shows that the new journal begins
with the one it saw last. Whoever rewrites the journal gets no further signature, and the last one it gave proves what
the journal was. The same folder serves over HTTP (:mod:`terminal.evidence.witness_server`) and on a stick.

In the folder: ``witness.pem`` (its key), ``witness.name``, ``trusted`` (verifier keys of terminals), ``last/`` (the last
cosigned checkpoint of each), ``history/`` (every one) and ``refused/`` (signed checkpoints that contradicted).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from terminal.evidence import cosigning, succession
from terminal.evidence.cosigning import LOG, WITNESS, Checkpoint, Unreadable, VerifierKey
from terminal.merkle import verify_consistency

PLAIN, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
_NAME = re.compile(r"[^\s+]{1,120}")


class NoWitness(Exception):  # noqa: N818 - it is an answer to a person
    """The folder is no witness, or is damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: the status of tlog-witness, the kind of body, the body."""

    status: int
    kind: str
    body: str

    @property
    def taken(self) -> bool:
        """True when it cosigned."""
        return self.status == 200


class Witness:
    """The witness in a folder. Use from any thread and any process: one at a time decides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mutex = threading.Lock()
        try:
            self.name = (folder / "witness.name").read_text(encoding="utf-8").strip()
            private = load_pem_private_key((folder / "witness.pem").read_bytes(), None)
        except FileNotFoundError:
            raise NoWitness(
                f"{folder} is no witness; make one with `karvon witness init {folder} --name NAME`."
            ) from None
        except (OSError, ValueError) as problem:
            raise NoWitness(f"The witness in {folder} cannot be read: {problem}.") from problem
        if not isinstance(private, Ed25519PrivateKey) or not _NAME.fullmatch(self.name):
            raise NoWitness(f"The witness in {folder} is damaged: its name or its key is not one.")
        self._private = private

    @classmethod
    def make(cls, folder: Path, name: str) -> Witness:
        """A new witness. Raises NoWitness when there is one already or the name is none."""
        if not _NAME.fullmatch(name):
            raise NoWitness(
                "A witness has a name without blanks and plus signs, such as hairatan.example/witness."
            )
        if (folder / "witness.pem").exists():
            raise NoWitness(f"{folder} is a witness already.")
        folder.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _put(folder / "witness.name", name.encode() + b"\n")
        _put(folder / "witness.pem", pem)
        return cls(folder)

    @property
    def key(self) -> VerifierKey:
        """Its public key, to be handed to whoever checks what it signed."""
        return VerifierKey(self.name, WITNESS, self._private.public_key().public_bytes_raw())

    def trusted(self) -> list[VerifierKey]:
        """The keys of terminals it believes. Raises NoWitness when the list is damaged."""
        try:
            lines = (self.folder / "trusted").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return []
        try:
            return [cosigning.read_key(line) for line in lines]
        except Unreadable as problem:
            raise NoWitness(f"{self.folder / 'trusted'}: {problem}.") from problem

    def trust(self, *keys: VerifierKey) -> None:
        """Believe more keys. Raises NoWitness for the key of a witness."""
        if any(key.kind != LOG for key in keys):
            raise NoWitness("That is the key of a witness; give the key that `karvon keys show` prints.")
        with self._alone():
            lines = dict.fromkeys([*(key.line for key in self.trusted()), *(key.line for key in keys)])
            _put(self.folder / "trusted", "".join(f"{line}\n" for line in lines).encode())

    def follow(self, note: str) -> VerifierKey:
        """Believe the key that a known key named as its successor. Raises Unreadable."""
        new = succession.read(note, self.trusted())
        self.trust(new)
        return new

    def last(self, origin: str) -> Checkpoint | None:
        """The newest checkpoint it cosigned for a journal. Raises NoWitness when it is damaged."""
        path = self._of("last", origin)
        try:
            return cosigning.read_checkpoint(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (Unreadable, UnicodeDecodeError) as problem:
            raise NoWitness(f"{path} is damaged ({problem}).") from problem

    def history(self) -> list[Checkpoint]:
        """Every checkpoint it cosigned, in order. Raises NoWitness."""
        found = []
        for path in sorted((self.folder / "history").glob("*")):
            found += read_notes(path)
        return found

    def take(self, body: bytes, at: int) -> Answer:
        """Answer ``add-checkpoint`` at ``at`` (POSIX seconds); kept on disk before it is answered."""
        try:
            request = cosigning.read_request(body)
        except Unreadable as problem:
            return Answer(400, PLAIN, f"{problem}\n")
        given = request.checkpoint
        mine = [key for key in self.trusted() if key.name == given.origin]
        if not mine:
            return Answer(404, PLAIN, "no such journal is known here\n")
        if given.signed_by(mine) is None:
            return Answer(403, PLAIN, "none of the keys that are believed here signed it\n")
        if request.old > given.size:
            return Answer(400, PLAIN, "the old length is above the new one\n")
        with self._alone():
            return self._decide(request, given, at)

    def _decide(self, request: cosigning.Request, given: Checkpoint, at: int) -> Answer:
        last = self.last(given.origin)
        known = last.size if last else 0
        if last and given.size == known and given.head != last.head:
            self._keep_refused(given)
            return Answer(409, SIZE, f"{known}\n")
        if request.old != known:
            return Answer(409, SIZE, f"{known}\n")
        before = last.head if last else hashlib.sha256(b"").digest()
        if not verify_consistency(known, given.size, before, given.head, request.proof):
            self._keep_refused(given)
            return Answer(422, PLAIN, "the proof does not lead from the journal seen here to this one\n")
        line = cosigning.cosign(self.name, self._private, given, at)
        note = given.plus([line]).note
        history = self._of("history", given.origin)
        history.parent.mkdir(exist_ok=True)
        with history.open("a", encoding="utf-8") as file:
            file.write(note + "\n")
            file.flush()
            os.fsync(file.fileno())
        _put(self._of("last", given.origin), note.encode())
        return Answer(200, PLAIN, line.line + "\n")

    def _keep_refused(self, given: Checkpoint) -> None:
        """A signed checkpoint that contradicts is a proof against whoever signed it."""
        name = f"{given.size}-{given.head.hex()[:16]}"
        _put(self.folder / "refused" / name, given.note.encode())

    def _of(self, what: str, origin: str) -> Path:
        return self.folder / what / hashlib.sha256(origin.encode()).hexdigest()[:32]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._mutex, (self.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read_notes(path: Path) -> list[Checkpoint]:
    """Checkpoints that stand in a file one after the other, each followed by an empty line. Raises NoWitness."""
    try:
        text = path.read_text(encoding="utf-8")
        found, below = [], ""
        for part in text.split("\n\n"):
            if part.startswith(cosigning.DASH):
                found.append(cosigning.read_checkpoint(f"{below}\n\n{part.rstrip()}\n"))
            below = part.lstrip("\n")
    except (OSError, UnicodeDecodeError, Unreadable) as problem:
        raise NoWitness(f"{path} holds no checkpoints: {problem}.") from problem
    if not found:
        raise NoWitness(f"{path} holds no checkpoints.")
    return found


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
