"""Scales: follow the weight, notice loads, and give a stable weight with its trace when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import date
from typing import Any, Literal

from devices.adapters.wire import WireAdapter
from devices.config import Scale
from devices.errors import LinkError
from devices.live import PHASE_REASON, Live, NotWeighed
from devices.protocols.results import Label, Message, Noise, Weight
from devices.readings import WeightReading, new_id
from devices.stable import Decision, Rules, StableWeight
from devices.station import Station

#: on a shared wire: how long an answer may take (unless `answer_s` is set), and the longest pause before a device
#: that does not answer is asked again
SHARED_ANSWER_S = 0.3
SHARED_PAUSE_S = 5.0


class ScaleAdapter(WireAdapter):
    """One scale, asked (``polled`` protocols) or listened to."""

    config: Scale

    def __init__(self, config: Scale, station: Station) -> None:
        super().__init__(config, station)
        self.weigher = StableWeight(Rules.of(config))
        self._answered = asyncio.Event()
        self._judged: asyncio.Condition = asyncio.Condition()

    @property
    def asks(self) -> bool:
        """As the protocol usually works, unless the configuration says otherwise."""
        return self.info.polled if self.config.ask is None else self.config.ask

    @property
    def may_ask(self) -> bool:
        """A scale that is only listened to may have a wire that goes one way."""
        return self.asks

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """Reading, watching, and asking where the protocol wants to be asked."""
        jobs = super().jobs()
        if self.asks:
            jobs.append(self._ask())
        return jobs

    async def take(self, result: Weight | Label | Message) -> None:
        """Judge one weight frame; a load that has come to rest becomes a reading."""
        if self._of_another(result):
            self.station.noise(Noise("bad_sequence", result.raw, "an answer of another address"))
            return
        self._answered.set()
        if not isinstance(result, Weight):
            return
        decision = self.weigher.take(result, self.station.clock.monotonic())
        await self._tell(decision)
        if not decision.settled:
            return
        if not self._verified():
            await self.station.trouble(
                "out_of_verification",
                f"A load was weighed, but {self._verification()}; it was not recorded.",
                "verify_scale",
                decision.raw,
            )
            return
        await self.station.emit(self._reading(decision, "auto"))

    async def tick(self) -> None:
        """Silence clears the weight."""
        before = self.weigher.decision.phase
        decision = self.weigher.silent(self.station.clock.monotonic())
        if decision.phase != before:
            await self._tell(decision)

    def gap(self) -> None:
        """A broken line means that we know no weight."""
        self.weigher.silent(float("inf"))

    def live(self) -> Live:
        """The weight on display now."""
        decision = self.weigher.decision
        return Live(
            device=self.config.id,
            point=self.config.point,
            at=self.station.clock.utc(),
            phase=decision.phase,
            kg=decision.rounded_kg,
            value=decision.value,
            unit=decision.unit,
            mode=decision.mode,
            flags=decision.flags,
        )

    async def capture(self, within: float) -> WeightReading | NotWeighed:
        """A stable weight, waiting up to ``within`` seconds for it, or the reason why there is none."""
        if not self._verified():
            return NotWeighed.because(
                self.config.id, "out_of_verification", self.live(), self.weigher.trace()
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._judged:
                while not self.weigher.decision.stable:
                    await self._judged.wait()
        decision = self.weigher.decision
        if not decision.stable:
            reason = PHASE_REASON.get(decision.phase, "unstable")
            if reason == "no_data" and self.station.current == "no_link":
                reason = "no_link"
            return NotWeighed.because(self.config.id, reason, self.live(), self.weigher.trace())
        if "frozen" in decision.flags:
            return NotWeighed.because(self.config.id, "frozen", self.live(), self.weigher.trace())
        return self._reading(decision, "capture")

    async def _tell(self, decision: Decision) -> None:
        async with self._judged:
            self._judged.notify_all()
        if "frozen" in decision.flags:
            self.station.state(
                "odd_data",
                "frozen",
                "The indicator has repeated one loaded weight for minutes without any movement.",
                "restart_device",
            )

    def _of_another(self, result: Weight | Label | Message) -> bool:
        """True for a late answer of another device on a shared pair."""
        fields = result.fields if isinstance(result, Message) else result.extra
        asked, came = getattr(self.codec, "addr", None), fields.get("addr")
        return asked is not None and came is not None and str(asked) != str(came)

    async def _ask(self) -> None:
        """Send the poll, wait for its answer, pause; a missing answer is counted, never a storm.

        On a shared wire a device that does not answer is asked less and less often, so that it costs the others
        little.
        """
        config, shared = self.config, self.station.bus is not None
        patience = config.answer_s
        if shared and "answer_s" not in config.model_fields_set:
            patience = SHARED_ANSWER_S
        missed = 0
        while True:
            await asyncio.sleep(min(config.poll_s * 2**missed, max(config.poll_s, SHARED_PAUSE_S)))
            question = self.codec.poll()
            if question is None:
                return
            async with self.asking, self.line.turn():
                self._answered.clear()
                try:
                    await self.send(question)
                except LinkError:
                    continue  # the reader opens the link again; until then there is nobody to ask
                try:
                    async with asyncio.timeout(patience):
                        await self._answered.wait()
                    missed = 0
                except TimeoutError:
                    self.station.counters.timeouts += 1
                    missed = min(missed + 1, 10) if shared else 0

    def _verified(self) -> bool:
        until = self.config.verified_until
        return until is not None and self._today() <= until

    def _today(self) -> date:
        # the calendar of the terminal, in which certificates are dated
        return self.station.clock.utc().astimezone().date()

    def _verification(self) -> str:
        until = self.config.verified_until
        if until is None:
            return "this scale has no verification date in the configuration"
        return f"the verification of this scale ran out on {until.isoformat()}"

    def _reading(self, decision: Decision, taken: Literal["auto", "capture"]) -> WeightReading:
        assert decision.kg is not None
        assert decision.rounded_kg is not None
        assert decision.value is not None
        assert decision.unit is not None
        return WeightReading(
            id=new_id(),
            device=self.config.id,
            point=self.config.point,
            at=self.station.clock.utc(),
            protocol=self.config.protocol,
            kg=decision.rounded_kg,
            measured_kg=decision.kg,
            value=decision.value,
            unit=decision.unit,
            mode=decision.mode if decision.mode != "tare" else None,
            device_stable=decision.device_stable,
            interval_kg=self.config.e_kg,
            rounding=self.config.rounding,
            capacity_kg=self.config.capacity_kg,
            verified_until=self.config.verified_until,
            taken=taken,
            flags=decision.flags,
            trace=self.weigher.trace(),
            raw=decision.raw,
        )
