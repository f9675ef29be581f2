"""Prove a clearance bundle or a gate pass of a Karvon terminal. One file, nothing but the Python standard library.

    python karvon_verify.py BUNDLE.zip --key KEY          everything in the bundle, or the first thing that is wrong
    python karvon_verify.py BUNDLE.zip --key KEY --file F whether F is a paper or picture that the bundle seals
    python karvon_verify.py --pass TEXT --key KEY         what a gate pass says, if it is genuine

KEY is the terminal's verifier key (NAME+ID+BASE64), or a file with one a line. Get it from the terminal itself, never
from the bundle: whoever forges a bundle forges the key in it as well. A key that you got once names those that followed
it: --successions FILE. Exit code 0: proven, 1: not, 2: not asked well.

Proven in this order: the archive, byte for byte; the signature of MANIFEST; the SHA-256 of every file; the signed
checkpoint of the journal; that every journal entry stands in the journal of that checkpoint (RFC 6962).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MANIFEST, CHECKPOINT, INDEX = "MANIFEST", "journal/checkpoint", "journal/index.json"
SEALED = "attachments.json"  # files kept outside of the bundle, by their hash
_NAMES = ("consignment", "documents", "units", "weights", "approvals", "holds", "inspections")
PARTS = (*(f"{name}.json" for name in _NAMES), CHECKPOINT, INDEX)  # what no bundle may lack
BUNDLE_HEAD, SUCCESSION = "karvon.bundle/1", "karvon.succession/1"
PASS_PREFIX = "KRV:PASS:"  # noqa: S105 - what a printed pass begins with, no secret
PASS_CONTEXT = b"karvon gate pass 1\n"  # signed with it: no signature of ours can be taken for another


class Broken(Exception):  # noqa: N818 - it is the finding, not a fault of ours
    """The first thing that is not as it must be: which item, and why."""

    def __init__(self, item: str, why: str) -> None:
        super().__init__(f"{item}: {why}")
        self.item, self.why = item, why


# --- Ed25519 (RFC 8032 5.1) ------------------------------------------------------------------------------------
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # a square root of -1
Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    x, t, z, y = f - e, h - g, h + g, f + e
    return x * t % _P, z * y % _P, t * z % _P, x * y % _P


def _times(number: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point = _add(point, point)
        number >>= 1
    return found


def _point(data: bytes) -> Point | None:
    """The point that 32 bytes name; None for bytes that name none, or not in the one allowed way."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def ed25519_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """True when the signature (64 bytes) of the message was made with the private half of the key (32 bytes)."""
    if len(key) != 32 or len(signature) != 64 or _BASE is None:
        return False
    public, nonce = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or nonce is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    left = _times(scalar, _BASE)
    right = _add(nonce, _times(int.from_bytes(digest, "little") % _L, public))
    across = (left[0] * right[2] - right[0] * left[2]) % _P
    return across == 0 == (left[1] * right[2] - right[1] * left[2]) % _P


# --- keys and signed notes (C2SP signed-note) ---------------------------------------------------------------------
@dataclass(frozen=True)
class Key:
    """A verifier key: the name it signs under, its id (8 hex digits), its 32 bytes."""

    name: str
    id: str
    key: bytes


def read_key(line: str) -> Key:
    """The key of ``NAME+ID+BASE64``. Raises Broken when it is not well formed."""
    try:
        name, identity, said = line.strip().split("+", 2)
        data = base64.b64decode(said, validate=True)
    except ValueError:
        raise Broken("key", "it is not of the form NAME+ID+BASE64") from None
    wanted = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex()
    if len(data) != 33 or data[0] != 1 or identity != wanted:
        raise Broken("key", "it is damaged: its parts do not fit together")
    return Key(name, identity, data[1:])


def read_keys(said: str) -> list[Key]:
    """Keys given as themselves or as the name of a file with one a line. Raises Broken."""
    text = said
    if said.count("+") < 2 or Path(said).is_file():
        try:
            text = Path(said).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise Broken("key", f"{said} is neither a key nor a readable file ({problem})") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise Broken("key", "there is none in it")
    return [read_key(line) for line in lines]


def open_note(item: str, data: bytes, keys: Sequence[Key]) -> tuple[str, Key]:
    """The text of a signed note and the key that signed it. Raises Broken."""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken(item, "it is no text") from None
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Broken(item, "it carries no signature")
    for line in signatures.splitlines():
        dash, name, said = [*line.split(" ", 2), "", ""][:3]
        try:
            raw = base64.b64decode(said, validate=True)
        except ValueError:
            raise Broken(item, "its signature line is damaged") from None
        if dash != "\N{EM DASH}" or base64.b64encode(raw).decode() != said:
            raise Broken(item, "its signature line is damaged")
        for key in keys:
            if (key.name, key.id) == (name, raw[:4].hex()):
                if ed25519_verifies(key.key, f"{text}\n".encode(), raw[4:]):
                    return f"{text}\n", key
                raise Broken(item, "it was changed after it was signed")
    raise Broken(item, "it is not signed with any of the keys that you gave")


def followed(keys: Sequence[Key], notes: str) -> list[Key]:
    """The keys, and those that they name one after the other in what `karvon keys successions` prints. Raises Broken."""
    known = list(keys)
    for note in (SUCCESSION + part for part in notes.split(SUCCESSION)[1:]):
        old, new = (read_key(line) for line in [*note.splitlines(), "", ""][1:3])
        if old in known:
            text, _ = open_note("succession", note.encode(), [old])
            if new.name != old.name or len(text.splitlines()) != 4:
                raise Broken("succession", "it is of another form than this program knows")
            known.append(new)
    return known


# --- gate passes ---------------------------------------------------------------------------------------------------
def pass_text(payload: bytes, signature: bytes) -> str:
    """The text of the QR symbol: capitals and digits only, so that it survives scanners, shells and typing."""
    return PASS_PREFIX + base64.b32encode(payload + signature).decode().rstrip("=")


def split_pass(text: str) -> tuple[bytes, bytes]:
    """What is said (JSON) and the signature of a pass. Raises Broken for text that is no pass."""
    said = "".join(text.split()).upper()
    if not said.startswith(PASS_PREFIX):
        raise Broken("pass", f"it does not begin with {PASS_PREFIX}")
    body = said[len(PASS_PREFIX) :]
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except ValueError:
        raise Broken("pass", "it was not read whole: scan it again") from None
    if len(data) <= 64 or base64.b32encode(data).decode().rstrip("=") != body:
        raise Broken("pass", "it was not read whole: scan it again")
    return data[:-64], data[-64:]


def read_pass(text: str) -> dict[str, Any]:
    """What a pass says, WITHOUT proof: kg as text, times in UTC. Raises Broken for text that is no pass."""
    payload, _ = split_pass(text)
    try:
        said = json.loads(payload)
        return {
            "id": str(said["u"]),
            "visit": str(said["v"]),
            "consignments": [str(ref) for ref in said["c"]],
            "plate": None if said["p"] is None else str(said["p"]),
            "trailer": None if said["r"] is None else str(said["r"]),
            "seals": [str(seal) for seal in said["s"]],
            "units": int(said["n"]),
            "labels": str(
                said.get("h", "")
            ),  # 16 hex digits of the SHA-256 of the sorted labels, a line each
            "min_kg": str(said["w"][0]),
            "max_kg": str(said["w"][1]),
            "issued_at": datetime.fromtimestamp(int(said["i"]), UTC),
            "expires_at": datetime.fromtimestamp(int(said["e"]), UTC),
            "key": str(said["k"]),
        }
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError, OSError):
        raise Broken("pass", "it is not of the form that this program knows") from None


def verify_pass(text: str, keys: Sequence[Key], at: datetime | None = None) -> dict[str, Any]:
    """What a genuine pass says. Raises Broken when it is not genuine or, given the time, over."""
    payload, signature = split_pass(text)
    said = read_pass(text)
    key = next((key for key in keys if key.id == said["key"]), None)
    if key is None:
        raise Broken("pass", f"it is signed with key {said['key']}, which is none of the keys that you gave")
    if not ed25519_verifies(key.key, PASS_CONTEXT + payload, signature):
        raise Broken("pass", "its signature is false: do not let the vehicle out")
    if at is not None and at >= said["expires_at"]:
        raise Broken("pass", f"it was good until {said['expires_at']:%Y-%m-%d %H:%M} UTC")
    return said


def revoked_in(note: bytes, keys: Sequence[Key]) -> Mapping[str, str]:
    """Ids of revoked passes -> when and why, from the terminal's signed list. Raises Broken."""
    text, _ = open_note("revocation list", note, keys)
    head, *rows = text.splitlines()
    if not head.endswith(" gate-passes revoked"):
        raise Broken("revocation list", "it is another kind of note")
    return dict(row.split(" ", 1) for row in rows[1:] if " " in row)


def insist_not_revoked(said: Mapping[str, Any], note: bytes, keys: Sequence[Key]) -> None:
    """Raises Broken when the signed list names this pass."""
    gone = revoked_in(note, keys)
    if said["id"] in gone:
        raise Broken("pass", f"it was revoked: {gone[said['id']]}")


# --- the archive: ZIP, stored, with nothing in it that could differ --------------------------------------------------
_LOCAL, _CENTRAL, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_UTF8, _DOS_DATE = 0x800, 0x21  # names are UTF-8; every file is of 1 January 1980


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files, in their order. The same files give the same bytes, everywhere and always."""
    out, directory = bytearray(), bytearray()
    for name, data in files.items():
        raw, crc, start = name.encode(), zlib.crc32(data), len(out)
        common = (20, _UTF8, 0, 0, _DOS_DATE, crc, len(data), len(data), len(raw), 0)
        out += struct.pack(_LOCAL, b"PK\x03\x04", *common) + raw + data
        directory += struct.pack(_CENTRAL, b"PK\x01\x02", 20, *common, 0, 0, 0, 0, start) + raw
    end = (0, 0, len(files), len(files), len(directory), len(out), 0)
    return bytes(out + directory + struct.pack(_END, b"PK\x05\x06", *end))


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of an archive that :func:`pack` made. Raises Broken with the first place that is different."""
    files, places, at = dict[str, bytes](), list[tuple[int, str]](), 0
    while data[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(data):
        *_, size, length, extra = struct.unpack_from(_LOCAL, data, at)
        start = at + 30 + length + extra
        name = data[at + 30 : at + 30 + length].decode("utf-8", "replace")
        if start + size > len(data) or name in files:
            raise Broken(name or f"item {len(files) + 1}", "the archive is damaged here")
        places.append((at, name))
        files[name], at = data[start : start + size], start + size
    if not files:
        raise Broken("archive", "it is no bundle")
    made = pack(files)
    if made != data:
        where = next((n for n, (a, b) in enumerate(zip(made, data, strict=False)) if a != b), len(made))
        item = "archive directory" if where >= at else [name for start, name in places if start <= where][-1]
        raise Broken(item, f"the archive is damaged here (byte {min(where, len(data))})")
    return files


# --- Merkle trees (RFC 6962 2.1) ---------------------------------------------------------------------------------------
def leaf_hash(data: bytes) -> bytes:
    """The hash of one journal entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def included(index: int, size: int, leaf: bytes, path: Sequence[bytes], head: bytes) -> bool:
    """True when the leaf stands at that place in the tree of that size and head."""
    at, last = index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            leaf = hashlib.sha256(b"\x01" + sibling + leaf).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            leaf = hashlib.sha256(b"\x01" + leaf + sibling).digest()
        at, last = at >> 1, last >> 1
    return 0 <= index < size and last == 0 and leaf == head


# --- bundles -----------------------------------------------------------------------------------------------------------
@dataclass
class Proven:
    """What was proven of a bundle: what MANIFEST says of it, the key, and the journal entries shown and withheld."""

    said: dict[str, str]
    key: Key
    files: int
    journal_size: int
    journal_head: str
    shown: list[int] = field(default_factory=list)
    withheld: list[int] = field(default_factory=list)


def read_manifest(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """What MANIFEST says of the bundle, and file name -> SHA-256. Raises Broken."""
    head, *lines = text.splitlines()
    if head != BUNDLE_HEAD:
        raise Broken(MANIFEST, "it is of another kind or version than this program knows")
    said, files = dict[str, str](), dict[str, str]()
    for line in lines:
        digest, two_blanks, name = line.partition("  ")
        if two_blanks and len(digest) == 64:
            files[name] = digest
        else:
            key, _, value = line.partition(": ")
            said[key] = value
    return said, files


def verify_bundle(data: bytes, keys: Sequence[Key]) -> Proven:
    """Prove a whole bundle. Raises Broken with the first item that is not as it was made."""
    files = unpack(data)
    text, key = open_note(MANIFEST, files.get(MANIFEST, b""), keys)
    said, named = read_manifest(text)
    for name, digest in {**dict.fromkeys(PARTS, ""), **named}.items():
        if name not in files or name not in named:
            raise Broken(name, "it is missing")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Broken(name, "it was changed after the bundle was made")
    for name in [name for name in files if name != MANIFEST and name not in named]:
        raise Broken(name, "it was added after the bundle was made")
    size, head = read_checkpoint(files[CHECKPOINT], keys)
    proven = Proven(said, key, len(named), size, head.hex())
    _verify_entries(files, proven, head)
    return proven


def insist_sealed(bundle: bytes, name: str, data: bytes) -> str:
    """That a proven bundle seals a file of these bytes by its hash, in words. Raises Broken when it does not."""
    if hashlib.sha256(data).hexdigest().encode() not in unpack(bundle).get(SEALED, b""):
        raise Broken(name, "the bundle seals no file of these bytes")
    return f"{name} is sealed in it"


def read_checkpoint(note: bytes, keys: Sequence[Key]) -> tuple[int, bytes]:
    """Size and head of the journal that a signed checkpoint speaks of. Raises Broken."""
    text, _ = open_note(CHECKPOINT, note, keys)
    try:
        _, number, said = text.splitlines()
        if not (number.isascii() and number.isdigit()):
            raise ValueError(number)
        return int(number), base64.b64decode(said, validate=True)
    except ValueError:
        raise Broken(CHECKPOINT, "it is of another form than this program knows") from None


def _verify_entries(files: Mapping[str, bytes], proven: Proven, head: bytes) -> None:
    try:
        rows = [
            (int(row["seq"]), bytes.fromhex(row["hash"]), [bytes.fromhex(h) for h in row["proof"]], row)
            for row in json.loads(files[INDEX])
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Broken(INDEX, "it is of another form than this program knows") from None
    for seq, digest, path, row in rows:
        item, name = f"journal entry {seq}", row.get("file")
        if name is not None:
            if (body := files.get(name)) is None:
                raise Broken(item, "its bytes are missing")
            if leaf_hash(body) != digest:
                raise Broken(item, "its bytes are not the ones that the journal holds")
            if json.loads(body).get("seq") != seq:
                raise Broken(item, "it carries another number")
        if not included(seq - 1, proven.journal_size, digest, path, head):
            raise Broken(item, "it does not stand in the journal of the checkpoint")
        (proven.withheld if name is None else proven.shown).append(seq)


def told(proven: Proven) -> str:
    """What was proven, for people."""
    said = "".join(f"  {name}: {value}\n" for name, value in proven.said.items())
    entries = f"{len(proven.shown)} journal entries shown, {len(proven.withheld)} withheld"
    entries += f"\n  journal of {proven.journal_size} entries, head {proven.journal_head}"
    files = f"{proven.files} files as they were packed"
    return f"PROVEN with key {proven.key.name} ({proven.key.id}).\n{said}  {files}\n  {entries}"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Prove a clearance bundle or a gate pass.")
    parser.add_argument("bundle", nargs="?", type=Path, help="the bundle (.zip)")
    parser.add_argument("--key", required=True, help="verifier key of the terminal, or a file with keys")
    parser.add_argument("--successions", type=Path, metavar="FILE", help="notes in which it names newer keys")
    parser.add_argument("--pass", dest="pass_text", metavar="TEXT", help="text of a gate pass")
    parser.add_argument("--revoked", type=Path, metavar="FILE", help="the signed list of revoked passes")
    parser.add_argument("--file", type=Path, action="append", default=[], help="a file that it seals")
    args = parser.parse_args(argv)
    if (args.bundle is None) == (args.pass_text is None):
        parser.error("give a bundle, or --pass TEXT")
    try:
        notes = args.successions.read_text(encoding="utf-8") if args.successions else ""
        keys = followed(read_keys(args.key), notes)
        if args.bundle is not None:
            data = args.bundle.read_bytes()
            sealed = (insist_sealed(data, one.name, one.read_bytes()) for one in args.file)
            sys.stdout.write("\n  ".join([told(verify_bundle(data, keys)), *sealed]) + "\n")
            return 0
        said = verify_pass(args.pass_text, keys, datetime.now(UTC))
        if args.revoked is not None:
            insist_not_revoked(said, args.revoked.read_bytes(), keys)
        sys.stdout.write("GENUINE\n" + "\n".join(f"  {name}: {value}" for name, value in said.items()) + "\n")
    except Broken as broken:
        sys.stdout.write(f"NOT PROVEN. {broken}.\n")
        return 1
    except OSError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
