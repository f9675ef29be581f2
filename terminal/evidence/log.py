"""The journal as a Merkle log: signed checkpoints (C2SP tlog-checkpoint) and proofs up to them."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass

from terminal.keys import SigningKey
from terminal.merkle import Tree
from terminal.store import journal
from terminal.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long the journal is and what head it has, signed. ``tree`` gives proofs while its reader is open."""

    size: int
    head: bytes
    note: str
    tree: Tree


class JournalLog:
    """Makes checkpoints. Heads of whole blocks are remembered between them, so that each costs what has been added."""

    def __init__(self) -> None:
        self._tree = Tree(lambda _start, _end: ())
        self._mutex = threading.Lock()

    def checkpoint(self, reader: Reader, key: SigningKey) -> Checkpoint:
        """The journal as this reader sees it."""
        size = reader.head().seq
        tree = self._tree.leaves_of(
            lambda start, end: journal.hashes(reader.connection, start + 1, end)  # leaf 0 is event 1
        )
        with self._mutex:
            head = tree.head(size)
        said = f"{key.public.name}\n{size}\n{base64.b64encode(head).decode()}\n"
        return Checkpoint(size, head, key.note(said), tree)
