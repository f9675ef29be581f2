"""Why a camera gives no picture: one state with a sentence and a remedy for each way in which it can fail.

OpenCV only says that nothing came. Here the node, the programs that hold it, or the camera's own RTSP answer are asked.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
from contextlib import suppress
from urllib.parse import urlsplit

from devices.errors import LinkRefused
from devices.links.holding import holders
from devices.links.serial import owner, short

RTSP_PORT = 554
ASK_S = 3.0
_STATUS = re.compile(rb"RTSP/1\.[01] ([0-9]{3})")


def node_fault(path: str, where: str) -> LinkRefused | None:
    """What keeps a camera node of this machine from being opened at all; None when it can be opened."""
    try:
        info = os.stat(path)
    except OSError as error:
        return node_refusal(path, where, error)
    if not stat.S_ISCHR(info.st_mode):
        return LinkRefused(
            f"{path} is no camera but a {'folder' if stat.S_ISDIR(info.st_mode) else 'file'}.",
            code="unusable",
            remedy="check_video",
        )
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0)))
    except OSError as error:
        return node_refusal(path, where, error)
    return None


def node_refusal(path: str, where: str, error: OSError) -> LinkRefused:
    """The refusal for what the system said of a node."""
    if error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR}:
        return LinkRefused(f"There is no camera {path}.", code="missing", remedy="plug_in_camera")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return LinkRefused(f"This user may not open {path}{owner(path)}.", code="denied", remedy="join_video")
    if error.errno in {errno.EBUSY, errno.EAGAIN}:
        return busy(path)
    return LinkRefused(f"{where} does not open: {short(error)}.", code="unusable", remedy="check_video")


def busy(path: str) -> LinkRefused:
    """Somebody else has the camera; named where that can be seen."""
    others = [name for name in holders(path) if not name.endswith(f"({os.getpid()})")]
    who = f": {', '.join(others[:3])}" if others else ""
    return LinkRefused(f"Another program uses {path}{who}.", code="busy", remedy="close_camera")


def node_gives_nothing(path: str, where: str) -> LinkRefused:
    """A node that opened and gave no picture, or gave some and stopped: unplugged, taken, or no camera."""
    fault = node_fault(path, where)
    if fault is not None:
        return fault
    if any(not name.endswith(f"({os.getpid()})") for name in holders(path)):
        return busy(path)
    return LinkRefused(
        f"{where} opens but gives no picture: it may be the second node of a camera, which carries no pictures.",
        code="unusable",
        remedy="check_video",
    )


async def stream_gives_nothing(url: str, where: str, *, with_password: bool) -> LinkRefused:
    """Why a network camera gives no picture, by what it answers when it is asked to describe its stream."""
    parts = urlsplit(url)
    if parts.scheme != "rtsp":
        return _odd(where)
    host, port = parts.hostname or "", parts.port or RTSP_PORT
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    question = (
        f"DESCRIBE {plain} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\nUser-Agent: karvon\r\n\r\n"
    )
    writer = None
    try:
        async with asyncio.timeout(ASK_S):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(question.encode("utf-8", "replace"))
            line = await reader.readline()
    except ConnectionRefusedError:
        return LinkRefused(
            f"{where} is there, but nothing answers on port {port}: is RTSP switched on in its menu?",
            code="refused",
            remedy="check_camera",
        )
    except (OSError, TimeoutError):
        return LinkRefused(
            f"{where} does not answer: is it switched on, and is the address right?",
            code="unreachable",
            remedy="check_network",
        )
    finally:
        if writer is not None:
            with suppress(OSError):
                writer.close()
    found = _STATUS.match(line)
    return _said(int(found[1]) if found else 0, where, with_password=with_password)


def _said(status: int, where: str, *, with_password: bool) -> LinkRefused:
    if status in {401, 403}:
        sentence = (
            f"{where} does not accept this user name and password."
            if with_password
            else f"{where} asks for a user name and a password."
        )
        return LinkRefused(sentence, code="denied", remedy="check_camera")
    if status == 404:
        return LinkRefused(f"{where} has no stream of that name.", code="missing", remedy="check_camera")
    if status in {453, 503}:
        return LinkRefused(f"{where} serves as many viewers as it can.", code="busy", remedy="close_camera")
    if status == 200:
        return LinkRefused(
            f"{where} answers but sends no pictures that can be read: set it to H.264 or MJPEG.",
            code="no_picture",
            remedy="restart_device",
        )
    return _odd(where)


def _odd(where: str) -> LinkRefused:
    return LinkRefused(
        f"{where} gives no picture: is the address right and the camera on?",
        code="unreachable",
        remedy="check_camera",
    )
