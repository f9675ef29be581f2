"""What is wrong with this machine and its devices, and what to do about it, before anybody stands at the gate.

Looks only: it opens a port for a moment to see whether that works, and sends nothing.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from devices.adapters.camera import source_of
from devices.adapters.files import folder_of
from devices.adapters.wire import line_settings
from devices.config import AnyDevice, Camera, FolderDevice, Relay, Scale
from devices.errors import REMEDIES, LinkError, LinkRefused
from devices.links import make_link
from devices.links.holding import holders
from devices.links.push import PushLink
from devices.ports import group_of, stable_name
from devices.station import shown

Level = Literal["ok", "warn", "bad"]

#: programs that open every new serial port and talk to it
MEDDLERS = ("ModemManager", "brltty")
#: the clock of a machine without a battery starts here or earlier
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
OPEN_S = 6.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``about`` is a device id or ``machine``; ``remedy`` what to do, empty when ok."""

    level: Level
    about: str
    sentence: str
    remedy: str = ""


async def examine(configs: Sequence[AnyDevice], *, touch: bool = True) -> list[Finding]:
    """Everything that can be found out: the machine first, then each device.

    ``touch`` False leaves ports alone (for a fleet that is running already).
    """
    found = [*machine()]
    jobs = [_device(config, touch=touch) for config in configs]
    for findings in await asyncio.gather(*jobs):
        found += findings
    return found


def machine() -> list[Finding]:
    """Clock, groups and meddling programs of this machine."""
    return [*clock(datetime.now(UTC), synchronised()), *groups(), *meddlers(running())]


def clock(now: datetime, synced: bool | None) -> list[Finding]:
    """Judge the clock: records are only as good as their times."""
    if now < BUILT:
        return [
            Finding(
                "bad",
                "machine",
                f"The clock says {now:%d.%m.%Y}: it has lost the time.",
                "Set the clock and switch on time synchronisation (timedatectl set-ntp true); "
                "replace the battery of the machine.",
            )
        ]
    if synced is False:
        return [
            Finding(
                "warn",
                "machine",
                "The clock is not synchronised with a time server.",
                "Switch it on: timedatectl set-ntp true, or give the machine a time server on its own network.",
            )
        ]
    return [Finding("ok", "machine", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")]


def synchronised() -> bool | None:
    """Whether the kernel calls its clock synchronised (Linux); None where that cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    with suppress(OSError, AttributeError):
        # adjtimex with modes 0 reads only; 5 (TIME_ERROR) means not synchronised, -1 not permitted
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(1024))
        return None if state < 0 else state != 5
    return None


def groups() -> list[Finding]:
    """Whether this user may open serial ports at all (POSIX)."""
    if os.name != "posix" or os.geteuid() == 0:
        return []
    import grp  # noqa: PLC0415 -- POSIX only

    mine = {group.gr_gid for group in grp.getgrall() if group.gr_gid in os.getgroups()}
    for name in ("dialout", "uucp"):
        with suppress(KeyError):
            if grp.getgrnam(name).gr_gid not in mine:
                return [
                    Finding(
                        "warn",
                        "machine",
                        f"This user is not in the group {name}, which owns serial ports here.",
                        REMEDIES["join_dialout"],
                    )
                ]
            return [Finding("ok", "machine", f"This user is in the group {name}.")]
    return []


def meddlers(names: Iterable[str]) -> list[Finding]:
    """Programs that take serial ports for themselves."""
    return [
        Finding(
            "warn",
            "machine",
            f"{name} is running: it opens every new serial port and talks to it.",
            f"Remove it, or keep it away from the adapters by a udev rule ({name}).",
        )
        for name in MEDDLERS
        if name in set(names)
    ]


def running(proc: Path = Path("/proc")) -> list[str]:
    """Names of running programs; empty where there is no /proc."""
    names = []
    for comm in proc.glob("[0-9]*/comm"):
        with suppress(OSError):
            names.append(comm.read_text(encoding="utf-8", errors="replace").strip())
    return names


async def _device(config: AnyDevice, *, touch: bool) -> list[Finding]:
    if not config.enabled:
        return [Finding("ok", config.id, "Switched off in the configuration.")]
    found = [*naming(config), *verification(config, datetime.now(UTC))]
    if touch and not config.url.startswith("push:"):
        found.append(await _open(config))
    return found


def naming(config: AnyDevice) -> list[Finding]:
    """Port names that change after a replug or a restart."""
    url = config.url
    if not url.startswith("/dev/tty") or url.startswith(("/dev/ttyS", "/dev/ttyAMA")):
        return []
    better = stable_name(url)
    return [
        Finding(
            "warn",
            config.id,
            f"{url} may be another device after a replug or restart.",
            f'Write url = "{better}" instead.'
            if better != url
            else "Use its name under /dev/serial/by-id when the device is plugged in.",
        )
    ]


def verification(config: AnyDevice, now: datetime) -> list[Finding]:
    """Scales whose verification has run out or soon will."""
    if not isinstance(config, Scale):
        return []
    until = config.verified_until
    if until is None:
        return [
            Finding(
                "warn",
                config.id,
                "There is no verification date: weights of this scale are never evidence.",
                "Set verified_until to the date on the certificate.",
            )
        ]
    today = now.astimezone().date()
    if today > until:
        return [Finding("bad", config.id, f"The verification ran out on {until}.", REMEDIES["verify_scale"])]
    if until - today < timedelta(days=30):
        return [Finding("warn", config.id, f"The verification runs out on {until}.", "Call metrology now.")]
    return []


async def _open(config: AnyDevice) -> Finding:
    where = shown(config.url)
    try:
        async with asyncio.timeout(OPEN_S):
            if isinstance(config, Camera):
                await _picture(config)
            elif isinstance(config, FolderDevice):
                folder = folder_of(config.url)
                if not await asyncio.to_thread(os.access, folder, os.R_OK | os.X_OK):
                    return Finding("bad", config.id, f"{folder} cannot be read.", REMEDIES["check_folder"])
            else:
                settings = line_settings(config) if not isinstance(config, Relay) else {}
                link = make_link(config.url, settings)
                if isinstance(link, PushLink):
                    return Finding("ok", config.id, "Waits for what the device sends by HTTP.")
                try:
                    await link.open()
                finally:
                    await link.close()
    except LinkError as error:
        return Finding("bad", config.id, error.sentence, _advice(config, error))
    except TimeoutError:
        return Finding("bad", config.id, f"{where} does not open in time.", REMEDIES["check_network"])
    return Finding("ok", config.id, f"{where} can be opened.")


async def _picture(config: Camera) -> None:
    source = source_of(config)
    try:
        await source.next()
    finally:
        await source.close()


def _advice(config: AnyDevice, error: LinkError) -> str:
    code = error.code if isinstance(error, LinkRefused) else ""
    if code == "busy" and not urlsplit(config.url).scheme:
        who = [name for name in holders(config.url) if not name.endswith(f"({os.getpid()})")]
        if who:
            return f"Held by {', '.join(who)}: stop it there."
    if code == "denied" and not urlsplit(config.url).scheme:
        return f"Add this user to the group {group_of(config.url) or 'dialout'}, then sign in again."
    return error.advice
