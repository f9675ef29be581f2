"""A hand at the simulated devices: what a person of the demo may do to them, in the words of the demo's pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from terminal.demo.simulated import Simulated

LineFault = Literal["none", "bad", "terrible", "stuck", "silent", "slow", "parity", "speed"]

_CLEAN: Mapping[str, float | bool] = {
    **dict.fromkeys(("torn", "dropped", "garbled", "doubled", "noise", "slow_s"), 0.0),
    **dict.fromkeys(("stuck", "silent", "parity", "baud"), False),
}
_BAD = ("torn", "dropped", "garbled", "doubled", "noise")
#: the state of a line -> the simulators' rates
FAULTS: Mapping[LineFault, Mapping[str, float | bool]] = {
    "none": {},
    "bad": dict.fromkeys(_BAD, 0.01),
    "terrible": dict.fromkeys(_BAD, 0.2),
    "stuck": {"stuck": True},
    "silent": {"silent": True},
    "slow": {"slow_s": 2.0},
    "parity": {"parity": True},
    "speed": {"baud": True},
}


async def act(simulated: Simulated, action: str, device: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """Do one thing. An SSCC without its identifier gets the 00 that its label carries.

    Raises ``ValueError`` with the simulators' sentence.
    """
    order = {key: value for key, value in more.items() if value not in (None, "")}
    fault = order.pop("fault", "none")
    if action == "fault":
        rates = FAULTS.get(fault)
        if rates is None:
            raise ValueError(f"a line is one of {', '.join(get_args(LineFault))}, not {fault!r}")
        return await simulated.do("fault", device, **{**_CLEAN, **rates})
    if action in {"scan", "picture"} and re.fullmatch(r"[0-9]{18}", str(order.get("text", ""))):
        order["text"] = f"00{order['text']}"
    if action == "picture" and "text" not in order:
        order["empty"] = True
    return await simulated.do(action, device, **order)


def fault_of(rates: Mapping[str, Any]) -> LineFault:
    """Which of the states the present rates of a device are nearest to."""
    for name, wanted in FAULTS.items():
        if dict(rates) == dict(wanted):
            return name
    return "bad" if rates else "none"
