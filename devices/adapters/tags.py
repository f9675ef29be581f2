"""Tag readers: a tag that stays in the field is told once, not with every report of the reader."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from devices.adapters.events import EventAdapter
from devices.config import EventDevice
from devices.protocols.results import Label, Message, Weight
from devices.station import Station

#: a tag seen again within so many seconds is still the same sight, unless ``repeat_s`` says otherwise
TAG_AGAIN_S = 10.0
#: tags that are remembered
REMEMBERED = 10_000


class TagAdapter(EventAdapter):
    """One reader. What it reports besides tags (antennas, errors) passes as it is; keep-alives are no readings."""

    def __init__(self, config: EventDevice, station: Station) -> None:
        super().__init__(config, station)
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def take(self, result: Weight | Label | Message) -> None:
        """Pass on the tags that are news."""
        if isinstance(result, Message) and "tags" in result.fields:
            fresh = [tag for tag in result.fields["tags"] if self._is_news(tag)]
            if not fresh:
                self.station.counters.repeats += 1
                return
            result = Message({**result.fields, "tags": fresh}, raw=result.raw)
        elif isinstance(result, Message) and result.fields.get("message") == "KEEPALIVE":
            return
        await super().take(result)

    def _is_news(self, tag: dict[str, Any]) -> bool:
        """True unless the tag was seen a moment ago; seeing it goes on counts as having seen it."""
        now, epc = self.station.clock.monotonic(), str(tag.get("epc"))
        before = self._seen.pop(epc, float("-inf"))
        self._seen[epc] = now
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return now - before >= (self.config.repeat_s or TAG_AGAIN_S)
