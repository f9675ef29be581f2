"""Merkle trees over the journal, as in RFC 6962 section 2.1: heads, inclusion proofs, consistency proofs.

Pure: everything is said in hashes of 32 bytes. A tree is asked through ``subtree(start, end)``, the head of the leaves
``start`` to ``end - 1``, so that whoever holds the leaves decides how much of them is remembered (:class:`Tree`).
Verifying needs no tree at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

#: head of the leaves start .. end - 1 (end > start)
Subtree = Callable[[int, int], bytes]
#: hashes of the leaves start .. end - 1
Leaves = Callable[[int, int], Sequence[bytes]]

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than ``size`` (at least 2): how many leaves stand on the left."""
    return 1 << (size - 1).bit_length() - 1


def head_of(hashes: Sequence[bytes]) -> bytes:
    """The head of these leaf hashes, in one pass; the hash of nothing for none."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # An odd one out moves up unchanged, which is the same tree as splitting at powers of two.
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size`` leaves, from the leaf upwards.

    Raises ``ValueError`` when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """That the tree of ``second`` leaves begins with the tree of ``first`` leaves.

    Empty when they are equal or ``first`` is 0. Raises ``ValueError`` when ``first`` is larger.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} leaves cannot begin with {first}")
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while end != first:
        middle = start + split(end - start)
        if first <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def head_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The head that an audit path leads to from a leaf hash; None for a path of the wrong length."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    steps = iter(path)
    for sibling in steps:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], head: bytes) -> bool:
    """True when the leaf hash stands at ``index`` in the tree of that size and head (RFC 9162 2.1.3.2)."""
    return head_by_inclusion(index, size, leaf, path) == head


def verify_consistency(
    first: int, second: int, first_head: bytes, second_head: bytes, path: Sequence[bytes]
) -> bool:
    """True when the second tree begins with the first (RFC 9162 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and first_head == second_head
    if first == 0:
        return not path and first_head == EMPTY
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, first_head)
    if not hashes:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_head and new == second_head


class Tree:
    """A growing tree over leaves that lie elsewhere. Heads of whole blocks are remembered: they never change.

    ``leaves(start, end)`` is asked for at most ``block`` leaves at a time, each block once in the life of the tree
    as long as heads are wanted; proofs read again only the block that their leaf stands in. Not for two threads at once.
    """

    def __init__(self, leaves: Leaves, block: int = 1024) -> None:
        if block < 1 or block & (block - 1):
            raise ValueError("a block is a power of two")
        self._leaves = leaves
        self._block = block
        self._known: dict[tuple[int, int], bytes] = {}

    def leaves_of(self, leaves: Leaves) -> Tree:
        """The same tree with the same memory, reading its leaves from somewhere else (another transaction)."""
        other = Tree(leaves, self._block)
        other._known = self._known
        return other

    def head(self, size: int) -> bytes:
        """The head of the first ``size`` leaves."""
        return self.subtree(0, size) if size else EMPTY

    def subtree(self, start: int, end: int) -> bytes:
        """The head of the leaves start .. end - 1. Raises ``ValueError`` when some of them are not there."""
        size = end - start
        if size <= self._block:
            whole = size == self._block and start % size == 0
            if whole and (start, end) in self._known:
                return self._known[start, end]
            hashes = self._leaves(start, end)
            if len(hashes) != size:
                raise ValueError(f"there are no leaves {start} to {end - 1}")
            found = head_of(hashes)
            if whole:
                self._known[start, end] = found
            return found
        whole = size & (size - 1) == 0 and start % size == 0
        if whole and (start, end) in self._known:
            return self._known[start, end]
        middle = start + split(size)
        found = node_hash(self.subtree(start, middle), self.subtree(middle, end))
        if whole:
            self._known[start, end] = found
        return found

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """See :func:`inclusion_proof`."""
        return inclusion_proof(index, size, self.subtree)

    def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """See :func:`consistency_proof`."""
        return consistency_proof(first, second, self.subtree)
