"""Pre-advice facts and parsed files to :class:`workflows.papers.Papers`.

Precedence, field by field:

* parties, carrier, driver, vehicle, seal, container, plan and the list of documents: what was entered at
  pre-advice wins; a file fills what was left empty. What the files say otherwise goes into the ``fields`` of
  their document, so that a contradiction can be seen (check DOC-03) instead of being overwritten.
* declared totals: pre-advice, else a consignment note, else the title block of a list, else its row of sums.
* lines and units: the files alone, arranged by :mod:`terminal.importing.arranging`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from terminal.importing.arranging import Arranged, arrange
from terminal.importing.facts import WrongFactsError, count_of, date_of, kg_of, mapping_of, text_of
from terminal.importing.numbers import plain, read_number
from terminal.importing.reading import is_mixed_script, lookalikes_of
from terminal.importing.results import HeaderFacts, ParsedFile
from terminal.importing.supporting import with_support
from terminal.importing.titles import nearest
from terminal.importing.vocabulary import normalise, package_code, quantity_unit
from workflows.findings import Finding, Severity
from workflows.identifiers import Kind, tariff_code
from workflows.papers import Declared, DeclaredUnit, Document, Line, Mode, Papers, Person, Vehicle

_NOTES = ("CMR", "SMGS", "AWB", "RIVER_BILL")
_MODE_OF_NOTE = {"CMR": Mode.ROAD, "SMGS": Mode.RAIL, "AWB": Mode.AIR, "RIVER_BILL": Mode.RIVER}


_MODE_WORDS = {
    Mode.ROAD: re.compile(r"\b(road|truck|авто\w*|avto\w*|автомоб\w*)"),
    Mode.RAIL: re.compile(r"\b(rail\w*|ж ?д|желез\w*|temir\w*|темир\w*)"),
    Mode.AIR: re.compile(r"\b(air\w*|авиа\w*|воздуш\w*|havo\w*|ҳаво\w*)"),
    Mode.RIVER: re.compile(r"\b(river|barge|речн\w*|daryo\w*|дарё\w*)"),
}


@dataclass(frozen=True, slots=True)
class Assembled:
    """Papers of a consignment with the findings of their import, aimed at the numbers used in the papers."""

    papers: Papers
    findings: tuple[Finding, ...]
    same_again: tuple[str, ...] = ()  # sheets that describe the same goods once more


def assemble(files: Sequence[ParsedFile], consignment_facts: Mapping[str, object]) -> Papers:
    """The papers of a consignment. See :func:`gather` for the findings that belong to them."""
    return gather(files, consignment_facts).papers


def gather(files: Sequence[ParsedFile], consignment_facts: Mapping[str, object]) -> Assembled:
    """Papers and import findings of pre-advice facts (shape of a consignment JSON) and parsed files.

    Raises :class:`WrongFactsError` when the facts have a wrong shape: a number that is none, a date that does not
    exist, an unknown mode. A file sent twice counts once (check DAT-04).
    """
    facts = consignment_facts
    once, doubled = _distinct(files)
    once = _closed(once, facts)
    declared = _declared(facts, once)
    arranged = with_support(_arranged(once), declared.gross_kg)
    headers = [parsed.header for parsed in once]
    documents = _documents(facts, once)
    papers = Papers(
        reference=text_of(facts, "reference")
        or _first(h.reference for h in headers)
        or (files[0].name if files else ""),
        mode=_mode(facts, once),
        sender=text_of(facts, "sender") or _first(h.sender for h in headers) or "",
        consignee=text_of(facts, "consignee") or _first(h.consignee for h in headers) or "",
        consignee_place=text_of(facts, "consignee_place"),
        notify=text_of(facts, "notify") or _first(h.notify for h in headers),
        donor=text_of(facts, "donor") or _first(h.donor for h in headers),
        carrier=text_of(facts, "carrier") or _first(h.carrier for h in headers),
        driver=_driver(facts, headers, documents),
        vehicle=_vehicle(facts, headers),
        container=text_of(facts, "container") or _first(h.container for h in headers),
        container_tare_kg=kg_of(facts, "container_tare_kg"),
        seal=text_of(facts, "seal") or _first(h.seal for h in headers),
        declared=declared,
        plan={str(key): bool(value) for key, value in mapping_of(facts, "plan").items()},
        documents=documents,
        lines=arranged.lines,
        units=_tied(arranged),
    )
    findings = [*_file_findings(once), *arranged.findings, *doubled, *_code_findings(papers)]
    return Assembled(papers, tuple(_unique(findings)), tuple(table.sheet for table in arranged.spare))


def figures(papers: Papers) -> dict[str, int | str]:
    """The figures of an import at a glance: lines, packages, gross_kg as decimal text, and, where there are
    labels, distinct_sscc and units."""
    result: dict[str, int | str] = {
        "lines": len(papers.lines),
        "packages": sum(line.packages or 0 for line in papers.lines),
        "gross_kg": plain(
            sum((line.gross_kg for line in papers.lines if line.gross_kg is not None), Decimal(0))
        ),
    }
    if papers.units:
        result["units"] = len(papers.units)
    labels = {line.sscc for line in papers.lines if line.sscc} | {
        unit.sscc for unit in papers.units if unit.sscc
    }
    if labels:
        result["distinct_sscc"] = len(labels)
    return result


# --- files ---------------------------------------------------------------------------------------------------


def _distinct(files: Sequence[ParsedFile]) -> tuple[list[ParsedFile], list[Finding]]:
    seen: dict[str, ParsedFile] = {}
    doubled: list[Finding] = []
    for parsed in files:
        first = seen.setdefault(parsed.sha256, parsed)
        if first is not parsed:
            facts = {"file": parsed.name, "same_as": first.name, "sha256": parsed.sha256}
            doubled.append(Finding("DAT-04", Severity.WARN, "consignment", facts))
    return list(seen.values()), doubled


def _arranged(files: Sequence[ParsedFile]) -> Arranged:
    """Lines and units of all files; a note that names its goods in a word gives a line where no list does."""
    summary = next(
        (p for p in files if not p.tables and p.header.goods and (p.header.packages or p.header.gross_kg)),
        None,
    )
    arranged = arrange(
        [(parsed.name, table) for parsed in files for table in parsed.tables], noted=summary is not None
    )
    if arranged.lines or summary is None:
        return arranged
    header = summary.header
    tariff = tariff_code(header.raw.get("hs_code", ""))
    line = Line(
        no=1,
        description=header.goods or "",
        hs_code=tariff.digits if tariff is not None else None,
        quantity=read_number(header.raw.get("quantity", "")).value,
        quantity_unit=quantity_unit(header.raw["uom"]) if "uom" in header.raw else None,
        packages=header.packages,
        package_type=package_code(header.raw["package_type"]) if "package_type" in header.raw else None,
        gross_kg=header.gross_kg,
        net_kg=header.net_kg,
        volume_m3=header.volume_m3,
        source=summary.name,
        raw=header.raw,
    )
    return replace(arranged, lines=(line,))


def _closed(files: Sequence[ParsedFile], facts: Mapping[str, object]) -> list[ParsedFile]:
    """Files with the open totals of their title blocks closed by what the other papers add up to."""
    said = kg_of(mapping_of(facts, "declared"), "gross_kg")
    closed: list[ParsedFile] = []
    for file in files:
        parsed = file
        header, still_open = parsed.header, []
        for total in parsed.open_totals:
            sums = [_gross_of(other) for other in files if other is not parsed]
            expected = said or next(filter(None, sums), None)
            found = nearest(total.readings, expected) if total.name == "gross_kg" else None
            if found is None:
                still_open.append(total)
            else:
                header = replace(header, gross_kg=found)
        if len(still_open) != len(parsed.open_totals):
            texts = {total.text for total in still_open}
            kept = tuple(f for f in parsed.findings if not _is_closed(f, texts))
            parsed = replace(parsed, header=header, findings=kept, open_totals=tuple(still_open))
        closed.append(parsed)
    return closed


def _is_closed(finding: Finding, texts: set[str]) -> bool:
    of_total = finding.check == "DAT-05" and finding.target == "consignment"
    return of_total and finding.facts.get("text") not in texts


def _gross_of(parsed: ParsedFile) -> Decimal:
    lines = (line for table in parsed.tables for line in table.lines)
    return sum((line.gross_kg for line in lines if line.gross_kg is not None), Decimal(0))


def _file_findings(files: Sequence[ParsedFile]) -> Iterable[Finding]:
    """Findings about files and headers; those about rows come numbered from the arrangement."""
    for parsed in files:
        of_rows = {finding for table in parsed.tables for finding in map(_key, table.findings)}
        for finding in parsed.findings:
            if not finding.target.startswith(("line:", "unit:")) and _key(finding) not in of_rows:
                yield finding


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.target, repr(sorted(finding.facts.items(), key=str))


def _unique(findings: Iterable[Finding]) -> Iterable[Finding]:
    """One finding per check and target of the vehicle, container or documents; all of the others."""
    seen: set[tuple[str, ...]] = set()
    for finding in findings:
        single = finding.check == "DAT-02" and not finding.target.startswith(("line:", "unit:"))
        key = (finding.check, finding.target) if single else _key(finding)
        if key not in seen:
            seen.add(key)
            yield finding


def _code_findings(papers: Papers) -> Iterable[Finding]:
    """Look-alike letters in codes that were typed at pre-advice (check DAT-02)."""
    vehicle = papers.vehicle or Vehicle()
    for kind, target, text in (
        (Kind.PLATE, "vehicle:plate", vehicle.plate),
        (Kind.PLATE, "vehicle:trailer", vehicle.trailer),
        (Kind.CONTAINER, "container", papers.container),
    ):
        letters = lookalikes_of(kind, text)
        if letters:
            yield Finding("DAT-02", Severity.WARN, target, {"text": text, "letters": letters})
    for document in papers.documents:
        if is_mixed_script(document.number):
            yield Finding("DAT-02", Severity.WARN, f"document:{document.type}", {"text": document.number})
    if papers.seal and is_mixed_script(papers.seal):
        yield Finding("DAT-02", Severity.WARN, "vehicle", {"text": papers.seal})


def _tied(arranged: Arranged) -> tuple[DeclaredUnit, ...]:
    """Units with the number of the line they belong to, where only one line can be meant."""
    by_words: dict[str, list[int]] = {}
    for line in arranged.lines:
        by_words.setdefault(" ".join(line.description.lower().split()), []).append(line.no)
    tied = []
    for unit in arranged.units:
        fitting = by_words.get(" ".join(unit.description.lower().split()), [])
        if len(arranged.lines) == 1:
            fitting = [1]
        tied.append(replace(unit, line=fitting[0]) if len(fitting) == 1 else unit)
    return tuple(tied)


# --- facts ---------------------------------------------------------------------------------------------------


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _mode(facts: Mapping[str, object], files: Sequence[ParsedFile]) -> Mode:
    said = text_of(facts, "mode")
    if said is not None:
        try:
            return Mode(said.upper())
        except ValueError as fault:
            raise WrongFactsError(f"mode: {said!r} is none of {', '.join(Mode)}") from fault
    for parsed in files:
        word = normalise(parsed.header.raw.get("mode", ""))
        named = next((mode for mode, pattern in _MODE_WORDS.items() if pattern.search(word)), None)
        if named is not None:
            return named
    kinds = [d.type for parsed in files for d in parsed.header.documents]
    noted = next((_MODE_OF_NOTE[kind] for kind in kinds if kind in _MODE_OF_NOTE), None)
    if noted is not None:
        return noted
    wagons = any(line.wagon for parsed in files for line in parsed.lines)
    return Mode.RAIL if wagons else Mode.ROAD


def _driver(
    facts: Mapping[str, object], headers: Sequence[HeaderFacts], documents: Sequence[Document]
) -> Person | None:
    said = mapping_of(facts, "driver")
    name = text_of(said, "name") or _first(header.driver for header in headers)
    if name is None:
        return None
    paper = next((d for d in documents if d.type == "DRIVER_ID"), None)
    until = date_of(said, "document_valid_until") or (paper.valid_until if paper is not None else None)
    return Person(name, text_of(said, "document_number"), until)


def _vehicle(facts: Mapping[str, object], headers: Sequence[HeaderFacts]) -> Vehicle | None:
    said = mapping_of(facts, "vehicle")
    plate = text_of(said, "plate") or _first(header.plate for header in headers)
    trailer = text_of(said, "trailer") or _first(header.trailer for header in headers)
    tare = kg_of(said, "tare_kg") if "tare_kg" in said else kg_of(facts, "vehicle_tare_kg")
    return Vehicle(plate, trailer, tare) if plate or trailer or tare is not None else None


def _declared(facts: Mapping[str, object], files: Sequence[ParsedFile]) -> Declared:
    said = mapping_of(facts, "declared")
    packages, gross, net = count_of(said, "packages"), kg_of(said, "gross_kg"), kg_of(said, "net_kg")
    notes_first = sorted(files, key=lambda parsed: not any(d.type in _NOTES for d in parsed.header.documents))
    for parsed in notes_first:
        packages = parsed.header.packages if packages is None else packages
        gross = parsed.header.gross_kg if gross is None else gross
        net = parsed.header.net_kg if net is None else net
    if len([table for parsed in files for table in parsed.tables]) == 1:
        totals = next(table.totals for parsed in files for table in parsed.tables)
        packages = totals.packages if packages is None else packages
        gross = totals.gross_kg if gross is None else gross
        net = totals.net_kg if net is None else net
    return Declared(packages, gross, net)


def _documents(facts: Mapping[str, object], files: Sequence[ParsedFile]) -> tuple[Document, ...]:
    said = facts.get("documents") or []
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise WrongFactsError("documents: a list is expected")
    documents: list[Document] = []
    for place, entry in enumerate(said, start=1):
        if not isinstance(entry, Mapping) or not entry.get("type"):
            raise WrongFactsError(f"documents, entry {place}: an object with type and number is expected")
        documents.append(
            Document(
                type=str(entry["type"]),
                number=text_of(entry, "number") or "",
                issued=date_of(entry, "issued"),
                valid_from=date_of(entry, "valid_from"),
                valid_until=date_of(entry, "valid_until"),
                fields=dict(mapping_of(entry, "fields")),
                verified=bool(entry.get("verified", False)),
            )
        )
    return tuple(_with_file_fields(documents, files, entered="documents" in facts))


def _with_file_fields(
    documents: list[Document], files: Sequence[ParsedFile], *, entered: bool
) -> list[Document]:
    """Put what each file states into the fields of its document; name documents only files mention."""
    for parsed in files:
        stated = _stated(parsed.header)
        kind = next((d.type for d in parsed.header.documents if d.type in _NOTES), None)
        kind = kind if kind is not None and (parsed.layout == "json" or not parsed.tables) else "PACKING_LIST"
        for place, document in enumerate(documents):
            if document.type == kind:
                documents[place] = replace(document, fields={**stated, **document.fields})
                break
        else:
            if not entered and parsed.unreadable is None and kind == "PACKING_LIST":
                documents.append(Document(kind, parsed.header.reference or parsed.name, fields=stated))
        for mentioned in parsed.header.documents:
            known = any(document.type == mentioned.type for document in documents)
            if not known and not entered:
                documents.append(
                    Document(
                        mentioned.type, mentioned.number, fields=stated if mentioned.type == kind else {}
                    )
                )
    return documents


def _stated(header: HeaderFacts) -> dict[str, object]:
    stated: dict[str, object | None] = {
        "reference": header.reference,
        "sender": header.sender,
        "consignee": header.consignee,
        "plate": header.plate,
        "trailer": header.trailer,
        "seal": header.seal,
        "container": header.container,
        "packages": header.packages,
        "gross_kg": plain(header.gross_kg) if header.gross_kg is not None else None,
    }
    for document in header.documents:
        stated[f"{document.type.lower()}_number"] = document.number
    return {name: value for name, value in stated.items() if value is not None}
