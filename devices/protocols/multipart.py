"""Parts of a ``multipart`` body, as cameras post them. Pure and strict about size, lenient about headers."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: most parts of one body and longest header block of one part
PART_LIMIT, HEADER_LIMIT = 16, 4096

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[;\s](file)?name\s*=\s*\"?([^\";\r\n]*)", re.IGNORECASE)
_TYPE = re.compile(rb"content-type:\s*([^;\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: form ``name``, ``filename`` and ``content_type`` as sent (empty when not), and its bytes."""

    name: str
    filename: str
    content_type: str
    body: bytes

    @property
    def is_jpeg(self) -> bool:
        """By its first bytes: some firmware labels pictures ``application/octet-stream``."""
        return self.body.startswith(b"\xff\xd8\xff")

    @property
    def is_xml(self) -> bool:
        """By label or by its first character."""
        return "xml" in self.content_type.lower() or self.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def parts(body: bytes, boundary: bytes) -> list[Part]:
    """The parts between ``--boundary`` lines up to ``--boundary--``.

    Raises ``ValueError`` for a part without a blank line behind its header, a huge header or too many parts.
    """
    found: list[Part] = []
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(?=--|\r?\n)", body)
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        if len(found) == PART_LIMIT:
            raise ValueError(f"more than {PART_LIMIT} parts")
        blank = _BLANK_LINE.search(piece, 0, HEADER_LIMIT)
        if not blank:
            raise ValueError("a part has no blank line behind its header")
        header = piece[: blank.start()]
        names = {bool(m[1]): m[2].decode("utf-8", "replace") for m in _NAME.finditer(header)}
        kind = _TYPE.search(header)
        found.append(
            Part(
                names.get(False, ""),
                names.get(True, ""),
                kind[1].decode("latin-1") if kind else "",
                piece[blank.end() :],
            )
        )
    return found


def compose(items: list[Part], boundary: bytes) -> bytes:
    """The body that :func:`parts` takes apart again."""
    out = bytearray()
    for item in items:
        out += b"--" + boundary + b"\r\nContent-Disposition: form-data; "
        out += f'name="{item.name}"; filename="{item.filename}"\r\n'.encode()
        out += f"Content-Type: {item.content_type}\r\nContent-Length: {len(item.body)}\r\n\r\n".encode()
        out += item.body + b"\r\n"
    return bytes(out + b"--" + boundary + b"--\r\n")
