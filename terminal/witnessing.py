"""The journal is shown to its witnesses while the server runs, and what they say is told: metrics, journal, log."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool

from terminal import access
from terminal.evidence import witnessed
from terminal.keys import KeyTrouble
from terminal.service import Service
from terminal.settings_evidence import WitnessSettings

log = logging.getLogger("karvon.witness")
#: seconds between two looks at who is due
_TICK_S = 5.0


@dataclass
class Standing:
    """How it stands with one witness: when it was asked last, when it signed last and how much, whether it contradicts."""

    asked: datetime | None = None
    signed: datetime | None = None
    size: int = 0
    contradicts: bool = False
    trouble: str = ""


async def run(service: Service) -> None:
    """Ask every configured witness when it is due, for ever."""
    while True:
        for one in service.settings.witnesses:
            standing = service.witnesses.setdefault(one.to, Standing())
            now = service.clock()
            if standing.asked is None or now - standing.asked >= timedelta(minutes=one.every_minutes):
                await show(service, one)
        await asyncio.sleep(_TICK_S)


async def show(service: Service, one: WitnessSettings) -> Standing:
    """Show one witness the journal now. A contradiction is written into the journal once."""
    standing = service.witnesses.setdefault(one.to, Standing())
    standing.asked = now = service.clock()
    try:
        found = await run_in_threadpool(_submit, service, one)
    except witnessed.Contradicted as problem:
        if not standing.contradicts:
            standing.contradicts, told = True, str(problem)
            log.error("%s: %s", one.to, problem)
            await service.write(
                lambda books: access.note(
                    books, "witness:" + one.to, "terminal", "witness_contradicts", now, told=told
                )
            )
    except (witnessed.NotWitnessed, KeyTrouble, OSError) as problem:
        if standing.trouble != str(problem):
            log.warning("%s: %s", one.to, problem)
        standing.trouble = str(problem)
    else:
        standing.signed, standing.size = found.at, found.size
        standing.contradicts, standing.trouble = False, ""
    return standing


def _submit(service: Service, one: WitnessSettings) -> witnessed.Witnessed:
    ask, key = witnessed.asking(one.to, one.key or None, service.clock)
    signing = service.keys.current(service.clock())
    with service.reading() as reader:
        found = witnessed.submit(reader, service.log, signing, ask, key)
    witnessed.keep(service.settings.data_dir, one.to, found)
    return found


def lines(service: Service) -> list[str]:
    """What Prometheus is told of witnesses: seconds since each signed, entries it signed, whether it contradicts."""
    now = service.clock()
    rows: dict[str, list[tuple[str, float]]] = {"age": [], "size": [], "odd": []}
    for one in service.settings.witnesses:
        known = service.witnesses.get(one.to, Standing())
        name = one.to.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        since = (now - (known.signed or service.started)).total_seconds()
        rows["age"].append((name, max(0, round(since))))
        rows["size"].append((name, known.size))
        rows["odd"].append((name, int(known.contradicts)))
    out = []
    for row, metric, told in (
        ("age", "karvon_witness_age_seconds", "Seconds since the witness signed, or since the start."),
        ("size", "karvon_witness_events", "Events that the witness signed last."),
        ("odd", "karvon_witness_contradicts", "1: the witness has seen another journal."),
    ):
        out += [f"# HELP {metric} {told}", f"# TYPE {metric} gauge"]
        out += [f'{metric}{{witness="{name}"}} {value}' for name, value in rows[row]]
    return out
