"""TCP links on real sockets: calling and being called, early bytes, hang-ups, ghosts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from devices.errors import LinkLost, LinkRefused
from devices.links import make_link
from devices.links.push import PushLink
from devices.links.tcp import TcpClientLink, TcpServerLink
from tests.support.wires import run, until, within


@asynccontextmanager
async def server(greeting: bytes = b"") -> AsyncIterator[tuple[int, list[asyncio.StreamWriter], list[bytes]]]:
    peers: list[asyncio.StreamWriter] = []
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        peers.append(writer)
        try:
            while data := await reader.read(100):
                heard.append(data)
        except OSError:
            pass
        finally:
            writer.close()

    made = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield made.sockets[0].getsockname()[1], peers, heard
    finally:
        made.close()
        for writer in peers:
            writer.transport.abort()


def test_what_a_device_says_before_we_listen_is_not_lost() -> None:
    async def story() -> None:
        async with server(b"hello\r") as (port, peers, heard):
            link = make_link(f"socket://127.0.0.1:{port}", {})
            await link.open()
            assert await within(link.read()) == b"hello\r"
            await link.write(b"SI\r\n")
            await until(lambda: b"".join(heard) == b"SI\r\n")
            peers[0].transport.abort()
            with pytest.raises(LinkLost):
                await within(link.read())
            await link.close()
            with pytest.raises(LinkLost):
                await link.write(b"x")

    run(story())


def test_a_polite_hang_up_is_a_lost_link_too() -> None:
    async def story() -> None:
        async with server() as (port, peers, _):
            link = TcpClientLink("127.0.0.1", port)
            await link.open()
            await until(lambda: peers)
            peers[0].close()
            with pytest.raises(LinkLost, match="closed the connection"):
                await within(link.read())
            await link.close()

    run(story())


def test_nobody_there_is_refused_with_a_remedy() -> None:
    async def story() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            link = TcpClientLink("127.0.0.1", free.getsockname()[1])
            with pytest.raises(LinkRefused, match="refuses the connection") as refused:
                await within(link.open())
        assert refused.value.remedy == "free_session"
        with pytest.raises(LinkRefused) as unknown:
            await within(TcpClientLink("no-such-host.invalid", 1).open())
        assert unknown.value.remedy == "check_network"

    run(story())


def test_a_dead_peer_is_looked_for() -> None:
    async def story() -> None:
        async with server() as (port, _, _heard):
            link = TcpClientLink("127.0.0.1", port)
            await link.open()
            assert link._writer is not None
            sock = link._writer.get_extra_info("socket")
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
            await link.close()

    run(story())


def test_the_device_calls_us_and_the_newest_caller_wins() -> None:
    async def story() -> None:
        link = TcpServerLink("127.0.0.1", 0)
        await link.open()
        assert "Waiting for the device" in link.note
        _, ghost = await asyncio.open_connection("127.0.0.1", link.port)
        ghost.write(b"half a fr")
        assert [await within(link.read()), await within(link.read())] == [b"", b"half a fr"]
        assert link.note == ""
        reader, fresh = await asyncio.open_connection("127.0.0.1", link.port)
        fresh.write(b"whole")
        # the break between the two callers is told, so that no frame is glued together from both
        assert [await within(link.read()), await within(link.read())] == [b"", b"whole"]
        await link.write(b"answer")
        assert await within(reader.readexactly(6)) == b"answer"
        fresh.close()
        await until(lambda: "hung up" in link.note)
        with pytest.raises(LinkLost):
            await link.write(b"x")
        await link.close()
        with pytest.raises(LinkLost):
            await within(link.read())
        ghost.close()

    run(story())


def test_a_taken_port_is_named() -> None:
    async def story() -> None:
        first = TcpServerLink("127.0.0.1", 0)
        await first.open()
        second = make_link(f"listen://127.0.0.1:{first.port}", {})
        with pytest.raises(LinkRefused, match="is taken") as refused:
            await second.open()
        assert refused.value.remedy == "choose_port"
        await second.close()
        await first.close()

    run(story())


def test_pushed_messages_stay_apart() -> None:
    async def story() -> None:
        link = PushLink()
        await link.open()
        await link.feed(b"<one/>")
        await link.feed(b"<two/>")
        assert [await link.read() for _ in range(4)] == [b"<one/>", b"", b"<two/>", b""]
        with pytest.raises(LinkLost, match="only sends"):
            await link.write(b"x")
        await link.close()
        with pytest.raises(LinkLost):
            await within(link.read())

    run(story())
