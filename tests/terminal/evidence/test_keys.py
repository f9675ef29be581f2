"""Signing keys: made once, private, rotated without forgetting, read anew by a running server."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.cli import main
from terminal.evidence import karvon_verify as kv
from terminal.keys import Keys, KeyTrouble, key_name

NOON = datetime(2026, 11, 16, 7, tzinfo=UTC)


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = Keys(tmp_path, "UZTER").current(NOON)
    again = Keys(tmp_path, "UZTER").current(NOON + timedelta(days=1))
    assert first.public == again.public
    assert (tmp_path / "keys" / "signing.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    name, ident, said = first.public.line.split("+", 2)
    assert (name, ident) == ("karvon/uzter", first.public.id)
    assert base64.b64decode(said) == b"\x01" + first.public.key
    Ed25519PublicKey.from_public_bytes(first.public.key).verify(first.sign(b"x"), b"x")


def test_rotation_keeps_what_was_signed_before_provable(tmp_path: Path) -> None:
    keys = Keys(tmp_path, "UZTER")
    first = keys.current(NOON)
    second = Keys(tmp_path, "UZTER").rotate(NOON + timedelta(days=1))
    assert second.public.id != first.public.id
    assert keys.current(NOON).public == second.public
    old, new = keys.public()
    assert (old.key, old.since, old.until) == (first.public.key, NOON, NOON + timedelta(days=1))
    assert (new, new.until) == (second.public, None)


def test_a_note_is_the_text_and_a_signature_line(tmp_path: Path) -> None:
    key = Keys(tmp_path, "UZTER").current(NOON)
    text, _, signature = key.note("first\nsecond\n").rpartition("\n\n")
    assert text == "first\nsecond"
    dash, name, said = signature.split()
    assert (dash, name) == ("—", "karvon/uzter")
    raw = base64.b64decode(said)
    assert raw[:4].hex() == key.public.id
    Ed25519PublicKey.from_public_bytes(key.public.key).verify(raw[4:], b"first\nsecond\n")
    with pytest.raises(ValueError, match="line break"):
        key.note("no end")


def test_damaged_keys_are_said_and_never_made_anew(tmp_path: Path) -> None:
    Keys(tmp_path, "UZTER").current(NOON)
    pem = tmp_path / "keys" / "signing.pem"
    whole = pem.read_bytes()
    pem.write_bytes(whole[:40])
    with pytest.raises(KeyTrouble, match=r"signing\.pem is damaged"):
        Keys(tmp_path, "UZTER").current(NOON)
    pem.write_bytes(whole)
    public = tmp_path / "keys" / "public.json"
    public.write_text("[]", encoding="utf-8")
    with pytest.raises(KeyTrouble, match="does not name the key"):
        Keys(tmp_path, "UZTER").current(NOON)
    public.write_text("[{}]", encoding="utf-8")
    with pytest.raises(KeyTrouble, match=r"public\.json is damaged"):
        Keys(tmp_path, "UZTER").public()


def test_names_fit_signed_notes() -> None:
    assert key_name("UZTER") == "karvon/uzter"
    assert key_name("Termez Cargo + Center") == "karvon/termez-cargo-center"
    assert key_name("Термез") == "karvon/terminal"


def test_the_command_shows_and_rotates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "show", "--data", str(tmp_path)]) == 0
    first = capsys.readouterr().out.strip()
    assert main(["keys", "rotate", "--data", str(tmp_path)]) == 0
    second = capsys.readouterr().out.strip()
    assert main(["keys", "show", "--data", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["line"] for row in rows] == [first, second]
    assert rows[0]["until"]
    assert rows[1]["until"] is None
    assert main(["keys", "show", "--data", str(tmp_path / "nowhere")]) == 2
    assert "no data directory" in capsys.readouterr().err


def test_the_verifier_follows_a_key_to_those_that_came_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who got the first key years ago proves what the third one signed; nobody else's word leads from key to key."""
    keys = Keys(tmp_path, "UZTER")
    first = keys.current(NOON).public
    keys.rotate(NOON)
    second = keys.current(NOON).public
    keys.rotate(NOON)
    third = keys.current(NOON)
    notes = keys.successions()
    assert [key.id for key in kv.followed([kv.read_key(first.line)], notes)] == [
        first.id,
        second.id,
        third.public.id,
    ]
    assert [key.id for key in kv.followed([kv.read_key(second.line)], notes)] == [second.id, third.public.id]
    assert kv.followed([kv.read_key(third.public.line)], notes) == [kv.read_key(third.public.line)]
    stranger = Keys(tmp_path / "other", "UZTER")
    stranger.current(NOON)
    stranger.rotate(NOON)
    assert kv.followed([kv.read_key(first.line)], stranger.successions()) == [kv.read_key(first.line)]
    forged = notes.replace(second.line, stranger.current(NOON).public.line, 1)
    with pytest.raises(kv.Broken, match="changed after it was signed"):
        kv.followed([kv.read_key(first.line)], forged)
    said = {
        "k": third.public.id,
        "u": "1",
        "v": "1",
        "c": [],
        "p": None,
        "r": None,
        "s": [],
        "n": 1,
        "w": ["1", "2"],
    }
    payload = json.dumps({**said, "i": 0, "e": 4102444800}).encode()
    text = kv.pass_text(payload, third.sign(kv.PASS_CONTEXT + payload))
    (tmp_path / "notes").write_text(notes, encoding="utf-8")
    assert kv.main(["--pass", text, "--key", first.line]) == 1
    assert kv.main(["--pass", text, "--key", first.line, "--successions", str(tmp_path / "notes")]) == 0
    assert "GENUINE" in capsys.readouterr().out
