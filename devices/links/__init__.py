"""The wires: the only input and output of this room. A link knows nothing of what travels on it.

Every failure is a :class:`devices.errors.LinkRefused` or :class:`devices.errors.LinkLost` with a sentence
and a remedy. :func:`make_link` chooses the link for a URL; :mod:`devices.links.supervise` keeps it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit


class Link(Protocol):
    """One wire. Opened once, closed once; the supervisor makes a new one for each attempt."""

    #: what the link is waiting for, as a sentence; empty when all is well
    note: str

    async def open(self) -> None:
        """Raises :class:`LinkRefused`."""
        ...

    async def read(self) -> bytes:
        """Whatever arrived, at least one byte; ``b""`` when the other end was exchanged without the link
        being lost, so that half a frame is given up. Raises :class:`LinkLost`."""
        ...

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises :class:`LinkLost`."""
        ...

    async def close(self) -> None:
        """Give the wire back; a read that waits raises :class:`LinkLost`. Never raises; may be called twice."""
        ...


def make_link(url: str, line: Mapping[str, Any]) -> Link:
    """The link for a device URL. ``line`` holds the serial settings; TCP links ignore them.

    Raises ``ValueError`` for a URL that no link serves (the configuration has refused it before).
    """
    # imported here, so that the process that only reads a configuration needs no pyserial
    from devices.links.push import PushLink  # noqa: PLC0415
    from devices.links.serial import SerialLink  # noqa: PLC0415
    from devices.links.tcp import TcpClientLink, TcpServerLink  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme == "modbus":
        from devices.links.modbus import PORT, ModbusLink  # noqa: PLC0415 -- pymodbus only where it is used

        return ModbusLink(parts.hostname or "", parts.port or PORT)
    if parts.scheme in {"socket", "tcp"}:
        return TcpClientLink(parts.hostname or "", parts.port or 0)
    if parts.scheme == "listen":
        return TcpServerLink(parts.hostname or "0.0.0.0", parts.port or 0)  # noqa: S104 -- written by the integrator
    if parts.scheme == "push":
        return PushLink()
    if parts.scheme in {"http", "https", "file", "folder"}:
        raise ValueError(f"{url!r} gives pictures, not bytes")
    return SerialLink(url, line)
