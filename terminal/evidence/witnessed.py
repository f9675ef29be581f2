"""The terminal's side of witnesses: hand them the newest checkpoint, keep what they signed, compare the journal with it.

A witness is named by an address (C2SP tlog-witness over HTTP) or by a folder, for example on a USB stick. What it
cosigned is kept in ``witnessed/`` of the data directory as well, for whoever wants to see it; the copy that counts is the
witness's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from terminal.evidence import cosigning
from terminal.evidence.cosigning import WITNESS, Checkpoint, Unreadable, VerifierKey
from terminal.evidence.log import JournalLog
from terminal.evidence.witness import PLAIN, SIZE, Answer, NoWitness, Witness, read_notes
from terminal.keys import SigningKey
from terminal.merkle import Tree
from terminal.store import journal
from terminal.store.reader import Reader
from terminal.store.sql import Connection
from terminal.store.verify import Broken, Fault

#: hands a request to a witness
Ask = Callable[[bytes], Answer]
#: seconds that a witness may take
PATIENCE_S = 10.0
#: an answer is a few lines
_MOST_ANSWER = 16 * 1024


class NotWitnessed(Exception):  # noqa: N818 - it is an answer to a person
    """The witness could not be asked, or would not sign for a reason that proves nothing; the message says which."""


class Contradicted(Exception):  # noqa: N818 - it is the finding
    """The witness saw another journal under our name than the one that is here: history was rewritten."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How much of the journal a witness signed, when, with the whole note."""

    size: int
    at: datetime
    note: str


def asking(to: str, key: str | None, at: Callable[[], datetime]) -> tuple[Ask, VerifierKey]:
    """How to ask the witness at an address or in a folder, and its key. Raises NotWitnessed.

    Over HTTP its key must be given (``NAME+ID+BASE64``); a folder brings its own, and another given one must be the same.
    """
    try:
        wanted = cosigning.read_key(key) if key else None
        if to.startswith(("http://", "https://")):
            if wanted is None or wanted.kind != WITNESS:
                raise NotWitnessed(f"Say with which key {to} signs: `karvon witness init` printed it there.")
            return lambda body: _over_http(to, body), wanted
        witness = Witness(Path(to))
    except (Unreadable, NoWitness) as problem:
        raise NotWitnessed(str(problem)) from problem
    if wanted is not None and wanted != witness.key:
        raise NotWitnessed(f"The witness in {to} is another one: its key is {witness.key.line}.")
    return lambda body: witness.take(body, int(at().timestamp())), witness.key


def _over_http(address: str, body: bytes) -> Answer:
    try:
        with (
            httpx.Client(timeout=PATIENCE_S, follow_redirects=False) as client,
            client.stream("POST", address.rstrip("/") + "/add-checkpoint", content=body) as answer,
        ):
            said = b""
            for piece in answer.iter_bytes():
                said += piece
                if len(said) > _MOST_ANSWER:
                    raise NotWitnessed(f"{address} answers at greater length than a witness does.")
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise NotWitnessed(f"{address} could not be asked ({type(problem).__name__}).") from problem
    kind = SIZE if answer.headers.get("content-type", "").startswith(SIZE) else PLAIN
    return Answer(answer.status_code, kind, said.decode("utf-8", "replace"))


def submit(reader: Reader, log: JournalLog, signing: SigningKey, ask: Ask, key: VerifierKey) -> Witnessed:
    """Have the journal as this reader sees it cosigned. Raises NotWitnessed, or Contradicted for another history."""
    made = log.checkpoint(reader, signing)
    checkpoint = cosigning.read_checkpoint(made.note)
    old = 0
    for _ in range(3):  # what it has seen, the proof from there, and once more if somebody else was faster
        proof = made.tree.consistency_proof(old, made.size) if old else []
        answer = ask(cosigning.Request(old, tuple(proof), checkpoint).written())
        if answer.status != 409:
            break
        seen = _size(answer)
        if seen > made.size:
            raise Contradicted(f"The witness has seen {seen} entries; the journal here has {made.size}.")
        if seen == old:
            raise Contradicted(f"The witness has seen {seen} other entries than those that are here.")
        old = seen
    if answer.status == 422:
        raise Contradicted(
            f"The journal here does not begin with the {old} entries that the witness has seen."
        )
    if answer.status != 200:
        raise NotWitnessed(f"The witness answers {answer.status}: {_line(answer.body)}.")
    return _kept(checkpoint, answer, key)


def _kept(checkpoint: Checkpoint, answer: Answer, key: VerifierKey) -> Witnessed:
    try:
        signed = checkpoint.plus(cosigning.read_signatures(answer.body))
    except Unreadable as problem:
        raise NotWitnessed(f"The witness's answer cannot be read: {problem}.") from problem
    at = signed.witnessed_by([key]).get(key.name)
    if at is None or at > 2**40:
        raise NotWitnessed(f"The answer is not signed with the key of {key.name}.")
    return Witnessed(checkpoint.size, datetime.fromtimestamp(at, UTC), signed.note)


def _size(answer: Answer) -> int:
    try:
        return cosigning.number(answer.body.removesuffix("\n"), "the length")
    except Unreadable as problem:
        raise NotWitnessed(f"The witness's answer cannot be read: {problem}.") from problem


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:200]).strip().rstrip(".") or "nothing"


def keep(data_dir: Path, to: str, witnessed: Witnessed) -> None:
    """Add the note to those of this witness in the data directory."""
    folder = data_dir / "witnessed"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{hashlib.sha256(to.encode()).hexdigest()[:16]}.notes").open(
        "a", encoding="utf-8"
    ) as file:
        file.write(witnessed.note + "\n")


def seen_by(path: Path, keys: Sequence[VerifierKey]) -> list[Checkpoint]:
    """The checkpoints of a witness's folder, or of a file of notes, oldest first; each proven. Raises NoWitness.

    A folder is believed by its own keys, a file by those that are given: the terminal's or the witness's.
    """
    if path.is_dir():
        witness = Witness(path)
        believed: list[VerifierKey] = [*witness.trusted(), witness.key]
        found = witness.history()
    else:
        believed, found = list(keys), read_notes(path)
    for one in found:
        if one.signed_by(believed) is None and not one.witnessed_by(believed):
            raise NoWitness(
                f"{path}: the checkpoint of {one.size} entries is not signed with a key that is believed."
            )
    return sorted(found, key=lambda one: one.size)


def verify_witnessed(connection: Connection, seen: Sequence[Checkpoint]) -> Broken | None:
    """The first checkpoint that the journal no longer begins with. The journal itself has been walked before."""
    connection.begin_reading()
    try:
        end = journal.tail(connection).seq
        tree = Tree(lambda start, stop: journal.hashes(connection, start + 1, stop))
        proven = 0
        for one in seen:
            if one.size > end:
                sentence = (
                    f"The journal ends at event {end}, but a witness saw {one.size}: the end was cut off."
                )
                return Broken(end + 1, Fault.CUT_OFF, sentence)
            if tree.head(one.size) != one.head:
                sentence = (
                    f"The journal is not the one that was witnessed: event {proven + 1} or one of those up to "
                    f"{one.size} was written anew."
                )
                return Broken(proven + 1, Fault.HEAD, sentence)
            proven = one.size
        return None
    finally:
        connection.rollback()
