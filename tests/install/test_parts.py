"""What Karvon is made of: every locked part stands in the bill of materials, with its hashes, and may be audited."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

HOUSE = Path(__file__).parents[2]
SBOM = HOUSE / "requirements" / "karvon.cdx.json"


def test_the_bill_of_materials_is_that_of_the_locks(tmp_path: Path) -> None:
    """The tool that writes it also proves that it is CycloneDX 1.6."""
    made = tmp_path / "again.json"
    subprocess.run(
        [sys.executable, str(HOUSE / ".ci" / "make-sbom"), str(made)], check=True, capture_output=True
    )
    assert made.read_text(encoding="utf-8") == SBOM.read_text(encoding="utf-8"), "run `make sbom`"
    told = json.loads(SBOM.read_text(encoding="utf-8"))
    parts = {(one["name"], one["version"]): one for one in told["components"]}
    lock = (HOUSE / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    assert {(name, version) for name, version in locked} <= set(parts)
    assert all(one["hashes"] for one in parts.values())
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert hashes == {h["content"] for one in parts.values() for h in one["hashes"] if h["alg"] == "SHA-256"}
    assert "htmx.org" in {name for name, _ in parts}
    assert "axe-core" not in {name for name, _ in parts}, "what only tests is not built in"
    assert "://" not in json.dumps({**told, "$schema": ""}), "no address"


def test_the_wheel_carries_it(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(asked, cwd=HOUSE, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [one for one in archive.namelist() if "/sboms/" in one]
        assert archive.read(name) == SBOM.read_bytes()


def test_every_lock_has_a_hash_for_everything() -> None:
    for lock in sorted((HOUSE / "requirements").glob("*.txt")):
        parts = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
        bare = [part.splitlines()[0] for part in parts if "==" in part and "--hash=sha256:" not in part]
        assert bare == [], lock.name


def test_an_audit_that_asked_nobody_says_so() -> None:
    """Where the lists cannot be reached an audit fails, or (where that is allowed) says that it did not happen."""
    script = ["sh", str(HOUSE / ".ci" / "audit")]
    bare = {**os.environ, "PYTHON": sys.executable, "AUDIT_OPTIONS": "-s osv --osv-url http://127.0.0.1:9/"}
    bare.pop("KARVON_AUDIT", None)
    strict = subprocess.run(script, env=bare, capture_output=True, text=True, check=False)
    lenient = subprocess.run(
        script, env={**bare, "KARVON_AUDIT": "where-possible"}, capture_output=True, text=True, check=False
    )
    assert (strict.returncode, lenient.returncode) == (3, 0)
    assert "NOT AUDITED" in strict.stderr
    assert "NOT AUDITED" in lenient.stderr
