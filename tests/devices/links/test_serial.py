"""Serial links on real pseudo-terminals: bytes, unplugging, a busy port, a missing port, no leaks."""

from __future__ import annotations

import asyncio
import errno
import os
import termios
import threading
from pathlib import Path

import pytest
import serial

from devices.errors import REMEDIES, LinkLost, LinkRefused
from devices.links import make_link
from devices.links.serial import SerialLink, refusal
from tests.support.wires import Pty, bytewise, run, until, within

LINE = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1}


async def collect(link: SerialLink, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += await within(link.read())
    return data


def test_bytes_arrive_whole_and_in_order_however_they_are_cut(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()
        sent = bytes(range(256)) * 3
        for byte in bytewise(sent):
            pty.write(byte)
        assert await collect(link, len(sent)) == sent
        pty.write(sent)
        assert await collect(link, len(sent)) == sent
        await link.close()

    run(story())


def test_what_the_host_writes_reaches_the_device(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()
        await link.write(b"SI\r\n")
        assert await asyncio.to_thread(pty.read) == b"SI\r\n"
        await link.close()

    run(story())


def test_a_line_with_parity_opens_again_and_again(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        for number in range(3):
            link = SerialLink(str(pty.path), {"baudrate": 2400, "bytesize": 7, "parity": "E", "stopbits": 1})
            await within(link.open())
            pty.write(b"%d" % number)
            assert await collect(link, 1) == b"%d" % number
            await link.close()

    run(story())


def test_a_driver_that_knows_no_such_parity_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(serial.Serial):
        def open(self) -> None:
            raise termios.error(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(serial, "Serial", Stubborn)

    async def story() -> None:
        with pytest.raises(LinkRefused, match="Invalid argument"):
            await within(SerialLink("/dev/ttyS77", LINE).open())

    run(story())


def test_unplugging_is_a_lost_link_and_bytes_before_it_are_not_lost(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()
        pty.write(b"last words")
        assert await collect(link, 10) == b"last words"
        pty.unplug()
        with pytest.raises(LinkLost, match="is gone"):
            await within(link.read())
        with pytest.raises(LinkLost):
            await link.write(b"anybody?")
        await link.close()

    run(story())


def test_a_read_that_waits_ends_when_the_link_is_closed(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()
        waiting = asyncio.create_task(link.read())
        await asyncio.sleep(0)
        await link.close()
        with pytest.raises(LinkLost):
            await within(waiting)
        await link.close()

    run(story())


def test_a_port_that_another_reader_holds_is_busy(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        first, second = SerialLink(str(pty.path), LINE), SerialLink(str(pty.path), LINE)
        await first.open()
        with pytest.raises(LinkRefused, match="Another program uses") as refused:
            await second.open()
        assert (refused.value.code, refused.value.remedy) == ("busy", "close_other")
        await second.close()
        await first.close()
        third = SerialLink(str(pty.path), LINE)
        await third.open()
        await third.close()

    run(story())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/dev/there-is-no-such-port", "missing"),
        ("rfc2217://127.0.0.1:1", "unusable"),
        ("spy:///dev/there-is-no-such-port?colour=blue", "unusable"),
    ],
)
def test_a_port_that_does_not_open_says_why_and_what_to_do(url: str, code: str) -> None:
    async def story() -> None:
        link = make_link(url, LINE)
        with pytest.raises(LinkRefused) as refused:
            await within(link.open())
        await link.close()
        assert refused.value.code == code
        assert refused.value.remedy in REMEDIES
        assert refused.value.advice

    run(story())


def test_a_port_of_another_group_names_the_remedy() -> None:
    denied = refusal("/dev/tty", serial.SerialException(errno.EACCES, "could not open port"))
    assert (denied.code, denied.remedy) == ("denied", "join_dialout")
    assert "belongs to the group" in denied.sentence
    assert "dialout" in denied.advice


def test_a_loop_that_does_not_listen_holds_back_the_wire_and_loses_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()
        os.set_blocking(pty.master, False)
        sent = 0
        block = bytes(1000)
        for _ in range(400):  # far more than inbox and kernel hold together
            try:
                sent += os.write(pty.master, block)
            except BlockingIOError:
                if link.waiting >= 64 * 1024:
                    break
                await asyncio.sleep(0.002)
        assert sent < 200_000
        assert link.waiting < 80_000
        assert len(await collect(link, sent)) == sent
        await link.close()

    run(story())


def test_a_hundred_replugs_leave_no_thread_and_no_file(tmp_path: Path) -> None:
    async def story() -> None:
        before = threading.active_count(), len(os.listdir("/dev/fd"))
        pty = Pty(tmp_path / "port")
        for number in range(100):
            link = SerialLink(str(pty.path), LINE)
            await link.open()
            await link.write(b"?")
            pty.write(b"%d" % number)
            assert await collect(link, len(str(number))) == b"%d" % number
            pty.unplug()
            with pytest.raises(LinkLost):
                await within(link.read())
            await link.close()
            pty.plug()
        pty.unplug()
        await until(lambda: threading.active_count() <= before[0] + 1, "threads end")
        assert len(os.listdir("/dev/fd")) <= before[1]

    run(story())


def test_a_hurried_device_never_looks_like_a_lost_one(tmp_path: Path) -> None:
    """Bytes that arrive while the loop is busy taking earlier ones wake it for nothing: that is no hang-up."""

    async def story() -> None:
        pty = Pty(tmp_path / "port")
        link = SerialLink(str(pty.path), LINE)
        await link.open()

        def hurry() -> None:
            for _ in range(3000):
                pty.write(b"0123456789")

        hurrying = asyncio.create_task(asyncio.to_thread(hurry))
        assert await collect(link, 30_000) == b"0123456789" * 3000
        await hurrying
        await link.close()

    run(story())
