"""The supervisor never gives up and never spins."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import LinkLost, LinkRefused
from devices.links.supervise import Backoff, Line, LinkReport
from tests.support.wires import run, until, within


class Wire:
    """A link that does what its script says: ``open`` refuses or not, ``read`` gives bytes, then the wire is lost."""

    def __init__(self, refuse: bool, says: list[bytes]) -> None:
        self.note = ""
        self.refuse, self.says = refuse, says
        self.closed = 0

    async def open(self) -> None:
        if self.refuse:
            raise LinkRefused("There is no port.", code="missing", remedy="plug_in")

    async def read(self) -> bytes:
        if not self.says:
            raise LinkLost("gone")
        return self.says.pop(0)

    async def write(self, data: bytes) -> None:
        self.says.append(data)

    async def close(self) -> None:
        self.closed += 1


def test_bytes_go_on_over_refusals_and_losses() -> None:
    async def story() -> None:
        wires = [
            Wire(True, []),
            Wire(True, []),
            Wire(False, [b"a"]),
            Wire(True, []),
            Wire(False, [b"b", b"c"]),
        ]
        todo = list(wires)
        reports: list[LinkReport] = []
        backoff = Backoff(first=0.001, most=0.004)
        line = Line(lambda: todo.pop(0), report=reports.append, backoff=backoff)
        with pytest.raises(LinkLost):
            await line.write(b"x")
        assert [await within(line.read()) for _ in range(5)] == [b"a", b"", b"b", b"c", b""]
        assert [r.state for r in reports if r.state != "opening"] == [
            "refused",
            "refused",
            "open",
            "lost",
            "refused",
            "open",
            "lost",
        ]
        assert all(wire.closed for wire in wires)
        assert all(r.sentence and r.retry_in for r in reports if r.state in {"refused", "lost"})

    run(story())


def test_a_peer_that_accepts_and_hangs_up_is_not_hammered() -> None:
    """The pause grows although every opening succeeds; it starts afresh only after a long life."""

    async def story() -> None:
        now = 0.0
        reports: list[LinkReport] = []
        line = Line(
            lambda: Wire(False, []),
            report=reports.append,
            backoff=Backoff(first=0.0005, most=0.008, jitter=0),
            monotonic=lambda: now,
        )
        for _ in range(7):
            assert await within(line.read()) == b""
        pauses = [r.retry_in for r in reports if r.state == "lost"]
        assert pauses == [0.0005, 0.001, 0.002, 0.004, 0.008, 0.008, 0.008]
        assert line.link is None

    run(story())


def test_after_a_long_life_the_pause_is_short_again() -> None:
    backoff = Backoff(jitter=0)
    assert [backoff.next() for _ in range(6)] == [0.5, 1, 2, 4, 8, 10]
    backoff.lived(1)
    assert backoff.next() == 10
    backoff.lived(60)
    assert backoff.next() == 0.5


@given(st.integers(0, 10_000))
def test_pauses_are_bounded_and_never_nothing(failures: int) -> None:
    backoff = Backoff(failures=failures)
    assert 0.3 <= backoff.next() <= 10


def test_stopping_in_the_middle_of_anything_gives_the_wire_back() -> None:
    async def story() -> None:
        wires: list[Wire] = []

        class Slow(Wire):
            async def open(self) -> None:
                await asyncio.Event().wait()

        def make() -> Wire:
            wires.append(Slow(False, []))
            return wires[-1]

        line = Line(make, report=lambda _: None)
        reading = asyncio.create_task(line.read())
        await until(lambda: wires)
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await line.close()
        assert wires[0].closed == 1

    run(story())
