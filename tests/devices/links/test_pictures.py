"""Pictures from a camera address, a watched folder and a file, with every way they can fail."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.errors import REMEDIES, LinkRefused
from devices.links.pictures import MOST_BYTES, picture_source
from simulators.web import Answer, Request, WebServer
from tests.support.wires import run, within

JPEG = b"\xff\xd8\xff picture"


@asynccontextmanager
async def camera(answer: Answer, password: str = "") -> AsyncIterator[str]:
    async def serve(request: Request) -> Answer:
        wanted = "Basic " + base64.b64encode(f"gate:{password}".encode()).decode()
        if password and request.headers.get("authorization") != wanted:
            return Answer(401, b"", "text/plain", {"WWW-Authenticate": 'Basic realm="camera"'})
        return answer

    web = WebServer(serve)
    await web.start()
    try:
        yield f"http://127.0.0.1:{web.port}/snapshot.jpg"
    finally:
        await web.stop()


def test_a_snapshot_has_its_hash_and_type() -> None:
    async def story() -> None:
        async with camera(Answer(200, JPEG, "image/jpeg")) as url:
            source = picture_source(url)
            picture = await within(source.next())
            await source.close()
        assert picture is not None
        assert (picture.data, picture.media_type, len(picture.sha256)) == (JPEG, "image/jpeg", 64)

    run(story())


def test_a_camera_that_wants_a_password_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_SECRET", "steppe-wind")

    async def story() -> None:
        async with camera(Answer(200, JPEG, "image/jpeg"), password="steppe-wind") as url:
            source = picture_source(url, username="gate", password_env="CAMERA_SECRET")
            with pytest.raises(LinkRefused):
                await within(source.next())  # digest first; the camera offers basic only
            picture = await within(source.next())
            await source.close()
        assert picture is not None
        assert picture.data == JPEG

    run(story())


def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMERA_SECRET", raising=False)

    async def story() -> None:
        source = picture_source("http://127.0.0.1:9/x.jpg", username="gate", password_env="CAMERA_SECRET")
        with pytest.raises(LinkRefused, match="CAMERA_SECRET"):
            await source.next()
        await source.close()

    run(story())


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (Answer(403, b""), "denied", "answers 403"),
        (Answer(404, b""), "unusable", "answers 404"),
        (Answer(200, b""), "unusable", "empty picture"),
        (Answer(200, bytes(MOST_BYTES + 1)), "unusable", "video stream"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_remedy(answer: Answer, code: str, words: str) -> None:
    async def story() -> None:
        async with camera(answer) as url:
            source = picture_source(url)
            with pytest.raises(LinkRefused, match=words) as refused:
                await within(source.next())
            await source.close()
        assert refused.value.code == code
        assert refused.value.remedy in REMEDIES

    run(story())


def test_no_camera_at_all() -> None:
    async def story() -> None:
        source = picture_source("http://127.0.0.1:1/x.jpg")
        with pytest.raises(LinkRefused) as refused:
            await within(source.next())
        await source.close()
        assert refused.value.code == "unreachable"

    run(story())


def test_a_camera_that_never_answers_is_given_up() -> None:
    async def story() -> None:
        callers: list[asyncio.StreamWriter] = []
        silent = await asyncio.start_server(lambda _, writer: callers.append(writer), "127.0.0.1", 0)
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/x.jpg"
        source = picture_source(url, timeout_s=0.05)
        with pytest.raises(LinkRefused, match="in time"):
            await within(source.next())
        await source.close()
        silent.close()
        for writer in callers:
            writer.transport.abort()

    run(story())


def test_a_folder_gives_each_finished_file_once_oldest_first(tmp_path: Path) -> None:
    async def story() -> None:
        source = picture_source(f"folder://{tmp_path}")
        assert await source.next() is None
        for number, name in enumerate(["b.jpg", "a.PNG", "notes.txt"]):
            (tmp_path / name).write_bytes(name.encode())
            os.utime(tmp_path / name, (1000 + number, 1000 + number))
        assert await source.next() is None  # first sight: they may still be growing
        first, second = await source.next(), await source.next()
        assert first is not None
        assert second is not None
        assert (first.data, second.data) == (b"b.jpg", b"a.PNG")
        assert await source.next() is None
        # a growing file waits until it stands still
        (tmp_path / "c.jpg").write_bytes(b"c")
        assert await source.next() is None
        (tmp_path / "c.jpg").write_bytes(b"c more")
        assert await source.next() is None
        third = await source.next()
        assert third is not None
        assert third.data == b"c more"

    run(story())


def test_a_file_is_given_again_when_it_was_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "still.jpg"
        source = picture_source(str(path))
        with pytest.raises(LinkRefused, match="cannot be read"):
            await source.next()
        path.write_bytes(b"one")
        assert await source.next() is not None
        assert await source.next() is None
        path.write_bytes(b"other picture")
        assert await source.next() is not None

    run(story())


def test_a_missing_folder_is_a_refusal(tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(LinkRefused) as refused:
            await picture_source(f"folder://{tmp_path}/none").next()
        assert refused.value.remedy == "check_folder"

    run(story())
