"""Static files: cached for ever under today's build, found under an older one, and nothing outside the folder."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette

from terminal.web.rendering import static, static_build
from terminal.web.static_files import find, mount_static


class Client:
    """Asks one application, without a network."""

    def __init__(self) -> None:
        self.app = Starlette()
        mount_static(self.app)

    def get(self, address: str, encoding: str = "identity") -> httpx.Response:
        """One request of somebody who can unpack that."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://karvon.test") as client:
                return await client.get(address, headers={"accept-encoding": encoding})

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def client(assets: None) -> Client:
    return Client()


def test_todays_address_is_kept_for_ever(client: Client) -> None:
    answer = client.get(static("css/tokens.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


def test_an_older_address_still_works_but_is_not_kept(client: Client) -> None:
    answer = client.get("/static/000000000000/js/page.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "name", ["vendor/zxing/zxing_reader.wasm", "vendor/fonts/fonts.css", "vendor/icons.svg", "vendor/htmx.js"]
)
def test_what_others_made_is_there(client: Client, name: str) -> None:
    assert client.get(static(name)).status_code == 200


def test_text_comes_compressed_to_those_who_can_unpack_it(client: Client) -> None:
    plain = client.get(static("css/cargo.css"))
    packed = client.get(static("css/cargo.css"), "br, gzip;q=0.8")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"].startswith("text/css")
        assert answer.headers["cache-control"].endswith("immutable")
    assert "content-encoding" not in client.get(static("css/cargo.css"), "gzip;q=0").headers
    assert "content-encoding" not in client.get(static("vendor/fonts/fonts.css"), "").headers
    fonts = client.get(static("vendor/fonts/inter-latin-wght-normal.woff2"), "gzip")
    assert "content-encoding" not in fonts.headers, "it is compressed already"


@pytest.mark.parametrize(
    "name",
    ["../rendering.py", "js/../../rendering.py", "/etc/passwd", "", ".", "no-such-file", "css", "js/\0"],
)
def test_nothing_outside_is_given(name: str) -> None:
    assert find(name) is None


def test_dots_in_the_address_lead_nowhere(client: Client) -> None:
    assert client.get(f"/static/{static_build()}/%2e%2e/rendering.py").status_code == 404
