"""VEH: the vehicle and driver at the gate against the papers. Chapters 7.8 and 8.6 of the domain notes."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.checks.case import Case, GateRead
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.sanctions import holders, same_person
from workflows.checks.wagons import lines_of_wagon, valid_wagon, wagon_form
from workflows.findings import Finding, Severity
from workflows.identifiers import (
    compare_plates,
    fold_code,
    normalise_plate,
    normalise_reference,
)


def vehicle_differs(case: Case) -> Iterator[Finding]:
    """VEH-01: the plate, trailer, container or wagon read is not the one on the papers.

    Equal after folding is equal; one character apart with camera confidence under 0.9 asks a person; any one good
    read settles it. A wagon whose declared number fails its check digit is proposed by ID-06, not reported here.
    """
    vehicle = case.papers.vehicle
    yield from _plate(
        case,
        "vehicle:plate",
        vehicle.plate if vehicle else None,
        [(g, g.plate) for g in case.observations.gate],
    )
    yield from _plate(
        case,
        "vehicle:trailer",
        vehicle.trailer if vehicle else None,
        [(g, g.trailer) for g in case.observations.gate],
    )
    container = fold_code(case.papers.container or "").text
    read = [fold_code(g.container).text for g in case.observations.gate if g.container]
    if container and read and container not in read:
        yield finding("VEH-01", Severity.HOLD, "container", declared=case.papers.container, read=read[-1])
    yield from _wagons(case)


def _plate(
    case: Case, target: str, declared: str | None, reads: list[tuple[GateRead, str | None]]
) -> Iterator[Finding]:
    seen = [(gate, text) for gate, text in reads if text and normalise_plate(text)]
    if not seen:
        if declared and case.observations.gate:
            yield cannot_tell("VEH-01", target, "plate_read", declared=declared)
        return
    if not declared:
        yield cannot_tell("VEH-01", target, "declared_plate", read=seen[-1][1])
        return
    results = [compare_plates(declared, text or "", gate.confidence) for gate, text in seen]
    if any(result.equal for result in results):
        return
    if any(result.ask for result in results):
        yield cannot_tell(
            "VEH-01",
            target,
            "plate_unsure",
            declared=declared,
            read=seen[-1][1],
            confidence=seen[-1][0].confidence,
        )
        return
    gate, text = seen[-1]
    yield finding(
        "VEH-01",
        Severity.HOLD,
        target,
        declared=declared,
        read=text,
        normalised=results[-1].declared,
        confidence=gate.confidence,
    )


def _wagons(case: Case) -> Iterator[Finding]:
    reads = list(dict.fromkeys(wagon_form(read.wagon) for read in case.observations.wagons))
    declared = [line for line in case.papers.lines if line.wagon]
    if not reads or not declared:
        return
    strange = [wagon for wagon in reads if not lines_of_wagon(case, wagon)]
    met = {wagon_form(line.wagon or "") for wagon in reads for line in lines_of_wagon(case, wagon)}
    absent = [line for line in declared if wagon_form(line.wagon or "") not in met]
    told: set[str] = set()
    for line in absent:
        number = wagon_form(line.wagon or "")
        if number in told:
            continue
        told.add(number)
        if valid_wagon(number) or strange:
            yield finding(
                "VEH-01", Severity.HOLD, f"line:{line.no}", declared=line.wagon, read=", ".join(strange)
            )
    for wagon in strange[len(told) :]:
        yield finding("VEH-01", Severity.HOLD, f"wagon:{wagon}", declared=None, read=wagon)


def on_watch_list(case: Case) -> Iterator[Finding]:
    """VEH-02: a plate, driver document or driver name is on the local watch list."""
    vehicle, driver = case.papers.vehicle, case.papers.driver
    plates = {
        "vehicle:plate": [vehicle.plate if vehicle else None, *(g.plate for g in case.observations.gate)],
        "vehicle:trailer": [
            vehicle.trailer if vehicle else None,
            *(g.trailer for g in case.observations.gate),
        ],
    }
    passports = holders(case)
    names = [
        driver.name if driver else None,
        *(f"{p.given_names} {p.surname}" for p in passports),
        *(seen.name for seen in case.observations.drivers),
    ]
    numbers = [driver.document_number if driver else None, *(p.number for p in passports)]
    for entry in case.context.watch_list:
        for target, texts in plates.items():
            if entry.kind in ("", "plate") and any(
                t and normalise_plate(t) == normalise_plate(entry.value) for t in texts
            ):
                yield finding("VEH-02", Severity.BLOCK, target, value=entry.value, by="plate")
        by = None
        if entry.kind in ("", "document") and any(
            n and normalise_reference(n) == normalise_reference(entry.value) for n in numbers
        ):
            by = "document"
        elif (
            entry.kind in ("", "name")
            and len(entry.value.split()) > 1
            and any(n and same_person(n, entry.value, case.reference) for n in names)
        ):
            by = "name"
        if by is not None:
            yield finding("VEH-02", Severity.BLOCK, "party:driver", value=entry.value, by=by)


def driver_document(case: Case) -> Iterator[Finding]:
    """VEH-03: the driver's document is expired, or its name is not the one of the pre-advice.

    Apostrophe letters, alphabets, order and fathers' names do not count. Of several passports read (a second driver)
    one has to fit. Another number with the same name is a warning: people carry more than one document. Where no
    document was read, the names that the gate wrote down are compared.
    """
    target, today = "document:DRIVER_ID", case.context.today
    for paper in case.documents("DRIVER_ID"):
        if paper.valid_until is not None and paper.valid_until < today:
            yield finding(
                "VEH-03", Severity.HOLD, target, why="expired", valid_until=paper.valid_until, on=today
            )
            return
    driver = case.papers.driver
    if driver and driver.document_valid_until is not None and driver.document_valid_until < today:
        yield finding(
            "VEH-03", Severity.HOLD, target, why="expired", valid_until=driver.document_valid_until, on=today
        )
        return
    passports = holders(case)
    if not passports:
        typed = [seen.name.strip() for seen in case.observations.drivers if seen.name.strip()]
        if driver and typed and not any(same_person(name, driver.name, case.reference) for name in typed):
            yield finding(
                "VEH-03", Severity.HOLD, target, why="name", declared=driver.name, read=", ".join(typed)
            )
        return
    own = passports
    if driver is not None:
        own = [
            p for p in passports if same_person(f"{p.given_names} {p.surname}", driver.name, case.reference)
        ]
        if not own:
            seen = [f"{p.given_names} {p.surname}".strip() for p in passports]
            yield finding(
                "VEH-03", Severity.HOLD, target, why="name", declared=driver.name, read=", ".join(seen)
            )
            return
    if all(p.valid_until is not None and p.valid_until < today for p in own):
        yield finding(
            "VEH-03", Severity.HOLD, target, why="expired", valid_until=own[0].valid_until, on=today
        )
    elif (
        driver
        and driver.document_number
        and all(normalise_reference(p.number) != normalise_reference(driver.document_number) for p in own)
    ):
        yield finding(
            "VEH-03", Severity.WARN, target, why="number", declared=driver.document_number, read=own[0].number
        )
