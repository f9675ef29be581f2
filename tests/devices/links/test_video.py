"""A camera that streams: the newest frame is given, a stream that stops is opened again, codes in it are scans."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.config import load_devices
from devices.errors import ConfigProblem, LinkRefused
from devices.links.pictures import Picture
from devices.links.video import VideoStream
from devices.readings import ScanReading
from simulators.rtsp import RtspCamera
from tests.support.wires import Heard, fleet, run, until, within


def jpeg(frame: np.ndarray) -> bytes:
    sampling = [
        cv2.IMWRITE_JPEG_QUALITY,
        90,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    ]
    good, data = cv2.imencode(".jpg", frame, sampling)
    assert good
    return bytes(data)


def grey(level: int) -> bytes:
    return jpeg(np.full((240, 320, 3), level, np.uint8))


def qr(text: str) -> bytes:
    code = cv2.QRCodeEncoder.create().encode(text)
    code = cv2.resize(code, (300, 300), interpolation=cv2.INTER_NEAREST)
    frame = np.full((480, 640, 3), 255, np.uint8)
    frame[90:390, 170:470] = code[:, :, None]
    return jpeg(frame)


def level_of(picture: Picture) -> int:
    frame = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert frame.shape == (240, 320)
    return round(float(frame.mean()))


async def picture(stream: VideoStream) -> Picture:
    while True:
        try:
            found = await stream.next()
        except LinkRefused:
            found = None
        if found is not None:
            return found
        await asyncio.sleep(0.01)


async def refused(stream: VideoStream) -> None:
    """Ask until the stream is refused."""
    while True:
        await stream.next()
        await asyncio.sleep(0.01)


def test_the_newest_frame_is_given_and_a_lost_stream_comes_back() -> None:
    async def story() -> None:
        camera = RtspCamera(grey(60))
        await camera.start()
        stream = VideoStream(camera.url, stall_s=0.8)
        try:
            assert abs(level_of(await within(picture(stream))) - 60) <= 2
            camera.show(grey(200))
            while abs(level_of(await within(picture(stream))) - 200) > 2:
                pass
            camera.frozen = True
            with pytest.raises(LinkRefused, match="stopped sending"):
                await within(refused(stream))
            camera.frozen = False
            assert abs(level_of(await within(picture(stream))) - 200) <= 2
            port = camera.port
            await camera.stop()
            with pytest.raises(LinkRefused):
                await within(refused(stream))
            camera.port = port
            await camera.start()
            assert abs(level_of(await within(picture(stream))) - 200) <= 2
        finally:
            await stream.close()
            await camera.stop()

    run(story())


def test_a_code_in_a_stream_is_a_scan() -> None:
    async def story() -> None:
        camera, heard = RtspCamera(qr("KRV:BAY:A-12")), Heard()
        await camera.start()
        table = {
            "id": "cam",
            "kind": "camera",
            "url": camera.url,
            "point": "tally-1",
            "interval_s": 0.1,
            "agree": 1,
        }
        async with fleet([table], heard) as working:
            scan = (await until(lambda: heard.of(ScanReading), "the code"))[0]
            assert scan.text == "KRV:BAY:A-12"
            assert working.health_of("cam").ok
        await camera.stop()

    run(story())


def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        for url, code in (
            (f"v4l2://{tmp_path}/video9", "missing"),
            ("rtsp://127.0.0.1:9/live", "refused"),
        ):
            with pytest.raises(LinkRefused) as refused:
                await within(VideoStream(url).next())
            assert refused.value.code == code
        monkeypatch.delenv("CAMERA_SECRET", raising=False)
        locked = VideoStream("rtsp://camera.example/live", username="karvon", password_env="CAMERA_SECRET")
        with pytest.raises(LinkRefused, match="CAMERA_SECRET"):
            await locked.next()
        monkeypatch.setenv("CAMERA_SECRET", "p@ss/word")
        assert locked._source()[0] == "rtsp://karvon:p%40ss%2Fword@camera.example/live"
        assert "p%40ss" not in locked.where

    run(story())
    assert len(load_devices([{"id": "c", "kind": "camera", "url": "v4l2:///dev/video0", "point": "p"}])) == 1
    with pytest.raises(ConfigProblem):
        load_devices([{"id": "c", "kind": "camera", "url": "ftp://x", "point": "p"}])
