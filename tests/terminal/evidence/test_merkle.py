"""Merkle trees: the known answers, any tree of any size, and what a touched proof is worth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import merkle
from terminal.merkle import Tree, head_of, leaf_hash, verify_consistency, verify_inclusion

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "merkle" / "vectors.json").read_text("utf-8")
)
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN["leaves"]]
HEADS = [bytes.fromhex(head) for head in KNOWN["heads"]]
MANY = [leaf_hash(str(number).encode()) for number in range(300)]


def tree_of(hashes: Sequence[bytes], block: int = 4) -> Tree:
    return Tree(lambda start, end: hashes[start:end], block)


@pytest.mark.parametrize("size", range(9))
def test_heads_are_the_known_ones(size: int) -> None:
    assert head_of(LEAVES[:size]) == HEADS[size]
    for block in (1, 2, 4, 1024):
        assert tree_of(LEAVES, block).head(size) == HEADS[size]


@pytest.mark.parametrize("known", KNOWN["inclusion"])
def test_audit_paths_are_the_known_ones(known: dict[str, Any]) -> None:
    index, size = known["index"], known["size"]
    path = tree_of(LEAVES).inclusion_proof(index, size)
    assert [node.hex() for node in path] == known["proof"]
    assert verify_inclusion(index, size, LEAVES[index], path, HEADS[size])


@pytest.mark.parametrize("known", KNOWN["consistency"])
def test_consistency_proofs_are_the_known_ones(known: dict[str, Any]) -> None:
    first, second = known["first"], known["second"]
    path = tree_of(LEAVES).consistency_proof(first, second)
    assert [node.hex() for node in path] == known["proof"]
    assert verify_consistency(first, second, HEADS[first], HEADS[second], path)


@given(st.integers(1, 300), st.data(), st.sampled_from([1, 2, 16, 64, 512]))
def test_every_leaf_is_in_its_tree_and_nowhere_else(size: int, data: st.DataObject, block: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(MANY, block)
    path, head = tree.inclusion_proof(index, size), tree.head(size)
    assert head == head_of(MANY[:size])
    assert verify_inclusion(index, size, MANY[index], path, head)
    other = data.draw(st.integers(0, 299).filter(lambda number: number != index))
    assert not verify_inclusion(other, size, MANY[index], path, head)
    assert not verify_inclusion(index, size, MANY[other], path, head)
    assert not verify_inclusion(index, size, MANY[index], [*path, head], head)
    if path:
        assert not verify_inclusion(index, size, MANY[index], path[:-1], head)
        at = data.draw(st.integers(0, len(path) - 1))
        bent = [*path]
        bent[at] = hashlib.sha256(bent[at]).digest()
        assert not verify_inclusion(index, size, MANY[index], bent, head)


@given(st.integers(0, 300), st.data())
def test_a_longer_tree_begins_with_the_shorter(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, second))
    tree = tree_of(MANY, 16)
    path = tree.consistency_proof(first, second)
    old, new = tree.head(first), tree.head(second)
    assert verify_consistency(first, second, old, new, path)
    if 0 < first < second:
        assert not verify_consistency(first, second, new, old, path)
        assert not verify_consistency(first, second, old, new, path[:-1])
        assert not verify_consistency(first, second, old, new, [*path, old])
        changed = [*MANY]
        changed[first - 1] = leaf_hash(b"something else")
        assert not verify_consistency(first, second, old, tree_of(changed, 16).head(second), path)


def test_blocks_are_read_once_and_only_the_end_again() -> None:
    read: list[tuple[int, int]] = []

    def leaves(start: int, end: int) -> list[bytes]:
        read.append((start, end))
        return MANY[start:end]

    tree = Tree(leaves, 64)
    assert tree.head(200) == head_of(MANY[:200])
    assert read == [(0, 64), (64, 128), (128, 192), (192, 200)]
    read.clear()
    assert tree.head(300) == head_of(MANY[:300])
    assert read == [(192, 256), (256, 300)]
    read.clear()
    again = tree.leaves_of(leaves)
    assert verify_inclusion(70, 300, MANY[70], again.inclusion_proof(70, 300), head_of(MANY))
    assert all(64 <= start < 128 or start >= 256 for start, _ in read)


def test_what_is_not_there_cannot_be_proved() -> None:
    tree = tree_of(MANY)
    with pytest.raises(ValueError, match="no leaf 5"):
        tree.inclusion_proof(5, 5)
    with pytest.raises(ValueError, match="cannot begin"):
        tree.consistency_proof(6, 5)
    with pytest.raises(ValueError, match="no leaves"):
        tree.head(301)
    with pytest.raises(ValueError, match="power of two"):
        tree_of(MANY, 3)
    assert not verify_inclusion(-1, 5, MANY[0], [], MANY[0])
    assert not verify_consistency(5, 4, MANY[0], MANY[0], [])
    assert not verify_consistency(3, 4, MANY[0], MANY[0], [])
    assert merkle.head_by_inclusion(0, 1, MANY[0], []) == MANY[0]
