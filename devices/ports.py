"""The serial ports of this machine: names that stay, who may open them, who holds them."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from devices.links.holding import holders


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


class NoSuchPort(ValueError):  # noqa: N818 -- the name says what happened
    """What was typed is no port and no address; the sentence says what was looked for and what comes near."""


def port_typed(text: str, dev: Path = Path("/dev")) -> str:
    """The address that somebody means on a command line. Raises :class:`NoSuchPort`.

    URLs, absolute paths and ``COM4`` stay. Besides: a path from the present folder, a name in ``/dev`` (``ttyUSB0``), a
    name under ``/dev/serial/by-id`` or a part of it that only one has (``FTDI``), and ``192.0.2.10:4001``. Symbolic links
    stay what they are: after a replug they point elsewhere.
    """
    text = text.strip()
    if "://" in text or text.startswith("/"):
        return text
    if re.fullmatch(r"(?i)COM[0-9]{1,3}", text):
        return text.upper()
    if text.startswith("~"):
        text = os.path.expanduser(text)
    if text and os.path.exists(text):
        return os.path.abspath(text)
    if re.fullmatch(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}", text):
        return f"tcp://{text}"
    if text and "/" not in text and (dev / text).exists():
        return str(dev / text)
    names = [name for folder in ("by-id", "by-path") for name in _names(dev / "serial" / folder)]
    exact = [name for name in names if name.name == text]
    parts = [name for name in names if text and text.casefold() in name.name.casefold()]
    for found in (exact, parts):
        if len({os.path.realpath(name) for name in found}) == 1:
            return str(found[0])
    if parts:
        raise NoSuchPort(
            f"{text!r} fits several ports: {', '.join(name.name for name in parts)}. Write more of the name."
        )
    near = difflib.get_close_matches(text, [name.name for name in names] + _dev_names(dev), n=3, cutoff=0.75)
    hint = (
        f" Did you mean {' or '.join(near)}?"
        if near
        else " `karvon devices ports` lists those that are there."
    )
    raise NoSuchPort(
        f"There is no port {text!r}: not in this folder, not in {dev}, not in {dev}/serial/by-id.{hint}"
    )


def _names(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _dev_names(dev: Path) -> list[str]:
    return [name.name for name in _names(dev) if name.name.startswith(("ttyUSB", "ttyACM", "ttyS", "ttyAMA"))]


def group_of(path: str) -> str:
    """The group that owns a port; empty where there is no such thing."""
    try:
        import grp  # noqa: PLC0415 -- POSIX only

        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError, ImportError):
        return ""
