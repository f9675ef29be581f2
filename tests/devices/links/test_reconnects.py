"""A thousand reconnects on a TCP port and on a serial port that comes and goes: nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from devices.links import make_link
from devices.links.supervise import Backoff, Line
from tests.support.wires import Pty, run, until, within

TIMES = 1000
#: Python objects that may stay after a thousand reconnects: caches that fill once
GROWN_BYTES = 200_000

#: lets the other side appear, say one word and go away; the argument waits until the word was heard
Round = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


async def _thousand(line: Line, once: Round, opened: Counter[str], *, calls: bool) -> None:
    """Reconnect so many times; files, threads, tasks and memory must be what they were after the first fifty.

    ``calls``: between rounds the line is open again; otherwise there is nothing to open.
    """
    heard = bytearray()

    async def listen() -> None:
        while True:
            heard.extend(await line.read())

    async def word() -> None:
        await until(lambda: heard.endswith(b"."), "the word of this round")
        heard.clear()

    def standing() -> tuple[int, int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count(), len(asyncio.all_tasks())

    listening = asyncio.create_task(listen())
    try:
        for _ in range(50):
            await once(word)
        await until(lambda: (line.link is not None) == calls)
        gc.collect()
        before = standing()
        tracemalloc.start()
        first = tracemalloc.take_snapshot()
        for _ in range(TIMES - 50):
            await once(word)
        await until(lambda: (line.link is not None) == calls)
        gc.collect()
        grown = sum(one.size_diff for one in tracemalloc.take_snapshot().compare_to(first, "filename"))
        with suppress(AssertionError):  # said below, with the figures
            await until(lambda: all(now <= then for now, then in zip(standing(), before, strict=True)))
        after = standing()
    finally:
        tracemalloc.stop()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await line.close()
    assert opened["open"] >= TIMES
    assert all(now <= then + 2 for now, then in zip(after, before, strict=True)), (before, after)
    assert grown < GROWN_BYTES, f"{grown} bytes of objects stayed"


def _line(url: str, reports: Counter[str]) -> Line:
    backoff = Backoff(first=0.001, most=0.002)
    return Line(
        lambda: make_link(url, {}), report=lambda report: reports.update((report.state,)), backoff=backoff
    )


@pytest.mark.slow
def test_a_thousand_hang_ups_of_a_network_device_leave_nothing_behind() -> None:
    async def story() -> None:
        peers: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

        async def called(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await peers.put(writer)

        server = await asyncio.start_server(called, "127.0.0.1", 0)

        async def once(word: Callable[[], Awaitable[None]]) -> None:
            writer = await within(peers.get())
            writer.write(b"123.")
            await word()
            writer.close()

        reports: Counter[str] = Counter()
        port = server.sockets[0].getsockname()[1]
        try:
            await _thousand(_line(f"socket://127.0.0.1:{port}", reports), once, reports, calls=True)
        finally:
            server.close()
            while not peers.empty():
                peers.get_nowait().transport.abort()

    run(story())


@pytest.mark.slow
def test_a_thousand_unplugged_adapters_leave_nothing_behind(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "scale")
        pty.unplug()
        reports: Counter[str] = Counter()
        line = _line(str(tmp_path / "scale"), reports)

        async def once(word: Callable[[], Awaitable[None]]) -> None:
            pty.plug()
            await until(lambda: line.link is not None, "the port is open")
            pty.write(b"123.")
            await word()
            pty.unplug()
            await until(lambda: line.link is None, "the loss is noticed")

        await _thousand(line, once, reports, calls=False)

    run(story())
