"""The clearance bundle: everything that shows why one consignment could leave, in one archive that proves itself.

Papers, checks, weights with what came over the wire, approvals and holds as JSON; the story as the exact bytes of the
journal with their proofs up to a signed checkpoint; a summary for people; the program that proves it all; and a signed
list of what is in it. The same facts at the same moment give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from terminal.access import Caller
from terminal.api.cargo import shown
from terminal.evidence import story
from terminal.evidence.karvon_verify import BUNDLE_HEAD, CHECKPOINT, INDEX, MANIFEST, SEALED, pack
from terminal.evidence.log import JournalLog
from terminal.evidence.story import Told
from terminal.keys import SigningKey
from terminal.store.reader import Reader
from workflows.discretion import is_watch_hit, veiled
from workflows.plain import to_plain
from workflows.state import Consignment, Visit

VERIFIER = "karvon_verify.py"
README = f"""This is the clearance bundle of one consignment.

Read summary-en.html (also -ru, -uz; and as PDF). To prove that nothing in here was changed:

    python {VERIFIER} BUNDLE.zip --key KEY

KEY is the verifier key of the terminal. Ask the terminal for it; do not take it from anything that came with this file.

MANIFEST                 what is in here, with SHA-256, signed
consignment.json         parties, lines, stage; documents.json, checks.json, approvals.json, holds.json,
                         inspections.json, units.json, weights.json
attachments.json         papers as they came in and pictures of inspections: name, size, SHA-256. Their bytes are
                         given apart from this file; add --file FILE to prove that one of them is what is sealed here
traces/                  what the scales sent in the seconds before each weight
journal/                 entries: exact bytes; index.json: their hashes and proofs; checkpoint: the signed head
                         An entry that also speaks of other consignments or persons is withheld; its proof is here.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a bundle comes from: the open reader, the journal as a log, the key, the folder of stored files."""

    reader: Reader
    log: JournalLog
    key: SigningKey
    trace_path: Callable[[str], Path]  # SHA-256 of a trace -> where it lies
    terminal: str


def build(source: Source, consignment: Consignment, caller: Caller, at: datetime) -> bytes:
    """The bundle of a consignment as ``caller`` may see it, made at ``at`` (UTC)."""
    reader, ref = source.reader, consignment.ref
    entries = story.entries_of(reader, ref)
    facts = facts_of(reader, consignment, caller)
    texts = {text for entry in entries for text in story.strings(entry.facts)}
    foreign = story.foreign_in(reader, ref, texts | set(story.strings(facts)))
    told = story.tell(reader, ref, entries, foreign, caller)
    facts = foreign.without(facts)
    packed: dict[str, bytes] = {"README.txt": README.encode(), VERIFIER: verifier()}
    packed |= {f"{name}.json": _json(value) for name, value in facts.items()}
    packed[SEALED] = _json(foreign.without(_sealed(reader, ref, facts["inspections"])))
    packed |= _traces(facts["weights"], source)
    packed |= _summaries(facts, told, source, at)
    packed |= _journal(told, source)
    lines = [
        BUNDLE_HEAD,
        f"consignment: {' '.join(ref.split())}",
        f"terminal: {' '.join(source.terminal.split())}",
        f"made: {at:%Y-%m-%dT%H:%M:%SZ}",
        f"made by: {caller.actor.id}",
    ]
    lines += [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in packed.items()]
    return pack({MANIFEST: source.key.note("\n".join(lines) + "\n").encode(), **packed})


def verifier() -> bytes:
    """The stand-alone program, as it lies in the package."""
    return package_files("terminal.evidence").joinpath(VERIFIER).read_bytes()


def facts_of(reader: Reader, consignment: Consignment, caller: Caller) -> dict[str, Any]:
    """The consignment as JSON-able parts, each a file of the bundle."""
    whole = shown(consignment, caller)
    # A bundle is handed on: what the watch list says of it stays with the border service.
    whole["holds"] = [
        to_plain(veiled(hold)) if is_watch_hit(hold.check) else shown_hold
        for shown_hold in whole.get("holds", ())
        for hold in consignment.holds
        if hold.id == shown_hold["id"]
    ]
    if "findings" in whole:
        whole["findings"] = [one for one in whole["findings"] if not is_watch_hit(one["check"])]
    papers = whole.pop("papers")
    documents = papers.pop("documents")
    for row in (*papers.get("lines", ()), *papers.get("units", ())):
        row.pop("raw", None)
    visits = [v for name in reader.visits_ever_of(consignment.ref) if (v := reader.visit(name)) is not None]
    shared = set(reader.visits_shared_by(consignment.ref))
    units = _units(reader, consignment.ref)
    parts: dict[str, Any] = {
        "consignment": {
            "ref": consignment.ref,
            "stage": whole["stage"],
            "since": whole["since"],
            "papers": papers,
            "protected_fields_sha256": whole["digest"],
            "visits": [_visit(visit, visit.id in shared, consignment.ref) for visit in visits],
        },
        "documents": documents,
        "units": [to_plain(unit) for unit in units],
        "weights": _weights(reader, visits, shared, [unit.label for unit in units]),
        "approvals": {"given": whole["permissions"], "fallen_away": whole["dropped"]},
        "holds": whole["holds"],
        "inspections": whole["inspections"],
    }
    if "findings" in whole:
        parts["checks"] = {
            name: whole[name] for name in ("decision", "checked_at", "rules_version", "findings", "lane")
        }
    return parts


def _units(reader: Reader, ref: str) -> list[Any]:
    found: list[Any] = []
    while page := reader.units_of(ref, found[-1].label if found else None):
        found += page
    return found


def _visit(visit: Visit, shared: bool, ref: str) -> dict[str, Any]:
    """A vehicle as far as it is this consignment's business."""
    return {
        "id": visit.id,
        "mode": visit.mode,
        "plate": visit.plate,
        "trailer": visit.trailer,
        "stage": visit.stage.value,
        "since": to_plain(visit.since),
        "seals_in": to_plain(visit.seals_in),
        "seals_out": to_plain(visit.seals),
        "brought_it": ref in visit.brought,
        "units_loaded_here": visit.loaded.get(ref, 0),
        "carried_others_too": shared,
    }


def _weights(reader: Reader, visits: list[Visit], shared: set[str], labels: list[str]) -> list[Any]:
    found = [
        {"visit": visit.id, "carried_others_too": visit.id in shared, **to_plain(weighing)}
        for visit in visits
        for weighing in visit.weighings
    ]
    for label in labels:
        lines = reader.weighings(subject=f"unit:{label}", limit=1000)
        found += [{"unit": label, **to_plain(line.weighing)} for line in reversed(lines)]
    return found


def _sealed(reader: Reader, ref: str, inspections: list[Mapping[str, Any]]) -> list[Any]:
    """Files that belong to the consignment and stay outside: their hashes are signed with the bundle."""
    found: list[Any] = [
        {
            "of": "papers",
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "at": to_plain(file.received_at),
        }
        for file in reader.desk.files_of(ref)
    ]
    for one in inspections:
        of = f"inspection:{one['id']}"
        found += [
            {
                "of": of,
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "at": to_plain(file.added_at),
            }
            for file in (reader.desk.attachments_of(of) if one["files"] else [])
        ]
    return found


def _traces(weights: list[Mapping[str, Any]], source: Source) -> dict[str, bytes]:
    """What the scales sent before each weight, where it was kept and is still what it was."""
    found: dict[str, bytes] = {}
    for digest in sorted({str(weight["trace"]) for weight in weights if weight.get("trace")}):
        path = source.trace_path(digest)
        if not path.is_file():
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == digest:
            found[f"traces/{digest}.json"] = data
    return found


def _journal(told: list[Told], source: Source) -> dict[str, bytes]:
    checkpoint = source.log.checkpoint(source.reader, source.key)
    rows, bodies = [], {}
    for one in told:
        entry = one.entry
        row: dict[str, Any] = {"seq": entry.seq, "hash": entry.hash.hex()}
        if one.withheld is None:
            row["file"] = f"journal/{entry.seq:012d}.json"
            bodies[row["file"]] = entry.body
        else:
            row["withheld"] = one.withheld
        path = checkpoint.tree.inclusion_proof(entry.seq - 1, checkpoint.size)
        row["proof"] = [node.hex() for node in path]
        rows.append(row)
    return {CHECKPOINT: checkpoint.note.encode(), INDEX: _json(rows), **bodies}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def _summaries(facts: Mapping[str, Any], told: list[Told], source: Source, at: datetime) -> dict[str, bytes]:
    from terminal.papers import summary  # noqa: PLC0415 - the drawing library is heavy

    made: dict[str, bytes] = {}
    for language in ("en", "ru", "uz"):
        page = summary.of(facts, [(one.entry, one.withheld) for one in told], source.terminal, at, language)
        made[f"summary-{language}.html"] = page.html
        made[f"summary-{language}.pdf"] = page.pdf
    return made
