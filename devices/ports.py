"""The serial ports of this machine: names that stay, who may open them, who holds them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port. ``stable`` is the name to put into a configuration; the same as ``path`` if there is no better."""

    path: str
    stable: str
    description: str
    usb: str
    serial_number: str
    group: str
    allowed: bool
    holders: tuple[str, ...]


def list_serial_ports() -> list[PortInfo]:
    """All serial ports, by name."""
    return sorted(
        (
            PortInfo(
                path=port.device,
                stable=stable_name(port.device),
                description=port.description if port.description != "n/a" else "",
                usb=f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else "",
                serial_number=port.serial_number or "",
                group=group_of(port.device),
                allowed=os.access(port.device, os.R_OK | os.W_OK),
                holders=tuple(holders(port.device)),
            )
            for port in list_ports.comports()
        ),
        key=lambda info: info.path,
    )


def stable_name(path: str, root: Path = Path("/dev/serial")) -> str:
    """The name under ``by-id`` (or ``by-path`` when the adapter has no serial number) of a port, else the port."""
    real = os.path.realpath(path)
    for folder in ("by-id", "by-path"):
        try:
            names = sorted((root / folder).iterdir())
        except OSError:
            continue
        for name in names:
            if os.path.realpath(name) == real:
                return str(name)
    return path


def group_of(path: str) -> str:
    """The group that owns a port; empty where there is no such thing."""
    try:
        import grp  # noqa: PLC0415 -- POSIX only

        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError, ImportError):
        return ""


def holders(path: str, proc: Path = Path("/proc")) -> Iterator[str]:
    """Programs that have the port open, as ``name (pid)``; those of other users only show to root."""
    try:
        wanted = os.stat(path)
    except OSError:
        return
    if not stat.S_ISCHR(wanted.st_mode):
        return
    real = os.path.realpath(path)
    for process in sorted(proc.glob("[0-9]*")):
        try:
            if any(os.path.realpath(fd) == real for fd in (process / "fd").iterdir()):
                yield f"{(process / 'comm').read_text(encoding='utf-8').strip()} ({process.name})"
        except OSError:
            continue  # gone meanwhile, or not ours to look into
