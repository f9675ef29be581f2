"""HAZ: dangerous goods. Chapter 8.5 of the domain notes.

Sources: ADR/RID 7.5.2.1 (one vehicle or wagon) and 7.5.4 (food), IMDG 7.2.4 grades as our stricter rule for bays,
IATA 9.3.A (aircraft). Extracts only: the official text of the year prevails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from workflows.checks.case import Case
from workflows.checks.documents import needed_now
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.goods import (
    declared_class,
    goods_types,
    is_dangerous,
    labels_by,
    labels_of,
    suspected,
    un_entry,
)
from workflows.checks.reference import Reference
from workflows.checks.wagons import wagon_form
from workflows.findings import Finding, Severity
from workflows.papers import Line, Mode
from workflows.storage import Segregation


def no_declaration(case: Case) -> Iterator[Finding]:
    """HAZ-01: a UN number or class is given and the dangerous goods declaration or safety data sheet is missing."""
    lines = [line for line in case.papers.lines if is_dangerous(line)]
    if not lines or not needed_now(case, "DOC_CHECK"):
        return
    for kind in ("DGD", "SDS"):
        if not case.documents(kind):
            numbers = [line.no for line in lines]
            un = [line.un_number for line in lines if line.un_number]
            yield finding("HAZ-01", Severity.HOLD, f"document:{kind}", document=kind, lines=numbers, un=un)


def incompatible(case: Case) -> Iterator[Finding]:
    """HAZ-02: two lines may not share the vehicle, wagon or aircraft they came in, or the bay they are planned for.

    Oxidiser and fuel may share a truck but not a bay. Grade 1 (3 m apart) is possible within one bay. Cannot tell for
    a line whose class nobody knows, beside another dangerous one.
    """
    dangerous = {line.no: line for line in case.papers.lines if is_dangerous(line)}
    for line in dangerous.values():
        if len(dangerous) > 1 and not labels_of(case, line):
            yield cannot_tell("HAZ-02", f"line:{line.no}", "dg_class", un=line.un_number)
    for target, lines in _conveyances(case, dangerous.values()).items():
        clash = next((pair for pair in combinations(lines, 2) if (_conveyance_word(case, *pair))), None)
        if clash is not None:
            yield _clash("HAZ-02", target, case, clash, _conveyance_word(case, *clash) or "")
    for bay, lines in _bays(case, dangerous.values()).items():
        pairs = [(pair, _grade(case, *pair)) for pair in combinations(lines, 2)]
        worst = max((item for item in pairs if item[1] >= 2), key=lambda item: item[1], default=None)
        if worst is not None:
            yield _clash("HAZ-02", f"bay:{bay}", case, worst[0], f"grade {worst[1]}")
            continue
        known = case.context.bays.get(bay)
        for line in lines if known else ():
            standing = [
                label
                for label in (known.dg_classes if known else ())
                if _labels_grade(case, labels_of(case, line), (label,)) >= 2
            ]
            if standing:
                yield finding(
                    "HAZ-02",
                    Severity.BLOCK,
                    f"bay:{bay}",
                    lines=[line.no],
                    labels=[*labels_of(case, line), *standing],
                    rule="standing",
                )
                break
    yield from _one_building(case, dangerous.values())


def _clash(check: str, target: str, case: Case, pair: tuple[Line, Line], rule: str) -> Finding:
    labels = ["+".join(labels_of(case, line)) for line in pair]
    return finding(
        check,
        Severity.BLOCK,
        target,
        lines=[line.no for line in pair],
        labels=labels,
        un=[line.un_number for line in pair],
        rule=rule,
    )


def _conveyances(case: Case, lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Lines by what carries them: wagon by wagon on rail, one vehicle or aircraft otherwise."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if case.papers.mode is Mode.RAIL:
            found[f"wagon:{wagon_form(line.wagon)}" if line.wagon else "consignment"].append(line)
        else:
            found["consignment" if case.papers.mode is Mode.AIR else "vehicle"].append(line)
    return found


def _bays(case: Case, lines: Iterable[Line]) -> dict[str, list[Line]]:
    place: dict[int, list[str]] = defaultdict(list)
    for planned in case.observations.storage_plan:
        if planned.line is not None:
            place[planned.line].append(planned.bay)
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for bay in dict.fromkeys(place.get(line.no, ())):
            found[bay].append(line)
    return found


def _conveyance_word(case: Case, one: Line, other: Line) -> str | None:
    return travel_word(case.reference, case.papers.mode, one, other)


def travel_word(reference: Reference, mode: Mode, one: Line, other: Line) -> str | None:
    """The rule by which two lines may not travel on one vehicle, wagon or aircraft; None when they may."""
    left, right = labels_by(reference, one), labels_by(reference, other)
    if mode is Mode.AIR:
        a, b = _iata(one, left), _iata(other, right)
        for x in a:
            for y in b:
                if frozenset((x, y)) in reference.segregation.iata and x != y:
                    return "IATA 9.3.A"
        return None
    for x in _adr(left):
        for y in _adr(right):
            word = reference.segregation.adr.get(frozenset((x, y)))
            if word is not None and word != "ok" and not _allowed(word, (one, left), (other, right)):
                return "ADR/RID 7.5.2.1"
    return None


def _adr(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels in the words of the ADR table: 4.1+1 and 5.2+1 together, class 1 by 1.4 or not; 1.4S with all."""
    if any(label == "1.4S" for label in labels):
        return ()
    explosive = any(label[0] == "1" for label in labels)
    if explosive and labels[0] in ("4.1", "5.2"):
        return (f"{labels[0]}+1",)
    return tuple(
        ("1.4" if label.startswith("1.4") else "1") if label[0] == "1" else label for label in labels
    )


def _allowed(word: str, one: tuple[Line, tuple[str, ...]], other: tuple[Line, tuple[str, ...]]) -> bool:
    """The footnotes of the ADR table: b life-saving appliances, d blasting explosives with ammonium nitrate."""
    numbers = {one[0].un_number, other[0].un_number}
    if "b" in word and numbers & {"2990", "3072", "3268"}:
        return True
    return "c" in word and numbers == {"0503", "3268"}


def _iata(line: Line, labels: tuple[str, ...]) -> tuple[str, ...]:
    words = []
    for label in labels:
        if label[0] == "1":
            if label != "1.4S":
                words.append("1")
        elif label == "9":
            if line.un_number in ("3480", "3090"):
                words.append("9(lithium)")
        else:
            words.append(label)
    return tuple(words)


def _imdg(label: str) -> str:
    if label[0] == "1":
        return "1.4" if label.startswith("1.4") else "1.3" if label.startswith("1.3") else "1.1"
    return label


def segregation_grade(table: Segregation, left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """The strictest IMDG grade between two sets of labels; explosives beside explosives are left to their own rules."""
    words = [table.get((_imdg(x), _imdg(y)), "X") for x in left for y in right]
    return max((int(word) for word in words if word.isdigit()), default=0)


def _labels_grade(case: Case, left: tuple[str, ...], right: tuple[str, ...]) -> int:
    return segregation_grade(case.reference.segregation.imdg, left, right)


def _grade(case: Case, one: Line, other: Line) -> int:
    if one.un_number and one.un_number == other.un_number:
        return 0
    return _labels_grade(case, labels_of(case, one), labels_of(case, other))


def _one_building(case: Case, lines: Iterable[Line]) -> Iterator[Finding]:
    """Grade 3 and 4 need another building: two bays known to stand in one are too near."""
    bays = _bays(case, lines)
    for (bay, some), (other, more) in combinations(sorted(bays.items()), 2):
        here, there = case.context.bays.get(bay), case.context.bays.get(other)
        if not (here and there and here.building and here.building == there.building):
            continue
        for pair in ((a, b) for a in some for b in more if a.no != b.no):
            if _grade(case, *pair) >= 3:
                yield _clash("HAZ-02", f"bay:{other}", case, pair, f"grade {_grade(case, *pair)}")
                break


def undeclared(case: Case) -> Iterator[Finding]:
    """HAZ-03: words or tariff code imply a UN number and none is declared. Ask for the classification, do not accuse."""
    for line in case.papers.lines:
        if (hit := suspected(case, line)) is not None:
            entry = case.reference.un_numbers.get(hit.un)
            yield finding(
                "HAZ-03", Severity.HOLD, f"line:{line.no}", un=hit.un, name=entry.name if entry else "",
                classes=list(entry.labels) if entry else [], by=hit.by, word=hit.word, description=line.description,
            )  # fmt: skip


def beside_food(case: Case) -> Iterator[Finding]:
    """HAZ-04: labels 6.1 or 6.2, or class 9 numbers of ADR 7.5.4, with food or feed in one vehicle, wagon or bay."""
    table = case.reference.segregation
    toxic = [
        line
        for line in case.papers.lines
        if is_dangerous(line)
        and (set(labels_of(case, line)) & table.kept_from_food or line.un_number in table.kept_from_food_un)
    ]
    food = [line for line in case.papers.lines if "FOOD" in goods_types(case, line)]
    if not toxic or not food:
        return
    carried, stored = _conveyances(case, food), _bays(case, food)
    for target, lines in _conveyances(case, toxic).items():
        yield from _near_food(case, target, lines, carried.get(target, []))
    for bay, lines in _bays(case, toxic).items():
        yield from _near_food(case, f"bay:{bay}", lines, stored.get(bay, []))


def _near_food(case: Case, target: str, lines: list[Line], food: list[Line]) -> Iterator[Finding]:
    if food:
        labels = sorted({label for line in lines for label in labels_of(case, line)})
        numbers = [line.no for line in lines]
        yield finding(
            "HAZ-04", Severity.HOLD, target, lines=numbers, food=[line.no for line in food], labels=labels
        )


def class_disagrees(case: Case) -> Iterator[Finding]:
    """HAZ-05: the declared class is not the one of the UN number, or the UN number is not in the table."""
    for line in case.papers.lines:
        if not line.un_number:
            continue
        entry, declared = un_entry(case, line), declared_class(line)
        if entry is None:
            yield finding(
                "HAZ-05",
                Severity.HOLD,
                f"line:{line.no}",
                un=line.un_number,
                declared=line.dg_class,
                why="unknown_number",
            )
        elif declared and not any(_same_class(declared[0], known) for known in entry.classes):
            yield finding(
                "HAZ-05",
                Severity.HOLD,
                f"line:{line.no}",
                un=line.un_number,
                declared=line.dg_class,
                expected=list(entry.classes),
                why="class",
            )


def _same_class(declared: str, known: str) -> bool:
    """``2`` for 2.1 and ``1.4`` for 1.4S are the same class, less precisely."""
    return declared == known or known.startswith(declared)


def explosive_or_radioactive(case: Case) -> Iterator[Finding]:
    """HAZ-06: class 1 or class 7 without the special-goods permit."""
    if case.documents("SPECIAL_PERMIT"):
        return
    for line in case.papers.lines:
        found = [label for label in labels_of(case, line) if label[0] in "17"]
        if found:
            yield finding("HAZ-06", Severity.BLOCK, f"line:{line.no}", un=line.un_number, labels=found)
