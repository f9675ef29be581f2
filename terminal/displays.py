"""Displays: screens on a wall that are signed in once, as devices, and show the situation board and nothing else.

A display is enrolled like a station (a one-time code, a token of which only the hash is kept), so that it survives power
cuts and restarts, stands on the list of devices, and goes dark when it is revoked. Its token takes no step and reads no
page but the board; what the board leaves out for guests, it leaves out here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workflows.roles import Actor, Role

if TYPE_CHECKING:
    from terminal.store.devices import Device

KIND = "display"
#: cookie of a browser that is a display
COOKIE = "karvon_display"
#: seconds for which a browser stays one; every look at the board begins them anew
KEPT_S = 365 * 86400


def bare(device: Device) -> Device:
    """The device as a display is kept: without steps and without scopes."""
    return replace(device, steps=frozenset(), scopes=frozenset())


def watcher(device: Device) -> Actor:
    """Who looks at the board from this screen: it sees what the situation centre sees there. Only the board asks this."""
    return Actor(f"device:{device.id}", frozenset({Role.SITUATION_CENTRE}), is_device=True)
