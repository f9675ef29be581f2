"""When a weight may be believed: pure logic over frames, with the clock given as an argument.

A weight is stable when the indicator says so (where its wire has a flag) AND our own window agrees:
at least ``readings`` frames within ``within_kg`` over at least ``seconds``. Indicators report "stable"
while a tank fills slowly, and the commonest truck-scale protocol of the region has no flag at all, so
neither alone is enough. The weight taken is the median of the window.

A change larger than ``jump_kg`` between two frames is beyond what a load can do or a line fault that
slipped through a weak check code; it is held back until a second frame confirms it. A frame that says
overload, no weight, another unit or "tare" never counts as zero. Silence clears the weight.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from devices.config import Scale
from devices.protocols.results import Mode, Weight
from devices.readings import Trace, TraceFrame
from devices.units import Rounding, to_interval, to_kg

#: ``light``: something is there, but less than the smallest load; ``doubtful``: a jump waits for its second
#: frame; ``tared``: a net weight where only gross may be taken; ``odd_unit``: not the unit it should be.
Phase = Literal[
    "no_data",
    "no_weight",
    "empty",
    "light",
    "moving",
    "stable",
    "negative",
    "overload",
    "underload",
    "tared",
    "odd_unit",
    "doubtful",
]

#: the trace never holds more frames than this, however fast the indicator sends
TRACE_FRAMES = 2000


@dataclass(frozen=True, slots=True)
class Rules:
    """The metrology of one scale. Weights in kg, times in seconds."""

    capacity_kg: Decimal
    division_kg: Decimal
    interval_kg: Decimal
    minimum_kg: Decimal
    jump_kg: Decimal
    within_kg: Decimal
    readings: int = 5
    seconds: float = 1.5
    rounding: Rounding = "half_up"
    unit: str | None = None
    accept_net: bool = False
    silence_s: float = 3.0
    trace_s: float = 30.0
    frozen_s: float = 600.0

    @classmethod
    def of(cls, scale: Scale) -> Rules:
        """The rules that a device configuration asks for."""
        return cls(
            capacity_kg=scale.capacity_kg,
            division_kg=scale.division_kg,
            interval_kg=scale.e_kg,
            minimum_kg=scale.minimum_load_kg,
            jump_kg=scale.jump_limit_kg,
            within_kg=scale.stable.divisions * scale.division_kg,
            readings=scale.stable.readings,
            seconds=scale.stable.seconds,
            rounding=scale.rounding,
            unit=scale.unit,
            accept_net=scale.accept_net,
            silence_s=scale.silence_s or 3.0,
            trace_s=scale.trace_s,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What the last frame means. ``kg`` is before rounding, ``rounded_kg`` to the verification interval.

    ``settled`` is True exactly once for each load that comes to rest (and again when the load changes to
    another resting weight). ``edge`` tells that a load just came on or went off the platform.
    """

    phase: Phase
    kg: Decimal | None = None
    rounded_kg: Decimal | None = None
    value: Decimal | None = None
    unit: str | None = None
    mode: Mode | None = None
    device_stable: bool | None = None
    settled: bool = False
    edge: Literal["on", "off"] | None = None
    flags: frozenset[str] = frozenset()
    raw: bytes = b""

    @property
    def stable(self) -> bool:
        """True when the weight may be taken."""
        return self.phase == "stable"


@dataclass(slots=True)
class _Sample:
    at: float
    kg: Decimal
    frame: Weight


class StableWeight:
    """Follows one scale frame by frame. ``now`` is any clock in seconds that does not run backwards."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.decision = Decision("no_data")
        self._window: deque[_Sample] = deque()
        self._trace: deque[tuple[float, Weight]] = deque(maxlen=TRACE_FRAMES)
        self._last: Decimal | None = None
        self._last_at: float | None = None
        self._pending: Decimal | None = None
        self._unit: str | None = None
        self._loaded = False
        self._settled: Decimal | None = None
        self._same_since = 0.0

    def take(self, frame: Weight, now: float) -> Decision:
        """Judge one frame that arrived at ``now``."""
        if self._last_at is not None:
            now = max(now, self._last_at)
            if now - self._last_at > self.rules.silence_s:
                self._forget()
        self._last_at = now
        self._trace.append((now, frame))
        while now - self._trace[0][0] > self.rules.trace_s:
            self._trace.popleft()
        self.decision = self._judge(frame, now)
        return self.decision

    def silent(self, now: float) -> Decision:
        """Call from time to time: after ``silence_s`` without a frame the weight is gone, not old."""
        if self._last_at is None or now - self._last_at > self.rules.silence_s:
            self._forget()
            self.decision = Decision("no_data")
        return self.decision

    def trace(self) -> Trace:
        """The frames of the last ``trace_s`` seconds, times counted back from the newest frame."""
        if not self._trace:
            return Trace()
        end = self._trace[-1][0]
        return Trace(
            tuple(
                TraceFrame(Decimal(round((at - end) * 1000)).scaleb(-3), w.value, w.unit, flags_of(w), w.raw)
                for at, w in self._trace
            )
        )

    def _forget(self) -> None:
        self._window.clear()
        self._last = None
        self._pending = None
        self._settled = None
        self._loaded = False

    def _judge(self, frame: Weight, now: float) -> Decision:
        rules = self.rules
        if frame.mode == "tare":
            # an indicator that also prints its tare memory: that is not the load
            return _without_events(self.decision)
        for word in ("overload", "underload"):
            if word in frame.status:
                self._window.clear()
                return self._no_weight("overload" if word == "overload" else "underload", frame)
        if frame.value is None:
            self._window.clear()
            return self._no_weight("no_weight", frame)
        unit = frame.unit or rules.unit
        if unit is None or (rules.unit is not None and unit != rules.unit):
            self._window.clear()
            return self._no_weight("odd_unit", frame)
        try:
            kg = to_kg(frame.value, unit)
        except ValueError:
            self._window.clear()
            return self._no_weight("odd_unit", frame)
        if unit != self._unit:
            self._forget()
            self._unit = unit
        if self._doubtful(kg):
            return Decision("doubtful", flags=frame.status, raw=frame.raw)
        if kg != self._last:
            self._same_since = now
        self._last = kg
        if kg > rules.capacity_kg + 9 * rules.interval_kg:
            # OIML R 76: no indication above maximum capacity plus nine intervals
            self._window.clear()
            return self._no_weight("overload", frame)
        return self._weigh(frame, unit, kg, now)

    def _doubtful(self, kg: Decimal) -> bool:
        """Hold back one frame that jumps; believe it when the next one agrees."""
        limit = self.rules.jump_kg
        before = Decimal(0) if self._last is None else self._last
        if abs(kg - before) <= limit:
            self._pending = None
            return False
        confirmed = self._pending is not None and abs(kg - self._pending) <= limit
        self._pending = None if confirmed else kg
        if confirmed:
            self._window.clear()
        return not confirmed

    def _weigh(self, frame: Weight, unit: str, kg: Decimal, now: float) -> Decision:
        rules = self.rules
        edge = self._edge(kg)
        steady = self._steady(frame, kg, now)
        flags = set(frame.status)
        if self._loaded and now - self._same_since > rules.frozen_s:
            flags.add("frozen")
        phase: Phase
        if kg < -rules.interval_kg:
            phase = "negative"
        elif frame.mode == "net" and not rules.accept_net:
            phase = "tared"
        elif not self._loaded and abs(kg) <= rules.interval_kg:
            phase = "empty"
        elif not steady:
            phase = "moving"
        elif kg < rules.minimum_kg:
            phase = "light"
        else:
            phase = "stable"
        settled = False
        if phase == "stable":
            # the middle of the window, not its last frame: on a wire without a check code one turned bit in
            # the last digit stays within a division
            middle = sorted(self._window, key=lambda sample: sample.kg)[len(self._window) // 2]
            kg, frame = middle.kg, middle.frame
            limit = max(rules.within_kg, rules.interval_kg)
            settled = self._settled is None or abs(kg - self._settled) > limit
            if settled:
                self._settled = kg
        return Decision(
            phase=phase,
            kg=kg,
            rounded_kg=to_interval(kg, rules.interval_kg, rules.rounding),
            value=frame.value,
            unit=unit,
            mode=frame.mode,
            device_stable=frame.stable,
            settled=settled,
            edge=edge,
            flags=frozenset(flags),
            raw=frame.raw,
        )

    def _edge(self, kg: Decimal) -> Literal["on", "off"] | None:
        """A load is on at the smallest load and off at half of it, so that wind does not toggle it."""
        if not self._loaded and kg >= self.rules.minimum_kg:
            self._loaded = True
            return "on"
        if self._loaded and kg < self.rules.minimum_kg / 2:
            self._loaded = False
            self._settled = None
            return "off"
        return None

    def _steady(self, frame: Weight, kg: Decimal, now: float) -> bool:
        rules = self.rules
        if frame.stable is False or "motion" in frame.status:
            self._window.clear()
            return False
        window = self._window
        window.append(_Sample(now, kg, frame))
        while len(window) > rules.readings and window[1].at <= now - rules.seconds:
            window.popleft()
        if len(window) < rules.readings or now - window[0].at < rules.seconds:
            return False
        weights = [sample.kg for sample in window]
        return max(weights) - min(weights) <= rules.within_kg

    def _no_weight(self, phase: Phase, frame: Weight) -> Decision:
        return Decision(
            phase=phase,
            unit=frame.unit,
            mode=frame.mode,
            device_stable=frame.stable,
            flags=frame.status,
            raw=frame.raw,
        )


def flags_of(frame: Weight) -> tuple[str, ...]:
    """The flags of a frame for a trace: its status, stability and mode, sorted."""
    flags = set(frame.status)
    if frame.stable is not None:
        flags.add("stable" if frame.stable else "unstable")
    if frame.mode is not None:
        flags.add(frame.mode)
    return tuple(sorted(flags))


def _without_events(decision: Decision) -> Decision:
    """The same decision again, without what is told only once."""
    if not decision.settled and decision.edge is None:
        return decision
    return Decision(
        decision.phase,
        decision.kg,
        decision.rounded_kg,
        decision.value,
        decision.unit,
        decision.mode,
        decision.device_stable,
        False,
        None,
        decision.flags,
        decision.raw,
    )
