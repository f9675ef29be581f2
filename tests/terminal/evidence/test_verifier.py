"""The stand-alone verifier: Ed25519 against the RFC and another implementation, notes, and hostile input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.evidence import karvon_verify as kv

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "ed25519" / "rfc8032.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_of_the_rfc(vector: dict[str, str]) -> None:
    key, message, signature = (bytes.fromhex(vector[name]) for name in ("key", "message", "signature"))
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    assert private.public_key().public_bytes_raw() == key
    assert private.sign(message) == signature
    assert kv.ed25519_verifies(key, message, signature)
    assert not kv.ed25519_verifies(key, message + b"x", signature)
    assert not kv.ed25519_verifies(key, message, signature[:32] + bytes(32))


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 95), st.integers(1, 255))
def test_it_agrees_with_another_implementation(message: bytes, at: int, flip: int) -> None:
    private = Ed25519PrivateKey.generate()
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert kv.ed25519_verifies(key, message, signature)
    bent = bytearray(key + signature)
    bent[at] ^= flip
    try:
        Ed25519PublicKey.from_public_bytes(bytes(bent[:32])).verify(bytes(bent[32:]), message)
        other = True
    except InvalidSignature:
        other = False
    assert kv.ed25519_verifies(bytes(bent[:32]), message, bytes(bent[32:])) == other


def test_a_signature_has_one_form() -> None:
    """S + L would verify in a careless implementation."""
    private = Ed25519PrivateKey.generate()
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    assert not kv.ed25519_verifies(key, b"x", signature[:32] + scalar.to_bytes(32, "little"))
    assert not kv.ed25519_verifies(key[:31], b"x", signature)
    assert not kv.ed25519_verifies(b"\xff" * 32, b"x", signature)
    assert not kv.ed25519_verifies(key, b"x", b"\xff" * 32 + signature[32:])


def test_the_example_of_signed_note() -> None:
    """The example of the Go package golang.org/x/mod/sumdb/note, whose format this is."""
    key = kv.read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n\n"
        b"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    text, by = kv.open_note("note", note, [key])
    assert text.endswith("your problem is.\n")
    assert by == key
    with pytest.raises(kv.Broken, match="changed after it was signed"):
        kv.open_note("note", note.replace(b"answer", b"ANSWER"), [key])
    with pytest.raises(kv.Broken, match="no signature"):
        kv.open_note("note", b"nothing here", [key])
    with pytest.raises(kv.Broken, match="damaged"):
        kv.read_key("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=50), min_size=1, max_size=6))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    try:
        data = kv.pack(files)
    except UnicodeEncodeError:
        return
    assert kv.unpack(data) == files


@given(st.binary(max_size=300))
def test_rubbish_is_said_to_be_rubbish(data: bytes) -> None:
    for call in (
        lambda: kv.verify_bundle(data, []),
        lambda: kv.verify_bundle(b"PK\x03\x04" + data, []),
        lambda: kv.verify_pass(data.decode("latin-1"), []),
        lambda: kv.verify_pass(kv.pass_text(data, b"s" * 64), []),
        lambda: kv.open_note("note", data, []),
        lambda: kv.read_checkpoint(data, []),
    ):
        with pytest.raises(kv.Broken):
            call()
