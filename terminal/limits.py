"""How often somebody who is not signed in may ask: a bucket of questions a client, refilled with time.

Kept in memory, one for each server: it bounds guessing and load, it is no record of who asked.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

#: clients that are remembered; the one that asked longest ago is forgotten first
KNOWN = 20_000


def client_key(host: str | None) -> str:
    """Who counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return host or ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


@dataclass
class RateLimit:
    """``burst`` questions at once, then one every ``every_s`` seconds, for each client."""

    clock: Callable[[], datetime]
    burst: int = 12
    every_s: float = 5.0
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def wait_s(self, client: str) -> int:
        """0 when this client may ask now (and has asked), else the whole seconds to wait."""
        now = self.clock()
        left, since = self._left.pop(client, (float(self.burst), now))
        passed = max(0.0, (now - since).total_seconds())
        left = min(float(self.burst), left + passed / self.every_s)
        may = left >= 1
        self._left[client] = (left - 1 if may else left, now)
        if len(self._left) > KNOWN:
            self._left.popitem(last=False)
        return 0 if may else max(1, math.ceil((1 - left) * self.every_s))
