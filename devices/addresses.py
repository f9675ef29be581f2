"""Addresses of devices as written in a configuration, and which devices may share one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: Schemes that a device URL may have; everything else is refused with the list.
SERIAL_SCHEMES = ("rfc2217", "spy", "alt", "hwgrep", "loop")
TCP_SCHEMES = ("socket", "tcp")
PICTURE_SCHEMES = ("http", "https", "file", "folder", "rtsp", "rtsps", "v4l2")


def check_url(url: str) -> str:
    """The URL itself if a link can be made for it. Raises ``ValueError`` with the forms that are known."""
    if url.startswith("/") or re.fullmatch(r"COM[0-9]{1,3}", url):
        return url
    parts = urlsplit(url)
    known = (*SERIAL_SCHEMES, *TCP_SCHEMES, "listen", "push", "modbus", *PICTURE_SCHEMES)
    if parts.scheme not in known:
        raise ValueError(
            f"{url!r} is no device address; write a port (/dev/serial/by-id/..., COM4) or one of "
            f"{', '.join(s + '://' for s in known)}"
        )
    if parts.scheme == "modbus" and not parts.hostname:
        raise ValueError(f"{url!r} needs a host, e.g. modbus://192.0.2.10:502")
    if parts.scheme in (*TCP_SCHEMES, "listen", "rfc2217"):
        try:
            port = parts.port
        except ValueError:
            port = None
        if port is None or not (parts.hostname or parts.scheme == "listen"):
            raise ValueError(f"{url!r} needs a host and a port number, e.g. {parts.scheme}://192.0.2.10:4001")
    return url


def signal_bytes(text: str) -> bytes:
    r"""The bytes of a signal written as text with ``\xHH``, ``\r``, ``\n`` escapes. Raises ``ValueError``."""
    out = bytearray()
    for match in re.finditer(r"\\x([0-9A-Fa-f]{2})|\\([rnt\\])|([\x00-\x5b\x5d-\x7f])|(.)", text, re.DOTALL):
        hexa, short, char, bad = match.groups()
        if bad:
            raise ValueError(f"signal {text!r}: {bad!r} is no ASCII character; write bytes as \\x1B")
        if hexa:
            out.append(int(hexa, 16))
        elif short:
            out += {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}[short]
        else:
            out += char.encode("ascii")
    return bytes(out)
