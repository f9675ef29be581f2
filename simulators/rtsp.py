"""A simulated network camera with RTSP: JPEG frames over RTP inside the RTSP connection (RFC 2326, RFC 2435).

Enough of the protocol for a recorder that asks for interleaved transport. ``show`` changes what the camera sees,
``freeze`` stops the frames while the connection stays, ``stop`` pulls the plug.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

#: frames a second, and bytes of picture in one packet
RATE_HZ = 10
CHUNK = 1400
_CLOCK = 90_000


class RtspCamera:
    """Serves one stream on the loopback."""

    def __init__(self, jpeg: bytes, port: int = 0) -> None:
        self.port = port
        self.frozen = False
        self.sent = 0
        self._picture = _Jpeg(jpeg)
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address for a device configuration."""
        return f"rtsp://127.0.0.1:{self.port}/live"

    def show(self, jpeg: bytes) -> None:
        """What the camera sees from now on: a baseline JPEG with sides that divide by 16."""
        self._picture = _Jpeg(jpeg)

    async def start(self) -> None:
        """Listen; port 0 takes a free number and keeps it."""
        self._server = await asyncio.start_server(self._peer, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everybody."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._peers):
            writer.transport.abort()

    async def _peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.add(writer)
        playing: asyncio.Task[None] | None = None
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while True:
                    if await reader.readexactly(1) == b"$":  # what the receiver says of the stream
                        head = await reader.readexactly(3)
                        await reader.readexactly(int.from_bytes(head[1:], "big"))
                        continue
                    request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    method = request.split(" ", 1)[0]
                    writer.write(self._answer(method, request))
                    if method.endswith("LAY") and playing is None:  # the first letter was read above
                        playing = asyncio.create_task(self._play(writer))
                    if method.endswith("EARDOWN"):
                        break
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
            self._peers.discard(writer)
            writer.close()

    def _answer(self, method: str, request: str) -> bytes:
        numbers = [line for line in request.split("\r\n") if line.lower().startswith("cseq:")]
        lines = ["RTSP/1.0 200 OK", *(numbers or ["CSeq: 0"]), "Session: 1;timeout=60"]
        body = ""
        if method.endswith("PTIONS"):
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method.endswith("ESCRIBE"):
            body = (
                "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
                "m=video 0 RTP/AVP 26\r\na=control:track\r\n"
            )
            lines += ["Content-Type: application/sdp", f"Content-Base: {self.url}/"]
        elif method.endswith("ETUP"):
            lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        sequence = 0
        with suppress(OSError):
            for number in range(1 << 30):
                if not self.frozen:
                    for packet in self._picture.packets(sequence, number * _CLOCK // RATE_HZ):
                        sequence += 1
                        writer.write(b"$\x00" + len(packet).to_bytes(2, "big") + packet)
                    self.sent += 1
                    await writer.drain()
                await asyncio.sleep(1 / RATE_HZ)


class _Jpeg:
    """The parts of a baseline JPEG that travel: quantisation tables and the coded picture."""

    def __init__(self, data: bytes) -> None:
        tables: dict[int, bytes] = {}
        at = 2
        while True:
            marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            part = data[at + 4 : at + 2 + size]
            if marker == 0xDB:
                while part:
                    tables[part[0] & 15], part = part[1:65], part[65:]
            elif marker == 0xC0:
                self.height, self.width = int.from_bytes(part[1:3], "big"), int.from_bytes(part[3:5], "big")
                self.kind = 1 if part[7] == 0x22 else 0
            at += 2 + size
            if marker == 0xDA:
                break
        if self.width % 16 or self.height % 16:
            raise ValueError(f"the sides of the picture must divide by 16, not {self.width} x {self.height}")
        self.tables = tables[0] + tables.get(1, tables[0])
        self.scan = data[at : data.rindex(b"\xff\xd9")]

    def packets(self, sequence: int, stamp: int) -> list[bytes]:
        """RTP packets of one frame."""
        found: list[bytes] = []
        for offset in range(0, len(self.scan), CHUNK):
            piece = self.scan[offset : offset + CHUNK]
            last = offset + CHUNK >= len(self.scan)
            head = bytes((0x80, 26 | (0x80 if last else 0)))
            head += ((sequence + len(found)) & 0xFFFF).to_bytes(2, "big")
            head += (stamp & 0xFFFFFFFF).to_bytes(4, "big") + b"KRVN"
            head += b"\x00" + offset.to_bytes(3, "big")
            head += bytes((self.kind, 255, self.width // 8, self.height // 8))
            if offset == 0:
                head += b"\x00\x00" + len(self.tables).to_bytes(2, "big") + self.tables
            found.append(head + piece)
        return found
