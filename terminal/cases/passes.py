"""Gate passes: handing one out, and what a scanned one tells the gate. A pass fills a form; the one door decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from terminal.cases import looking, tares
from terminal.cases.answers import Answer
from terminal.cases.once import Request, keep, once
from terminal.evidence.karvon_verify import (
    PASS_CONTEXT,
    PASS_PREFIX,
    Broken,
    pass_text,
    read_pass,
    split_pass,
)
from terminal.keys import SigningKey
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.journal import stamp
from terminal.store.reader import Reader
from workflows import gatepass
from workflows.events import ScanNoted
from workflows.gatepass_state import GatePass
from workflows.outcomes import Missing, Outcome, Reason, Refused, refuse
from workflows.stages import Stage
from workflows.state import INSIDE, Visit


def labels_digest(labels: Iterable[str]) -> str:
    """The short fingerprint of the labels on a vehicle: 16 hex digits of the SHA-256 of the sorted labels, a line each."""
    return hashlib.sha256("\n".join(sorted(labels)).encode()).hexdigest()[:16]


def is_pass(code: str) -> bool:
    """True for text that claims to be a gate pass."""
    return code.lstrip()[: len(PASS_PREFIX)].upper() == PASS_PREFIX


def signed(one: GatePass, key: SigningKey) -> GatePass:
    """The pass with the text of its QR symbol: short JSON and its Ed25519 signature, in base 32."""
    said = {
        "u": one.id,
        "v": one.visit,
        "c": list(one.consignments),
        "p": one.plate,
        "r": one.trailer,
        "s": list(one.seals),
        "n": one.units,
        **({"h": labels_digest(one.labels)} if one.labels else {}),
        "w": [_plain(one.min_kg), _plain(one.max_kg)],
        "i": int(one.issued_at.timestamp()),
        "e": int(one.expires_at.timestamp()),
        "k": key.public.id,
    }
    payload = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return replace(one, text=pass_text(payload, key.sign(PASS_CONTEXT + payload)))


def _plain(kg: Decimal) -> str:
    return format(kg.quantize(Decimal(1)) if kg == kg.to_integral_value() else kg.normalize(), "f")


def issue(books: Books, identity: str, request: Request, key: SigningKey) -> Answer:
    """Hand out a pass for a vehicle that the one door would let out now."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject = f"visit:{identity}"
        visit = books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        tare = tares.at_gate(books, visit, request)
        ask = request.ask(last_of=looking.last_of(books, visit), tare=tare)
        # The id carries no more than the paper needs: 12 hex digits of a UUID, unique within the visit's own list.
        fresh = f"{str(uuid7())[-12:]}".upper()
        covered = gatepass.cover(looking.of_visit(books, visit, Stage.GATE_OUT), ask, fresh, key.public.id)
        if not isinstance(covered, GatePass):
            return covered, subject, {"visit": identity}
        one = signed(covered, key)
        facts = {"visit": identity, "pass": one.id, "expires_at": one.expires_at.isoformat()}
        return gatepass.issue(visit, one), subject, facts

    return once(books, request, "issue_gatepass", act)


def scanned(books: Books, code: str, step: Stage, request: Request, seen: str | None = None) -> Answer:
    """A pass was scanned: which vehicle it speaks of, for somebody to compare. It never lets anything out.

    ``seen`` is the plate that stands there, where a camera has read it.
    """
    if books.recall(request.who.id, request.nonce, request.asked) is not None:
        return once(
            books, request, step.value, lambda: (refuse(Reason.GATEPASS_NOT_GOOD), "label:gatepass", {})
        )
    subject, found = look_up(books, code, request, seen)
    if isinstance(found, Refused):
        return once(books, request, step.value, lambda: (found, subject, {}))
    noted = ScanNoted(subject, step.value, f"{PASS_PREFIX}{found.id}", {"pass": found.id})
    seq = books.record((noted,), request.context)
    facts = {"visit": found.visit, "pass": found.id, "plate": found.plate, "seals": list(found.seals)}
    return keep(books, request, Answer("attention", subject, facts, event=seq))


def look_up(
    reader: Reader, code: str, request: Request, seen: str | None = None
) -> tuple[str, GatePass | Refused]:
    """The pass that a text is, as our own books hold it; or why it is worth nothing. Beside it the subject.

    The books hold the exact text of every pass: what differs in one sign is not ours, whatever key signed it.
    """
    try:
        said = read_pass(code)
    except Broken as broken:
        return "label:gatepass", refuse(Reason.GATEPASS_NOT_GOOD, why="unreadable", detail=broken.why)
    visit = reader.visit(said["visit"])
    own = next((one for one in visit.passes if one.id == said["id"]), None) if visit else None
    if visit is None or own is None or split_pass(own.text) != split_pass(code):
        return "label:gatepass", refuse(Reason.GATEPASS_NOT_GOOD, why="unknown", visit=said["visit"][:80])
    subject = f"visit:{visit.id}"
    facts: dict[str, Any] = {"visit": visit.id, "plate": visit.plate, "pass": own.id}
    if own.revoked_for is not None:
        facts |= {"why": "revoked", "revoked_for": own.revoked_for.value}
    elif not visit.inside:
        facts |= {"why": "used"}
    elif request.at >= own.expires_at:
        facts |= {"why": "over", "expires_at": own.expires_at.isoformat()}
    elif seen is not None and own.plate is not None and seen != own.plate:
        facts |= {"why": "other_plate", "plate": own.plate, "seen": seen}
    else:
        return subject, own
    return subject, Refused((Missing(Reason.GATEPASS_NOT_GOOD, facts),))


def revoked(reader: Reader, at: datetime) -> list[GatePass]:
    """Passes that were revoked and would otherwise still be good, in the order of revoking.

    A pass lives for hours, so only vehicles that are inside, or left within that time, can have one.
    """
    since = at - gatepass.LIFETIME - timedelta(minutes=1)
    visits: dict[str, Visit] = {}
    for line in reader.visits_inside():
        if (visit := reader.visit(line.id)) is not None:
            visits[visit.id] = visit
    for stage in Stage:
        if stage in INSIDE:
            continue
        cursor = (stamp(since), -1)
        while lines := reader.visits_at(stage, cursor, 200):
            for line in lines:
                if (visit := reader.visit(line.id)) is not None:
                    visits[visit.id] = visit
            cursor = lines[-1].cursor
    gone = [
        one
        for visit in visits.values()
        for one in visit.passes
        if one.revoked_at is not None and one.expires_at > at
    ]
    return sorted(gone, key=lambda one: (one.revoked_at or at, one.id))


def revocation_note(gone: list[GatePass], at: datetime, key: SigningKey) -> str:
    """The signed list of revoked passes, for those who check passes without asking the terminal."""
    lines = [f"{key.public.name} gate-passes revoked", f"{at:%Y-%m-%dT%H:%M:%SZ}"]
    lines += [f"{one.id} {one.revoked_at:%Y-%m-%dT%H:%M:%SZ} {one.revoked_for}" for one in gone]
    return key.note("\n".join(lines) + "\n")
