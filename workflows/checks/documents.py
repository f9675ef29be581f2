"""DOC: the papers of a consignment. Chapter 4 of the domain notes and required_documents.csv.

A paper with a check of its own (permits, dangerous goods declaration, temperature record, Afghan exemption) is
reported by that check and not a second time as DOC-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from workflows.checks.case import Case
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.goods import (
    arms_hit,
    goods_types,
    hs_of,
    is_dangerous,
    labels_of,
    medicine_hits,
    precursor_hits,
    vocabularies,
)
from workflows.checks.header import contradictions
from workflows.checks.reference import DocumentRule
from workflows.findings import Finding, Severity
from workflows.identifiers import fold_lookalikes, normalise_reference
from workflows.papers import Document, Line
from workflows.stages import Stage

#: Order of the steps along the spine, to compare "needed by" with the step asked.
SEQUENCE = {stage.value: place for place, stage in enumerate(
    (
        Stage.PRE_ADVICE, Stage.GATE_IN, Stage.WEIGH_IN, Stage.DOC_CHECK, Stage.RISK, Stage.UNLOAD, Stage.TALLY,
        Stage.INSPECT, Stage.SAMPLE, Stage.STORAGE, Stage.CUSTOMS_RELEASE, Stage.RELEASE, Stage.PICK, Stage.LOAD,
        Stage.SEAL, Stage.WEIGH_OUT, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED,
        Stage.CLOSED,
    )
)}  # fmt: skip

#: Papers that another check asks for.
OWN_CHECK = frozenset(
    [
        "TEMP_LOG",
        "PREC_PERMIT",
        "SPECIAL_PERMIT",
        "NARC_AUTH",
        "DG_PERMIT",
        "DGD",
        "AF_EXEMPTION",
        "RECIPIENT_CONSENT",
        "OVERWEIGHT",
    ]
)
#: Papers that only goods on their way to Afghanistan need.
FOR_AFGHANISTAN = frozenset({"TRANSIT_DECL", "AF_LINE_MINISTRY"})
#: Permits that hold 30 days from issue when no last day is written (special goods).
THIRTY_DAYS = frozenset({"PREC_PERMIT", "SPECIAL_PERMIT"})
#: Papers still needed on the way: they should live until arrival.
ON_THE_WAY = frozenset(
    {"AF_EXEMPTION", "TIR", "DG_PERMIT", "PREC_PERMIT", "SPECIAL_PERMIT", "NARC_AUTH", "ADR_DRIVER"}
)
#: Fields by which a paper says that it stands for a part of the goods
_FOR_A_PART = frozenset(
    {"batch", "batches", "lot", "lots", "product", "line", "lines", "wagon", "wagons", "un"}
)
#: Whose validity the driver check (VEH-03) reports.
DRIVER_PAPERS = frozenset({"DRIVER_ID"})


def needed_now(case: Case, stage: str) -> bool:
    """True when something needed by ``stage`` has to be there for the step asked."""
    return SEQUENCE.get(stage, 0) <= SEQUENCE.get(case.context.step.value, len(SEQUENCE))


def missing_documents(case: Case) -> Iterator[Finding]:
    """DOC-01: a paper of required_documents.csv that is a must, or whose condition is met, is not attached.

    Cannot tell for a line without a tariff code whose words do not say what it is.
    """
    types = {line.no: goods_types(case, line) for line in case.papers.lines}
    for rule in case.reference.documents:
        if rule.by_terminal or rule.code in OWN_CHECK or not needed_now(case, rule.needed_by):
            continue
        if rule.modes and case.papers.mode.value not in rule.modes:
            continue
        if not _asked(case, rule) or (rule.code in FOR_AFGHANISTAN and not case.to_afghanistan):
            continue
        lines = [line for line in case.papers.lines if rule.goods_types & types[line.no]]
        if rule.goods_types and not lines:
            continue
        if rule.code == "SDS" and (lines := [line for line in lines if not is_dangerous(line)]) == []:
            continue  # HAZ-01 asks for it
        yield from _missing(case, rule, lines)
    yield from _unclassified(case)


def _asked(case: Case, rule: DocumentRule) -> bool:
    if rule.requirement == "O" or rule.condition.endswith(" fired"):
        return False
    if rule.requirement == "M" or rule.condition in ("", "always"):
        return True
    return any(case.plan(term.strip().removeprefix("plan.")) for term in rule.condition.split(" or "))


def _missing(case: Case, rule: DocumentRule, lines: list[Line]) -> Iterator[Finding]:
    held, target = case.documents(rule.code), f"document:{rule.code}"
    numbers = [line.no for line in lines]
    if not held:
        if rule.code == "EXPIRY_LIST" and any(
            (line.expiry or line.best_before) and line.batch for line in lines
        ):
            return  # the columns of the packing list are the list
        yield finding(
            "DOC-01", Severity.HOLD, target, document=rule.code, lines=numbers, needed_by=rule.needed_by
        )
    elif rule.code == "COA":
        certified = {normalise_reference(str(batch)) for paper in held for batch in batches_of(paper)}
        open_batches = sorted(
            {line.batch for line in lines if line.batch and normalise_reference(line.batch) not in certified}
        )
        if certified and open_batches and all(batches_of(paper) for paper in held):
            yield finding(
                "DOC-01",
                Severity.HOLD,
                target,
                document=rule.code,
                batches=open_batches,
                needed_by=rule.needed_by,
            )
    elif rule.code == "AF_LINE_MINISTRY" and (silent := _ministries_missing(case, held, lines)):
        yield finding(
            "DOC-01",
            Severity.HOLD,
            target,
            document=rule.code,
            ministries=silent,
            lines=numbers,
            needed_by=rule.needed_by,
        )


def batches_of(paper: Document) -> list[str]:
    """Batch numbers that a paper names in its fields."""
    found: list[str] = []
    for key in ("batch", "batches", "lot", "lots"):
        value = paper.fields.get(key)
        if isinstance(value, str):
            found.extend(part for part in re.split(r"[,;\n]+", value) if part.strip())
        elif isinstance(value, list | tuple):
            found.extend(str(part) for part in value)
    return found


def _unclassified(case: Case) -> Iterator[Finding]:
    """Lines whose goods type nobody can tell (no tariff code, no telling word): so neither can their papers be."""
    for line in case.papers.lines:
        if not hs_of(line) and not goods_types(case, line):
            yield cannot_tell("DOC-01", f"line:{line.no}", "goods_type", description=line.description)


def ministries_heard(case: Case, held: tuple[Document, ...]) -> frozenset[str] | None:
    """Which ministries the clearances come from (medicine, telecom, food); None when one does not say."""
    heard: set[str] = set()
    for paper in held:
        text = " ".join(str(paper.fields.get(key, "")) for key in ("ministry", "authority", "issuer")).strip()
        found = vocabularies(case.reference).ministries.keys_in(text) if text else frozenset()
        if not found:
            return None
        heard |= found
    return frozenset(heard)


def _ministries_missing(case: Case, held: tuple[Document, ...], lines: list[Line]) -> list[str]:
    heard = ministries_heard(case, held)
    if heard is None:
        return []
    needed = set()
    for line in lines:
        types = goods_types(case, line)
        if types & {"MEDICINE", "VACCINE", "CONTROLLED_MEDICINE"}:
            needed.add("medicine")
        if "TELECOM" in types:
            needed.add("telecom")
        if types & {"SEED", "FOOD"}:
            needed.add("food")
    return sorted(needed - heard)


def invalid_documents(case: Case) -> Iterator[Finding]:
    """DOC-02: a paper is expired, or not yet valid, on the day of use.

    A special permit without a last day holds 30 days. Where a renewed paper of the type lies beside it, the old one is a
    warning. A paper that is still needed on the way and ends before the
    expected arrival is a warning.
    """
    today, arrival = case.context.today, case.context.arrival_day
    for paper in case.papers.documents:
        if paper.type in DRIVER_PAPERS:
            continue
        target = f"document:{paper.type}"
        facts = {"document": paper.type, "number": paper.number, "on": today}
        until = _valid_until(paper)
        start = max((day for day in (paper.valid_from, paper.issued) if day), default=None)
        severity = Severity.WARN if _replaced(case, paper, today) else Severity.HOLD
        if until is not None and until < today:
            yield finding("DOC-02", severity, target, **facts, valid_until=until, why="expired")
        elif start is not None and start > today:
            yield finding("DOC-02", severity, target, **facts, valid_from=start, why="not_yet_valid")
        elif until is not None and until < arrival and paper.type in ON_THE_WAY:
            yield finding(
                "DOC-02",
                Severity.WARN,
                target,
                **facts,
                valid_until=until,
                arrival=arrival,
                why="ends_before_arrival",
            )


def _replaced(case: Case, paper: Document, today: date) -> bool:
    """True when another paper of the type is good today and does the same: neither says that it is for a part only."""
    if set(paper.fields) & _FOR_A_PART:
        return False
    return any(
        other is not paper and not set(other.fields) & _FOR_A_PART and _good_on(other, today)
        for other in case.documents(paper.type)
    )


def _good_on(paper: Document, today: date) -> bool:
    until, start = _valid_until(paper), max((d for d in (paper.valid_from, paper.issued) if d), default=None)
    return (
        bool(paper.number.strip()) and (until is None or until >= today) and (start is None or start <= today)
    )


def _valid_until(paper: Document) -> date | None:
    if paper.valid_until is not None:
        return paper.valid_until
    if paper.type in THIRTY_DAYS and paper.issued is not None:
        return paper.issued + timedelta(days=30)
    return None


def contradicting_documents(case: Case) -> Iterator[Finding]:
    """DOC-03: consignee, vehicle, wagon, container, count or weight differ between two papers beyond tolerance."""
    for fact in contradictions(case):
        yield finding("DOC-03", Severity.HOLD, "consignment", **fact)


_REGIME_LETTERS = str.maketrans("ТРИМЭК", "TRIMEK")
_REGIME = re.compile(r"[A-Z]{2}\d{2}")
#: Which regimes a paper may carry for goods bound for Afghanistan.
_FITTING = {
    "TRANSIT_DECL": frozenset({"TR80", "EK11"}),
    "WAREHOUSE_DECL": frozenset({"IM70", "IM74", "EK74", "IM73"}),
}
_WRONG_ANYWHERE = frozenset({"IM40", "IM41", "IM42", "IM51", "IM72", "EK61", "IM75", "IM76"})


def normalise_regime(text: str) -> str:
    """``ТР 80`` or ``TP-80`` in Cyrillic or mixed letters is TR80; the two alphabets are one code."""
    bare = "".join(c for c in text.upper() if c.isalnum())
    bare = bare.translate(_REGIME_LETTERS)
    bare = fold_lookalikes(bare).text
    match = _REGIME.search(bare.replace("TP", "TR"))
    return match[0] if match else bare


def wrong_regime(case: Case) -> Iterator[Finding]:
    """DOC-04: the customs regime does not fit, e.g. IM40 (free circulation) for goods bound for Afghanistan."""
    if not case.to_afghanistan:
        return
    for paper in case.papers.documents:
        text = next(
            (
                str(paper.fields[key])
                for key in ("regime", "procedure", "режим", "rejim")
                if paper.fields.get(key)
            ),
            "",
        )
        if not text:
            continue
        regime = normalise_regime(text)
        fitting = _FITTING.get(paper.type)
        wrong = regime in _WRONG_ANYWHERE if fitting is None else regime not in fitting
        if wrong:
            yield finding(
                "DOC-04", Severity.HOLD, f"document:{paper.type}", document=paper.type, number=paper.number, regime=regime,
                fitting=sorted(fitting or ("TR80",)),
            )  # fmt: skip


def missing_permit(case: Case) -> Iterator[Finding]:
    """DOC-05: precursors, special goods or narcotics without their permit, or more than it allows."""
    wanted: dict[str, list[Line]] = {"PREC_PERMIT": [], "SPECIAL_PERMIT": [], "NARC_AUTH": []}
    for line in case.papers.lines:
        types = goods_types(case, line)
        if any(hit.check == "CTL-01" for hit in precursor_hits(case, line)):
            wanted["PREC_PERMIT"].append(line)
        arms = arms_hit(case, line)
        if (
            (arms and arms.severity is Severity.BLOCK)
            or {"RADIOACTIVE", "TOXIC"} & types
            or _class_one_or_seven(case, line)
        ):
            wanted["SPECIAL_PERMIT"].append(line)
        if medicine_hits(case, line):
            wanted["NARC_AUTH"].append(line)
    for kind, lines in wanted.items():
        if not lines:
            continue
        held, numbers = case.documents(kind), [line.no for line in lines]
        if not held:
            yield finding(
                "DOC-05", Severity.BLOCK, f"document:{kind}", document=kind, lines=numbers, why="missing"
            )
        elif (over := _over_permit(held, lines)) is not None:
            permitted, declared = over
            yield finding(
                "DOC-05", Severity.BLOCK, f"document:{kind}", document=kind, lines=numbers, why="over_quantity",
                permitted=permitted, declared=declared,
            )  # fmt: skip


def _class_one_or_seven(case: Case, line: Line) -> bool:
    return any(label[0] in "17" for label in labels_of(case, line))


def _over_permit(held: tuple[Document, ...], lines: list[Line]) -> tuple[Decimal, Decimal] | None:
    """(permitted, declared) when the permits state one quantity in kg or pieces and the lines exceed it."""
    for key, amounts in (
        ("quantity_kg", [line.net_kg if line.net_kg is not None else line.gross_kg for line in lines]),
        ("net_kg", [line.net_kg for line in lines]),
        ("quantity", [line.quantity for line in lines]),
    ):
        permitted = [_number(paper.fields.get(key)) for paper in held]
        known = [amount for amount in permitted if amount is not None]
        if known and len(known) == len(held) and all(amount is not None for amount in amounts):
            limit, total = sum(known, Decimal(0)), sum((a for a in amounts if a is not None), Decimal(0))
            return (limit, total) if total > limit else None
    return None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value).replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def missing_exemption(case: Case) -> Iterator[Finding]:
    """DOC-06: loading is asked and there is no Afghan exemption (maafi-nama) with a reference."""
    if (
        case.to_afghanistan
        and needed_now(case, "LOAD")
        and not any(paper.number.strip() for paper in case.documents("AF_EXEMPTION"))
    ):
        yield finding(
            "DOC-06",
            Severity.HOLD,
            "document:AF_EXEMPTION",
            document="AF_EXEMPTION",
            step=case.context.step.value,
        )


def missing_dangerous_permit(case: Case) -> Iterator[Finding]:
    """DOC-07: declared dangerous goods by road without the electronic transit permit."""
    lines = [line.no for line in case.papers.lines if is_dangerous(line)]
    if lines and case.papers.mode.value == "ROAD" and not case.documents("DG_PERMIT"):
        yield finding("DOC-07", Severity.HOLD, "document:DG_PERMIT", document="DG_PERMIT", lines=lines)
