"""Every way in which a camera can fail has a state, a sentence and a remedy; a recording is played like a camera."""

from __future__ import annotations

import asyncio
import errno
import os
import pty
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from devices.errors import REMEDIES, LinkRefused
from devices.links.camera_faults import node_fault, node_refusal
from devices.links.video import VideoStream
from devices.readings import ScanReading
from tests.support.wires import Heard, fleet, run, until, within


async def refusal(url: str, **more: Any) -> LinkRefused:
    stream = VideoStream(url, **more)
    try:
        with pytest.raises(LinkRefused) as refused:
            await within(stream.next(), 20)
    finally:
        await stream.close()
    assert refused.value.remedy in REMEDIES
    return refused.value


@pytest.mark.parametrize(
    ("number", "code", "remedy"),
    [
        (errno.ENOENT, "missing", "plug_in_camera"),
        (errno.ENODEV, "missing", "plug_in_camera"),
        (errno.ENXIO, "missing", "plug_in_camera"),
        (errno.EACCES, "denied", "join_video"),
        (errno.EPERM, "denied", "join_video"),
        (errno.EBUSY, "busy", "close_camera"),
        (errno.EIO, "unusable", "check_video"),
    ],
)
def test_what_the_system_says_of_a_node_is_a_state(number: int, code: str, remedy: str) -> None:
    found = node_refusal("/dev/video7", "Camera /dev/video7", OSError(number, os.strerror(number)))
    assert (found.code, found.remedy) == (code, remedy)
    assert "/dev/video7" in found.sentence


def test_nodes_that_are_not_there_or_no_cameras(tmp_path: Path) -> None:
    absent = node_fault(str(tmp_path / "video0"), "Camera")
    assert absent is not None
    assert absent.code == "missing"
    (tmp_path / "video1").write_bytes(b"")
    for path, word in ((tmp_path / "video1", "file"), (tmp_path, "folder")):
        odd = node_fault(str(path), "Camera")
        assert odd is not None
        assert (odd.code, word in odd.sentence) == ("unusable", True)
    (tmp_path / "video2").symlink_to("/dev/null")
    assert node_fault(str(tmp_path / "video2"), "Camera") is None
    found = run(refusal(f"v4l2://{tmp_path}/video2"))
    assert found.code in {"unusable", "busy"}


def test_a_node_that_another_program_has_is_busy_and_the_program_is_named(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    (tmp_path / "video3").symlink_to(os.ttyname(theirs))
    program = "import os, sys; fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, os.ttyname(theirs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        found = run(refusal(f"v4l2://{tmp_path}/video3"))
        assert (found.code, found.remedy) == ("busy", "close_camera")
        assert f"({other.pid})" in found.sentence
        other.communicate(b"\n")
    os.close(ours)
    os.close(theirs)


def film(path: Path, *, code: str, frames: int = 30) -> None:
    """A short film of one code, ten pictures a second."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    symbol = cv2.resize(cv2.QRCodeEncoder.create().encode(code), (300, 300), interpolation=cv2.INTER_NEAREST)
    frame = np.full((480, 640, 3), 255, np.uint8)
    frame[90:390, 170:470] = symbol[:, :, None]
    for _ in range(frames):
        writer.write(frame)
    writer.release()


def test_a_recording_is_a_camera_until_it_ends_and_begins_again(tmp_path: Path) -> None:
    film(tmp_path / "gate.avi", code="KRV:BAY:B-07", frames=6)

    async def story() -> None:
        heard = Heard()
        table = {
            "id": "film",
            "kind": "camera",
            "point": "gate",
            "url": f"file://{tmp_path}/gate.avi",
            "interval_s": 0.1,
            "agree": 1,
        }
        async with fleet([table], heard) as working:
            scan = (await until(lambda: heard.of(ScanReading)))[0]
            assert scan.text == "KRV:BAY:B-07"
            await until(lambda: working.health_of("film").code == "ended")
            await until(lambda: working.health_of("film").ok)
        (tmp_path / "odd.avi").write_bytes(b"no film")
        assert (await refusal(f"file://{tmp_path}/odd.avi")).code == "unusable"
        assert (await refusal(f"file://{tmp_path}/none.avi")).code == "missing"

    run(story())


@asynccontextmanager
async def answering(line: bytes) -> Any:
    """A network camera that gives one answer to everything."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(line + b"\r\nCSeq: 1\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    async with server:
        yield f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/live"


@pytest.mark.parametrize(
    ("line", "user", "code", "words"),
    [
        (b"RTSP/1.0 401 Unauthorized", None, "denied", "asks for a user name"),
        (b"RTSP/1.0 401 Unauthorized", "karvon", "denied", "does not accept"),
        (b"RTSP/1.0 404 Not Found", None, "missing", "no stream of that name"),
        (b"RTSP/1.0 453 Not Enough Bandwidth", None, "busy", "as many viewers"),
        (b"HTTP/1.0 400 Bad Request", None, "unreachable", "gives no picture"),
    ],
)
def test_what_a_network_camera_answers_is_a_state(
    line: bytes, user: str | None, code: str, words: str
) -> None:
    async def story() -> None:
        async with answering(line) as url:
            found = await refusal(url, username=user)
            assert found.code == code
            assert words in found.sentence

    run(story())


def test_a_network_camera_that_is_off_and_one_without_rtsp() -> None:
    found = run(refusal("rtsp://127.0.0.1:9/live"))
    assert (found.code, "port 9" in found.sentence) == ("refused", True)
