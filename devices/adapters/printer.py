"""Label printers in the fleet: asked for their status now and then, and printed on over the same connection."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from devices.adapters.events import EventAdapter
from devices.config import EventDevice
from devices.errors import LinkError
from devices.printing import ANSWER_S, LABEL_S, PrintResult, checked, print_on, stopped
from devices.protocols.results import Label, Message, Weight
from devices.station import Station

#: seconds between two questions while nothing is printed
ASK_S = 10.0


class PrinterAdapter(EventAdapter):
    """One printer. Its status becomes a reading when it changes; one label is printed after the other."""

    def __init__(self, config: EventDevice, station: Station) -> None:
        super().__init__(config, station)
        self._answer: asyncio.Future[Mapping[str, Any]] | None = None
        self._known: object = None

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """Reading, watching, and asking."""
        return [*super().jobs(), self._look()]

    async def take(self, result: Weight | Label | Message) -> None:
        """A status: for whoever asked, and as a reading when it is news."""
        if not isinstance(result, Message) or "ready" not in result.fields:
            return
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(result.fields)
        words = list(result.fields["status"])
        self._show(words)
        if words != self._known:
            self._known = words
            await super().take(result)

    async def ask(self) -> Mapping[str, Any] | None:
        """The printer's status, None when it stays silent. Raises :class:`LinkError`."""
        self._answer = asyncio.get_running_loop().create_future()
        await self.send(self.codec.poll() or b"")
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._answer
        except TimeoutError:
            self.station.counters.timeouts += 1
            self._show(["no_answer"])
            return None

    async def print(self, zpl: str | bytes, wait_s: float = LABEL_S) -> PrintResult:
        """Print formats; see :func:`devices.printing.print_label`. Raises ``ValueError`` for half a format."""
        data = checked(zpl)
        async with self.asking:
            try:
                return await print_on(self, data, wait_s=wait_s)
            except LinkError as error:
                return PrintResult("not_sent", error.sentence, error.remedy)

    def _show(self, words: list[str]) -> None:
        if not words:
            self.station.state("live", "live", "The printer is ready.")
            return
        told = stopped("not_sent", words)
        self.station.state("no_data", words[0], told.sentence, told.remedy)

    async def _look(self) -> None:
        while True:
            if self.line.link is None:
                await asyncio.sleep(0.2)
                continue
            async with self.asking:
                try:
                    await self.ask()
                except LinkError:
                    continue  # the reader opens the link again
            await asyncio.sleep(ASK_S)
