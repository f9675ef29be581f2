"""What several papers state about the same thing, side by side (DOC-03)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz.distance import JaroWinkler

from workflows.checks.case import Case
from workflows.checks.identity import declared_ssccs, sscc_value
from workflows.checks.memo import once_a_case
from workflows.checks.words import words_of
from workflows.identifiers import fold_code, normalise_plate
from workflows.screening_names import fold_word

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_NUMBER = re.compile(r"\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?")

_PLATE_KEYS = ("plate", "vehicle_plate", "truck", "vehicle")
_TRAILER_KEYS = ("trailer", "trailer_plate")


def contradictions(case: Case) -> Iterator[dict[str, Any]]:
    """Each contradiction as facts: what differs, the two values, where the other one stands."""
    papers = case.papers
    for paper in papers.documents:
        stated = {str(key): value for key, value in paper.fields.items()}
        if paper.type == "PACKING_LIST":
            stated.pop("packages", None)  # its title may count pallets, cartons or both; its lines are QTY-03
        yield from _against(case, f"document:{paper.type}", stated)
    for header in case.headers:
        # counts and weights of the files' own heads belong to QTY-03 and WGT-05
        named = {key: value for key, value in header.values.items() if key not in ("packages", "gross_kg")}
        yield from _against(case, header.source, named)
    wanted = fold_code(papers.container or "").text
    others = sorted({fold_code(line.container).text for line in papers.lines if line.container} - {wanted})
    if wanted and others:
        yield {"what": "container", "papers": wanted, "other": ", ".join(others), "where": "lines"}


def _against(case: Case, where: str, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    papers = case.papers
    packages, gross = stated_packages(case), stated_gross(case)
    stated = _whole(values.get("packages"))
    # what only the lines contradict is QTY-03; a title may count labelled pallets
    labels = _labels(case) if stated is not None else 0
    if stated is not None and packages is not None and stated not in (packages, line_packages(case), labels):
        yield {"what": "packages", "papers": packages, "other": stated, "where": where}
    weight = number_in(values.get("gross_kg"))
    if weight is not None and gross is not None:
        limit = case.reference.tolerances.header_weight.limit_kg(gross)
        lines = line_gross(case)
        if abs(weight - gross) > limit and (lines is None or abs(weight - lines) > limit):
            yield {"what": "gross_kg", "papers": gross, "other": weight, "where": where, "tolerance": limit}
    vehicle = papers.vehicle
    for what, own, keys in (
        ("plate", vehicle.plate if vehicle else None, _PLATE_KEYS),
        ("trailer", vehicle.trailer if vehicle else None, _TRAILER_KEYS),
    ):
        theirs = next(
            (values[key] for key in keys if isinstance(values.get(key), str) and values[key].strip()), None
        )
        if own and theirs and not _plate_among(own, theirs):
            yield {"what": what, "papers": own, "other": theirs, "where": where}
    plates = values.get("plates")
    if isinstance(plates, list | tuple) and vehicle is not None and vehicle.plate:
        known = {normalise_plate(str(text)) for text in plates}
        if known and normalise_plate(vehicle.plate) not in known:
            yield {
                "what": "plate",
                "papers": vehicle.plate,
                "other": ", ".join(map(str, plates)),
                "where": where,
            }
    wagons = values.get("wagons")
    ours = {fold_code(line.wagon).text for line in papers.lines if line.wagon}
    if (
        isinstance(wagons, list | tuple)
        and ours
        and (other := {fold_code(str(w)).text for w in wagons} ^ ours)
    ):
        yield {"what": "wagon", "papers": sorted(ours & other), "other": sorted(other - ours), "where": where}
    container = values.get("container") or values.get("container_no")
    if (
        isinstance(container, str)
        and papers.container
        and fold_code(container).text != fold_code(papers.container).text
    ):
        yield {"what": "container", "papers": papers.container, "other": container, "where": where}
    theirs = values.get("consignee")
    if isinstance(theirs, str) and theirs.strip() and not same_party(papers.consignee, theirs):
        yield {"what": "consignee", "papers": papers.consignee, "other": theirs, "where": where}


@once_a_case
def _labels(case: Case) -> int:
    """How many different labels the papers name."""
    return len({sscc_value(text) for _, text in declared_ssccs(case)})


def _plate_among(ours: str, theirs: str) -> bool:
    """True when our plate stands in the other text, alone or beside a trailer's."""
    wanted = normalise_plate(ours)
    return wanted in {
        normalise_plate(part) for part in (theirs, *re.split(r"[/,;]", theirs))
    } or wanted in normalise_plate(theirs)


def same_party(ours: str, theirs: str) -> bool:
    """True when two spellings may be the same party: one holds the words of the other, or nobody can tell.

    A place or an address behind the name does not count. Names in different scripts are compared in Latin letters
    and, where that fails, are not called different: one may be a translation.
    """
    left, right = _name_words(ours), _name_words(theirs)
    if not left or not right:
        return True
    head = _name_words(re.split(r"[,;(]", theirs)[0])
    for one in (right, head):
        small, large = sorted((left, one), key=len)
        if small and all(any(_alike(word, other) for other in large) for word in small):
            return True
    return _scripts(ours) != _scripts(theirs)


def _name_words(text: str) -> list[str]:
    return [fold_word(word.text) for word in words_of(text)]


def _alike(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) > 3 and JaroWinkler.similarity(a, b) >= 0.88)


def _scripts(text: str) -> tuple[bool, bool]:
    return bool(_CYRILLIC.search(text)), bool(_ARABIC.search(text))


def stated_packages(case: Case) -> int | None:
    """Packages as the header of the pre-advice states them, else what the lines add up to."""
    if case.papers.declared.packages is not None:
        return case.papers.declared.packages
    return line_packages(case)


@once_a_case
def line_packages(case: Case) -> int | None:
    """What the lines add up to; None when a line does not say."""
    counts = [line.packages for line in case.papers.lines]
    return sum(c for c in counts if c is not None) if counts and None not in counts else None


def stated_gross(case: Case) -> Decimal | None:
    """Gross weight (kg) as the header states it, else what the lines add up to."""
    if case.papers.declared.gross_kg is not None:
        return case.papers.declared.gross_kg
    return line_gross(case)


@once_a_case
def line_gross(case: Case) -> Decimal | None:
    """Gross weight (kg) the lines add up to; None when a line does not say."""
    weights = [line.gross_kg for line in case.papers.lines]
    return sum((w for w in weights if w is not None), Decimal(0)) if weights and None not in weights else None


def number_in(value: object) -> Decimal | None:
    """A number in a field: JSON number, plain text, or text with spaced thousands and a decimal comma."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value))
    text = str(value).strip()
    match = _NUMBER.match(text)
    if match is None:
        return None
    digits = re.sub(r"[\s\u00a0\u202f]", "", match[0])
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        digits = re.sub(r"[.,]", "", digits)
    try:
        return Decimal(digits.replace(",", "."))
    except InvalidOperation:
        return None


def _whole(value: object) -> int | None:
    number = number_in(value)
    return int(number) if number is not None and number == int(number) else None
