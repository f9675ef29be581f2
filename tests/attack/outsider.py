"""What somebody outside has: an address, what is printed on papers, and what they stole. Knows nothing of the program."""

from __future__ import annotations

import base64
import io
import json
import socket
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROWS = b"Description,Qty,Packages,Gross kg\n"


@dataclass
class Outsider:
    """Speaks to one port, with whatever was stolen."""

    port: int
    stolen: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the terminal is."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request with the stolen headers; redirects are not followed."""
        with httpx.Client(base_url=self.address, timeout=60, trust_env=False) as client:
            return client.request(method, path, headers={**self.stolen, **(headers or {})}, **more)

    def write(self, path: str, nonce: str | None = None, **body: Any) -> httpx.Response:
        """A write with a nonce, as pages and devices send it."""
        return self.ask("POST", f"/api/v1{path}", json={"nonce": nonce or str(uuid.uuid4()), **body})

    def raw(self, sent: bytes) -> bytes:
        """Bytes as no client would send them; what comes back until the line is closed or silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(sent)
            got = b""
            while b"\r\n\r\n" not in got and (piece := line.recv(65536)):
                got += piece
        return got


def forged_pass(genuine: str, **changed: Any) -> str:
    """A gate pass like a genuine one, with other facts, signed with a key of one's own."""
    prefix, _, body = genuine.rpartition(":")
    packed = base64.b32decode(body + "=" * (-len(body) % 8))
    start, end = packed.index(b"{"), packed.rindex(b"}") + 1
    said = {**json.loads(packed[start:end]), **changed}
    payload = json.dumps(said, separators=(",", ":")).encode()
    signature = Ed25519PrivateKey.generate().sign(payload)
    made = base64.b32encode(packed[:start] + payload + signature).decode().rstrip("=")
    return f"{prefix}:{made}"


def zip_bomb(size: int = 260_000_000) -> bytes:
    """A workbook that unpacks to very much more than it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(size // 1_000_000):
                sheet.write(b"0" * 1_000_000)
    return out.getvalue()


def xml_bomb() -> bytes:
    """A workbook whose text expands a thousand million times, and reaches for a file."""
    layers = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    evil = (
        f'<!DOCTYPE x [<!ENTITY b0 "boom">{layers}<!ENTITY f SYSTEM "file:///etc/passwd">]><sst>&b9;&f;</sst>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", f'<?xml version="1.0"?>{evil}')
        archive.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?>{evil}')
    return out.getvalue()
