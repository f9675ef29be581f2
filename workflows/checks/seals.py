"""SEA: seals. ISO 17712 classes; numbers are compared without punctuation. Chapter 7.9 and 8.6 of the domain notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workflows.checks.case import Case, SealSeen
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.wagons import lines_of_wagon, wagon_form, wagon_target
from workflows.findings import Finding, Severity
from workflows.identifiers import normalise_seal

_BETWEEN = re.compile(r"[,;\n]|\s/\s|\s+(?:and|и|va|ва)\s+|\s\+\s", re.IGNORECASE)


def seal_numbers(text: str | None) -> list[str]:
    """Seal numbers in a field that may name several; each normalised."""
    if not text or not text.strip():
        return []
    return [form for part in _BETWEEN.split(text) if (form := normalise_seal(part))]


def declared_seals(case: Case, on: str) -> list[str]:
    """Seal numbers the papers name for a vehicle, container or wagon."""
    wagon = wagon_target(on)
    if wagon is not None:
        return [number for line in lines_of_wagon(case, wagon) for number in seal_numbers(line.seal)]
    found = seal_numbers(case.papers.seal)
    if on == "container" or not found:
        found += [
            number for line in case.papers.lines if not line.wagon for number in seal_numbers(line.seal)
        ]
    return list(dict.fromkeys(found))


def recorded_seals(case: Case) -> set[str]:
    """Seal numbers on seal records and declarations: a seal changed on the way is right when a paper says so."""
    found: set[str] = set()
    for paper in case.papers.documents:
        if paper.type == "SEAL_RECORD":
            found.add(normalise_seal(paper.number))
            for value in paper.fields.values():
                for item in value if isinstance(value, list | tuple) else [value]:
                    found.update(seal_numbers(str(item)))
        else:
            for key, value in paper.fields.items():
                if (
                    "seal" in str(key).casefold()
                    or "пломб" in str(key).casefold()
                    or "plomba" in str(key).casefold()
                ):
                    for item in value if isinstance(value, list | tuple) else [value]:
                        found.update(seal_numbers(str(item)))
    return found - {""}


def _where(seal: SealSeen) -> str:
    wagon = wagon_target(seal.on)
    return f"wagon:{wagon_form(wagon)}" if wagon is not None else seal.on


def _latest(case: Case) -> dict[str, list[SealSeen]]:
    """Seals by place."""
    found: dict[str, list[SealSeen]] = {}
    for seal in case.observations.seals:
        found.setdefault(_where(seal), []).append(seal)
    return found


def seal_differs(case: Case) -> Iterator[Finding]:
    """SEA-01: a seal read is none of those on the papers. A new seal that a seal record names is right.

    A seal nobody could read, or a paper without a number, is *cannot tell*.
    """
    recorded = recorded_seals(case)
    if case.papers.seal and not case.observations.seals:
        place = "container" if case.papers.container else "vehicle"
        yield cannot_tell("SEA-01", place, "seal_read", declared=case.papers.seal)
    yield from _wagons_unread(case)
    for place, seals in _latest(case).items():
        declared = declared_seals(case, place)
        read = [seal for seal in seals if seal.number and normalise_seal(seal.number)]
        if not declared and not recorded:
            if read:
                yield cannot_tell("SEA-01", place, "declared_seal", read=[seal.number for seal in read])
            continue
        known = set(declared) | recorded
        for seal in read:
            if normalise_seal(seal.number or "") not in known and declared:
                yield finding("SEA-01", Severity.HOLD, place, declared=", ".join(declared), read=seal.number)
                break


def _wagons_unread(case: Case) -> Iterator[Finding]:
    """Wagons whose line names a seal that nobody has looked at."""
    looked = set(_latest(case))
    told: set[str] = set()
    for line in case.papers.lines:
        place = f"wagon:{wagon_form(line.wagon)}" if line.wagon and line.seal else None
        seen = any(
            line in lines_of_wagon(case, wagon_target(one) or "") for one in looked if wagon_target(one)
        )
        if place is None or place in told or seen:
            continue
        told.add(place)
        yield cannot_tell("SEA-01", place, "seal_read", declared=line.seal)


def seal_not_intact(case: Case) -> Iterator[Finding]:
    """SEA-02: a seal is broken, missing, tampered with, unreadable, or replaced without a paper that says so.

    Cannot tell when a number was read and nobody said in what state the seal is. ISO 17712; chapter 8.6.
    """
    recorded = recorded_seals(case)
    for place, seals in _latest(case).items():
        for seal in seals:
            state = (seal.state or "").strip().upper()
            on_paper = seal.number is not None and normalise_seal(seal.number) in recorded
            if not state and seal.number:
                yield cannot_tell("SEA-02", place, "seal_state", number=seal.number)
                break
            if state in ("", "INTACT") or (state == "REPLACED" and on_paper):
                continue
            yield finding("SEA-02", Severity.HOLD, place, state=state, number=seal.number)
            break


def seal_used_before(case: Case) -> Iterator[Finding]:
    """SEA-03: the number is open on another movement or was used before."""
    used = {normalise_seal(number): reference for number, reference in case.context.used_seals}
    if not used:
        return
    places = {
        place: [normalise_seal(seal.number or "") for seal in seals] for place, seals in _latest(case).items()
    }
    if not places:
        on = "container" if case.papers.container else "vehicle"
        places = {on: declared_seals(case, on)}
    for place, numbers in places.items():
        for number in dict.fromkeys([*numbers, *declared_seals(case, place)]):
            if number in used and (used[number] is None or used[number] != case.papers.reference):
                yield finding("SEA-03", Severity.HOLD, place, number=number, other=used[number])
                break


def seal_too_weak(case: Case, *, high_risk: bool = False) -> Iterator[Finding]:
    """SEA-04: not class H on a container, under TIR, or in the red lane. Without a known class nobody can tell."""
    for place, seals in _latest(case).items():
        asked = place == "container" or case.plan("tir") or high_risk
        if not asked or any((seal.seal_class or "").strip().upper() == "H" for seal in seals):
            continue
        classes = [seal.seal_class for seal in seals if seal.seal_class]
        reason = "container" if place == "container" else "TIR" if case.plan("tir") else "red_lane"
        if classes:
            yield finding(
                "SEA-04", Severity.WARN, place, seal_class=classes[0], number=seals[0].number, because=reason
            )
        elif any(seal.number for seal in seals):
            yield cannot_tell("SEA-04", place, "seal_class", number=seals[0].number)
