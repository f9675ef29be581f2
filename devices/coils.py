"""Signals of a Modbus relay board, written as text in the configuration.

``"3"`` switches output 3 on for a moment (``pulse_s``); ``"0=on 1=off"`` sets outputs and leaves them, as a traffic
light wants. Outputs count from 0, as on the wire.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"([0-9]{1,5})(?:=(on|off))?")


@dataclass(frozen=True, slots=True)
class CoilOrder:
    """One output: ``on`` None means a pulse."""

    address: int
    on: bool | None


def coil_orders(text: str) -> tuple[CoilOrder, ...]:
    """The orders of a signal, in their order. Raises ``ValueError`` with the forms that are known."""
    orders = []
    for item in re.split(r"[,\s]+", text.strip()):
        found = _ITEM.fullmatch(item)
        if not found or int(found[1]) > 65535:
            raise ValueError(
                f"signal {text!r}: {item!r} is no output; write a number for a pulse, or e.g. 0=on 1=off"
            )
        orders.append(CoilOrder(int(found[1]), None if found[2] is None else found[2] == "on"))
    return tuple(orders)
