"""Serial ports through pyserial: one thread for each port around blocking reads, handed to the event loop.

Only that thread opens and closes the port, because closing a port under a reader is a race in pyserial.
Any exception out of pyserial means that the port is gone: an unplugged adapter shows up as
``SerialException``, ``OSError``, ``TypeError`` or ``ValueError`` depending on system and moment.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import serial

from devices.errors import LinkLost, LinkRefused

try:
    from termios import error as TermiosError  # noqa: N812 -- no OSError: what a driver that knows no such parity says
except ImportError:  # not on Windows
    TermiosError = OSError  # type: ignore[assignment, misc]

#: everything that pyserial has been seen to raise when a device goes away or a driver will not do what it is told
GONE = (serial.SerialException, OSError, TermiosError, TypeError, ValueError, AttributeError)
READ_S = 0.2
WRITE_S = 1.0
#: bytes that may wait for the event loop before the thread stops reading; the kernel then holds the rest
INBOX = 64 * 1024


class SerialLink:
    """One port; ``line`` holds pyserial settings (``baudrate``, ``parity`` ...), ``dtr`` and ``rts``."""

    def __init__(self, url: str, line: Mapping[str, Any]) -> None:
        self.url = url
        self.note = ""
        self._line = dict(line)
        self._dtr = bool(self._line.pop("dtr", False))
        self._rts = bool(self._line.pop("rts", False))
        self._port: Any = None
        self._stop = threading.Event()
        self._space = threading.Event()
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._bytes = bytearray()
        self._arrived = asyncio.Event()
        self._finished = asyncio.Event()
        self._opened: asyncio.Future[None] | None = None
        self._fault: LinkLost | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: ThreadPoolExecutor | None = None

    @property
    def waiting(self) -> int:
        """Bytes that have arrived and were not read yet."""
        with self._lock:
            return len(self._bytes)

    async def open(self) -> None:
        """Open in the port's own thread. Raises :class:`LinkRefused`."""
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._thread = threading.Thread(target=self._work, name=f"port {self.url}", daemon=True)
        self._thread.start()
        try:
            await self._opened
        except BaseException:
            self._stop.set()
            raise

    async def read(self) -> bytes:
        """Whatever arrived. Raises :class:`LinkLost`."""
        while True:
            await self._arrived.wait()
            with self._lock:
                data = bytes(self._bytes)
                self._bytes.clear()
                if self._fault is None:
                    self._arrived.clear()
            self._space.set()
            if data:
                return data
            if self._fault is not None:
                raise self._fault
            # woken for bytes that the last read took along already

    async def write(self, data: bytes) -> None:
        """Send all of it; a full buffer or dead port raises :class:`LinkLost`."""
        if self._loop is None or self._fault is not None or self._stop.is_set():
            raise LinkLost(f"{self.url} is not open.")
        if self._writer is None:
            self._writer = ThreadPoolExecutor(1, thread_name_prefix=f"write {self.url}")
        await self._loop.run_in_executor(self._writer, self._write, data)

    async def close(self) -> None:
        """Stop the thread and wait until it has given the port back."""
        self._stop.set()
        self._space.set()
        if self._writer is not None:
            self._writer.shutdown(wait=False, cancel_futures=True)
        if self._thread is not None:
            # a driver that hangs in open or close must not hang the whole fleet
            with suppress(TimeoutError):
                async with asyncio.timeout(5 * READ_S + WRITE_S):
                    await self._finished.wait()
        self._fault = self._fault or LinkLost(f"{self.url} was closed.", remedy="none")
        self._arrived.set()

    def _write(self, data: bytes) -> None:
        with self._write_lock:
            port = self._port
            if port is None:
                raise LinkLost(f"{self.url} is not open.")
            try:
                port.write(data)
            except serial.SerialTimeoutException:
                raise LinkLost(f"{self.url} takes no more bytes.", remedy="check_wiring") from None
            except GONE as error:
                raise LinkLost(f"{self.url} is lost: {error}.") from None

    def _work(self) -> None:
        """The thread: open, read until told to stop or the port fails, close."""
        port: Any = None
        try:
            try:
                port = open_port(self.url, self._line, dtr=self._dtr, rts=self._rts)
            except LinkRefused as refused:
                self._tell(self._refuse, refused)
                return
            self._port = port
            self._tell(self._accept)
            self._pump(port)
        finally:
            with self._write_lock:
                self._port = None
                if port is not None:
                    with suppress(*GONE):
                        port.close()
            self._tell(self._finished.set)

    def _pump(self, port: Any) -> None:
        while not self._stop.is_set():
            try:
                data = port.read(1)
                if data:
                    # what came with it, without waiting for more
                    data += port.read(min(int(port.in_waiting), 4095))
            except GONE as error:
                self._fault = LinkLost(f"{self.url} is gone: {short(error)}.")
                self._tell(self._arrived.set)
                return
            if not data:
                continue
            with self._lock:
                self._bytes += data
                full = len(self._bytes) >= INBOX
                self._space.clear()
            self._tell(self._arrived.set)
            while full and not self._stop.is_set():
                full = not self._space.wait(READ_S)

    def _tell(self, call: Callable[..., object], *args: object) -> None:
        """Run ``call`` in the event loop; a loop that is closed already needs nothing any more."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(call, *args)

    def _accept(self) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_result(None)

    def _refuse(self, refused: LinkRefused) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(refused)


def open_port(url: str, line: Mapping[str, Any], *, dtr: bool, rts: bool) -> Any:
    """An open pyserial port with exclusive access and short time-outs. Raises :class:`LinkRefused`.

    A symbolic link such as ``/dev/serial/by-id/...`` is resolved at every call: after a replug it points
    at another node.
    """
    if _is_pseudo_terminal(url):
        line = {}  # it has no line: the C library refuses parity there, but only from the second time on
    try:
        port = serial.serial_for_url(url, do_not_open=True, timeout=READ_S, write_timeout=WRITE_S, **line)
    except (ValueError, serial.SerialException) as error:
        raise LinkRefused(
            f"{url} cannot be used: {short(error)}.", code="unusable", remedy="check_path"
        ) from None
    try:
        # before opening, because many bridges and some indicators reset on a pulse of DTR
        port.dtr, port.rts = dtr, rts
        if os.name == "posix" and "://" not in url:
            port.exclusive = True
        port.open()
    except GONE as error:
        with suppress(*GONE):
            port.close()
        raise refusal(url, error) from None
    return port


def _is_pseudo_terminal(url: str) -> bool:
    return os.name == "posix" and "://" not in url and os.path.realpath(url).startswith("/dev/pts/")


def refusal(url: str, error: BaseException) -> LinkRefused:
    """Why a port did not open, with what to do about it."""
    number = getattr(error, "errno", None)
    if "://" not in url and os.path.exists(url) and not stat.S_ISCHR(os.stat(url).st_mode):
        what = "folder" if os.path.isdir(url) else "file"
        return LinkRefused(f"{url} is a {what}, not a port.", code="unusable", remedy="check_path")
    if number in {errno.ENOENT, errno.ENODEV, errno.ENXIO} or isinstance(error, FileNotFoundError):
        return LinkRefused(f"There is no port {url}.", code="missing", remedy="plug_in")
    if number in {errno.EACCES, errno.EPERM}:
        return LinkRefused(f"This user may not open {url}{owner(url)}.", code="denied", remedy="join_dialout")
    if number in {errno.EBUSY, errno.EAGAIN} or "exclusively lock" in str(error):
        return LinkRefused(f"Another program uses {url}.", code="busy", remedy="close_other")
    return LinkRefused(f"{url} does not open: {short(error)}.", code="unusable", remedy="check_path")


def owner(url: str) -> str:
    """``; it belongs to the group dialout`` where that can be found out."""
    try:
        info = os.stat(url)
        import grp  # noqa: PLC0415 -- POSIX only

        if stat.S_ISCHR(info.st_mode):
            return f"; it belongs to the group {grp.getgrgid(info.st_gid).gr_name}"
    except (OSError, KeyError, ImportError):
        pass
    return ""


def short(error: BaseException) -> str:
    """One line of an exception, without a full stop at its end."""
    return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
