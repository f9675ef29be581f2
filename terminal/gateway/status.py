"""How a gateway is doing, read from its data folder: works while it runs, while it does not, and without a network."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from terminal.gateway.configured import Configured
from terminal.gateway.credentials import NotEnrolled, load
from terminal.gateway.running import STATE, WARN_AT, is_locked
from terminal.store.outbox import Amounts, Parked, look


def status_of(configured: Configured) -> dict[str, Any]:
    """Everything people ask about a gateway, as JSON values.

    ``troubles`` holds a sentence for each thing somebody must look at; ``ok`` is true when there is none. Raises
    :class:`terminal.store.outbox.OutboxUnusable` for a queue that cannot be read.
    """
    try:
        credentials, enrolled = load(configured.data_dir), ""
    except NotEnrolled as error:
        credentials, enrolled = None, str(error)
    running = is_locked(configured.data_dir)
    state = _state(configured)
    amounts, parked = _queue(configured)
    status: dict[str, Any] = {
        "gateway": credentials.id if credentials else None,
        "server": credentials.server if credentials else None,
        "running": running,
        "state_at": state.get("at"),
        "terminal": state.get("terminal"),
        "queue": {**asdict(amounts), "full": state.get("queue", {}).get("full", "") if running else ""},
        "parked": [_shown(one) for one in parked],
        "devices": state.get("devices", []) if running else [],
    }
    status["troubles"] = [enrolled] * bool(enrolled) + _troubles(status, amounts)
    status["ok"] = not status["troubles"]
    return status


def _troubles(status: dict[str, Any], amounts: Amounts) -> list[str]:
    found = []
    if not status["running"]:
        found.append("The gateway does not run: nothing is read and nothing is sent.")
    elif (terminal := status["terminal"] or {}).get("state") not in {"ok", "starting"}:
        found.append(f"Since {terminal.get('since')}: {terminal.get('sentence')}")
    if status["queue"]["full"]:
        found.append(
            f"{status['queue']['full']} Readings are held at the devices: make room or reach the terminal."
        )
    elif amounts.used_bytes > WARN_AT * amounts.limit_bytes:
        found.append(
            f"The queue uses {amounts.used_bytes >> 20} of {amounts.limit_bytes >> 20} MB; beyond that it takes no more."
        )
    if amounts.parked:
        found.append(
            f"{amounts.parked} reading{'s were' if amounts.parked > 1 else ' was'} laid aside because the terminal cannot read "
            "them; see `parked`, mend the cause, then `karvon gateway retry`."
        )
    found += [
        f"{device['device']}: {device['sentence']}"
        for device in status["devices"]
        if not device["ok"] and device["state"] not in {"off", "starting"}
    ]
    return found


def _state(configured: Configured) -> dict[str, Any]:
    try:
        state = json.loads((configured.data_dir / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _queue(configured: Configured) -> tuple[Amounts, list[Parked]]:
    if not configured.queue.exists():
        return Amounts(0, {}, None, 0, 0, 0, configured.limit_bytes, 0), []
    return look(configured.queue, configured.limit_bytes)


def _shown(parked: Parked) -> dict[str, Any]:
    out = asdict(parked)
    out["reading"] = json.loads(out.pop("body"))
    return out


def told(status: dict[str, Any]) -> str:
    """The status as lines for people."""
    queue, terminal = status["queue"], status["terminal"] or {}
    lines = [
        f"Gateway {status['gateway'] or '(not enrolled)'} of {status['server'] or '-'}: "
        f"{'running' if status['running'] else 'not running'}.",
        f"Terminal: {terminal.get('sentence', 'never spoken to')} Last answer: {terminal.get('last_answer') or 'never'}.",
        f"Queue: {queue['waiting']} waiting, {queue['sent']} sent, {queue['parked']} laid aside; "
        f"{queue['used_bytes'] / (1 << 20):.1f} of {queue['limit_bytes'] >> 20} MB.",
    ]
    lines += [f"  {device}: {count} waiting" for device, count in queue["per_device"].items()]
    lines += [
        f"  laid aside {one['id']} ({one['device']}): {one['status']} {one['why']}"
        for one in status["parked"]
    ]
    lines += [
        f"Device {device['device']}: {device['state']}. {device['sentence']}" for device in status["devices"]
    ]
    lines += [f"! {trouble}" for trouble in status["troubles"]]
    return "\n".join(lines)
