"""Labels on a printer with a TCP port that behaves as printers do: it tells, it stops, it falls silent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from devices.printing import WHY, PrintResult, checked, firmware_of, print_label
from devices.protocols.results import Message
from devices.protocols.zpl import ZplHs
from devices.readings import EventReading
from tests.support.wires import Heard, fleet, run, until

LABEL = "^XA^CI28^FO20,20^FDТермез^FS^XZ"


class Printer:
    """Prints one label each time its status is asked; ``words`` stop it, ``silent`` makes it deaf."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.words_after: list[str] | None = None
        self.silent = False
        self.silent_after = False
        self.stuck = False
        self.waiting: list[str] = []
        self.printed: list[str] = []
        self.peers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.add(writer)
        host, own = ZplHs(direction="host_to_device"), ZplHs()
        with suppress(OSError):
            while data := await reader.read(1000):
                if data == b"~HI":
                    writer.write(b"\x02ZT410-203dpi ZPL,V75.20.15Z,8,8176KB\x03\r\n")
                    continue
                for result in host.feed(data):
                    if not isinstance(result, Message):
                        continue
                    if result.fields["command"] == "print":
                        self.waiting.append(str(result.fields["zpl"]))
                        self.words = self.words if self.words_after is None else self.words_after
                        self.silent = self.silent_after
                    elif not self.silent:
                        left = len(self.waiting)
                        status = {"status": self.words, "formats_in_buffer": left, "labels_remaining": left}
                        writer.write(own.encode(Message(status)))
                        if self.waiting and not self.words and not self.stuck:
                            self.printed.append(self.waiting.pop(0))
        self.peers.discard(writer)
        writer.close()

    @asynccontextmanager
    async def listening(self) -> Any:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for writer in list(self.peers):
                writer.transport.abort()


def printing(printer: Printer, **more: Any) -> PrintResult:
    async def story() -> PrintResult:
        async with printer.listening() as url:
            return await print_label(url, LABEL, **more)

    return run(story())


def test_a_ready_printer_prints_and_says_so() -> None:
    printer = Printer()
    result = printing(printer)
    assert (result.state, result.ok) == ("printed", True)
    assert printer.printed == [LABEL]


@pytest.mark.parametrize("word", [word for word in WHY if word not in {"no_answer", "slow"}])
def test_a_printer_that_is_not_ready_gets_nothing_and_says_why(word: str) -> None:
    printer = Printer()
    printer.words = [word]
    result = printing(printer)
    assert (result.state, result.status, result.sentence) == ("not_sent", (word,), WHY[word][0])
    assert printer.waiting == printer.printed == []


def test_a_printer_that_runs_out_holds_the_label_and_it_is_not_sent_again() -> None:
    printer = Printer()
    printer.words_after = ["paper_out"]
    result = printing(printer)
    assert (result.state, result.labels_left) == ("held", 1)
    assert "no labels" in result.sentence
    assert "do not send it again" in result.sentence
    assert printer.waiting == [LABEL]


def test_silence_means_not_ready_before_and_unknown_after() -> None:
    printer = Printer()
    printer.silent = True
    assert printing(printer).state == "not_sent"
    assert printer.waiting == []
    other = Printer()
    other.silent_after = True
    result = printing(other)
    assert (result.state, result.status) == ("unknown", ("no_answer",))


def test_a_printer_that_never_finishes_is_not_waited_for() -> None:
    printer = Printer()
    printer.stuck = True
    assert printing(printer, wait_s=0.3).status == ("slow",)


def test_nobody_there_and_half_a_format() -> None:
    async def story() -> None:
        result = await print_label("socket://127.0.0.1:9", LABEL)
        assert (result.state, result.remedy) == ("not_sent", "free_session")

    run(story())
    for half in ("", "^XA^FDx", "hello", "^XZ"):
        with pytest.raises(ValueError, match=r"\^XA"):
            checked(half)


def test_model_and_firmware() -> None:
    async def story() -> None:
        async with Printer().listening() as url:
            assert await firmware_of(url) == "ZT410-203dpi ZPL, V75.20.15Z"

    run(story())


def test_a_printer_of_the_fleet_is_watched_and_printed_on_over_one_connection() -> None:
    async def story() -> None:
        printer, heard = Printer(), Heard()
        printer.words = ["head_open"]
        async with printer.listening() as url:
            table = {"id": "labels", "kind": "printer", "protocol": "zpl_hs", "url": url, "point": "tally-1"}
            async with fleet([table], heard) as working:
                await until(lambda: working.health_of("labels").code == "head_open")
                assert working.health_of("labels").sentence == WHY["head_open"][0]
                assert (await working.print("labels", LABEL)).state == "not_sent"
                printer.words = []
                results = await asyncio.gather(*(working.print("labels", LABEL) for _ in range(3)))
                assert [result.state for result in results] == ["printed"] * 3
                assert printer.printed == [LABEL] * 3
                assert len(printer.peers) == 1
                assert working.health_of("labels").ok
                assert [r.fields["status"] for r in heard.of(EventReading)] == [["head_open"], []]

    run(story())
