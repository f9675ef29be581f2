"""What a scale shows now, and why a weight could not be taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from devices.readings import Trace, plain
from devices.stable import Phase

#: Why no weight was taken: the phase of the scale, or what is wrong beyond the frames.
NotWeighedReason = Literal[
    "no_link",
    "no_data",
    "no_weight",
    "unstable",
    "empty",
    "below_minimum",
    "negative",
    "overload",
    "underload",
    "tared",
    "odd_unit",
    "out_of_verification",
    "frozen",
    "not_a_scale",
]

#: reason -> (sentence, remedy code)
WHY: dict[NotWeighedReason, tuple[str, str]] = {
    "no_link": ("The scale cannot be reached.", "plug_in"),
    "no_data": ("The scale sends nothing.", "check_wiring"),
    "no_weight": ("The indicator shows no weight.", "check_device"),
    "unstable": ("The weight does not stand still.", "wait"),
    "empty": ("The platform is empty.", "none"),
    "below_minimum": ("The load is below the smallest load this scale may weigh.", "load_more"),
    "negative": ("The scale shows less than zero.", "zero_scale"),
    "overload": ("The load is above the capacity of the scale.", "unload"),
    "underload": ("The scale is below its range.", "zero_scale"),
    "tared": ("A tare is set: the indicator shows a net weight.", "clear_tare"),
    "odd_unit": ("The indicator shows another unit than the one configured.", "set_unit"),
    "out_of_verification": ("The verification of this scale is not valid today.", "verify_scale"),
    "frozen": ("The indicator repeats one value without any movement.", "restart_device"),
    "not_a_scale": ("This device does not weigh.", "none"),
}

PHASE_REASON: dict[Phase, NotWeighedReason] = {
    "no_data": "no_data",
    "no_weight": "no_weight",
    "empty": "empty",
    "light": "below_minimum",
    "moving": "unstable",
    "doubtful": "unstable",
    "negative": "negative",
    "overload": "overload",
    "underload": "underload",
    "tared": "tared",
    "odd_unit": "odd_unit",
}


@dataclass(frozen=True, slots=True)
class Live:
    """The weight on display now, for screens. ``kg`` is rounded to the verification interval; None: no weight."""

    device: str
    point: str
    at: datetime
    phase: Phase
    kg: Decimal | None
    value: Decimal | None
    unit: str | None
    mode: str | None
    flags: frozenset[str] = frozenset()

    @property
    def stable(self) -> bool:
        """True when the weight could be taken now."""
        return self.phase == "stable"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        out = {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}
        out["stable"] = self.stable
        return out


@dataclass(frozen=True, slots=True)
class NotWeighed:
    """Why :meth:`devices.fleet.Fleet.capture` has no weight, with what the scale said meanwhile."""

    device: str
    reason: NotWeighedReason
    sentence: str
    remedy: str
    live: Live | None = None
    trace: Trace = field(default_factory=Trace)

    @classmethod
    def because(
        cls, device: str, reason: NotWeighedReason, live: Live | None = None, trace: Trace | None = None
    ) -> NotWeighed:
        """The refusal with the usual sentence and remedy of its reason."""
        sentence, remedy = WHY[reason]
        return cls(device, reason, sentence, remedy, live, trace or Trace())
