"""WGT: weights on paper and on the scale. Chapter 6 of the domain notes; limits in tolerances.json."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows.checks.case import AxleGroup, Case
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.header import line_gross, stated_gross
from workflows.checks.identity import sscc_value
from workflows.checks.wagons import lines_of_wagon, wagon_target
from workflows.checks.weighing import best, cargo_mass, empty_on_board, groups, registered_tare, why_unusable
from workflows.findings import Finding, Severity
from workflows.papers import Mode

#: Heaviest believable gross of one pallet, kg.
PALLET_LIMIT_KG = Decimal(2500)
_AXLES = {"single": 1, "tandem": 2, "tridem": 3}
_LIMIT_NAMES = {"single": "single_axle", "tandem": "tandem", "tridem": "tridem"}


def impossible_weight(case: Case) -> Iterator[Finding]:
    """WGT-01: net above gross, a weight of zero or less, or a pallet above 2,500 kg."""
    rows = [
        (f"line:{line.no}", line.gross_kg, line.net_kg, line.packages, line.package_type)
        for line in case.papers.lines
    ] + [
        (f"unit:{unit.no}", unit.gross_kg, None, unit.packages or 1, unit.package_type)
        for unit in case.papers.units
    ]
    for target, gross, net, packages, kind in rows:
        why, limit = "", None
        if (gross is not None and gross <= 0) or (net is not None and net <= 0):
            why = "not_positive"
        elif gross is not None and net is not None and net > gross:
            why = "net_above_gross"
        elif gross is not None and kind == "PX" and packages and gross / packages > PALLET_LIMIT_KG:
            why, limit = "pallet_too_heavy", PALLET_LIMIT_KG
        if why:
            yield finding(
                "WGT-01",
                Severity.HOLD,
                target,
                why=why,
                gross_kg=gross,
                net_kg=net,
                packages=packages,
                limit_kg=limit,
            )
    header = case.papers.declared
    if (header.gross_kg is not None and header.gross_kg <= 0) or (
        header.gross_kg is not None and header.net_kg is not None and header.net_kg > header.gross_kg
    ):
        why = "not_positive" if header.gross_kg <= 0 else "net_above_gross"
        yield finding(
            "WGT-01", Severity.HOLD, "consignment", why=why, gross_kg=header.gross_kg, net_kg=header.net_kg
        )


def weight_differs(case: Case) -> Iterator[Finding]:
    """WGT-02: measured cargo differs from the declared gross by more than max(relative, absolute) of the method.

    Per wagon and per weighed unit where those were weighed, else the vehicle; by air also the whole shipment,
    unless single units explain the difference. Equal to the limit passes. Cannot tell without a usable gross or
    a tare.
    """
    targets = dict.fromkeys(target for target, what in groups(case) if what in ("GROSS", "NET"))
    for target in targets:
        wagon = wagon_target(target)
        if wagon is not None:
            lines = lines_of_wagon(case, wagon)
            weights = [line.gross_kg for line in lines]
            if not lines or None in weights:
                yield cannot_tell("WGT-02", target, "declared_weight")
                continue
            declared: Decimal | None = sum((w for w in weights if w is not None), Decimal(0))
        elif target in ("vehicle", "container"):
            declared = stated_gross(case)
        else:
            continue
        yield from _compare_cargo(case, target, declared)
    yield from _compare_units(case)


def _compare_cargo(case: Case, target: str, declared: Decimal | None) -> Iterator[Finding]:
    mass = cargo_mass(case, target)
    if isinstance(mass, str):
        yield cannot_tell("WGT-02", target, mass)
        return
    if declared is None:
        yield cannot_tell("WGT-02", target, "declared_weight", measured_kg=mass.kg)
        return
    limit, difference = mass.tolerance.limit_kg(declared), mass.kg - declared
    if abs(difference) > limit:
        yield finding(
            "WGT-02", Severity.HOLD, target, declared_kg=declared, measured_kg=mass.kg, difference_kg=difference,
            tolerance_kg=limit, tare_kg=mass.tare_kg, tare_from=mass.tare_from, container_tare_kg=mass.container_tare_kg,
            scale=mass.gross.scale, over_twice=abs(difference) > 2 * limit,
        )  # fmt: skip


def _compare_units(case: Case) -> Iterator[Finding]:
    """Weighed units against their rows, then by air the shipment against its sum (1 % or 5 kg)."""
    table = case.reference.tolerances.weight
    declared_total, measured_total, excess = Decimal(0), Decimal(0), Decimal(0)
    whole = True
    rows = _rows_by_sscc(case)
    weighed = [target for target, what in groups(case) if what == "UNIT"]
    for sscc in weighed:
        seen, row = best(case, sscc, "UNIT"), rows.get(sscc)
        if seen is None or seen.kg is None or row is None or row[1] is None:
            whole = False
            continue
        target, declared = row[0], row[1]
        scale = case.context.scales.get(seen.scale)
        tolerance = table.get(scale.kind if scale else "", table["platform_pallet_scale"])
        limit, difference = tolerance.limit_kg(declared), seen.kg - declared
        declared_total += declared
        measured_total += seen.kg
        if abs(difference) > limit:
            excess += difference
            yield finding(
                "WGT-02", Severity.HOLD, target, declared_kg=declared, measured_kg=seen.kg, difference_kg=difference,
                tolerance_kg=limit, scale=seen.scale, unit=sscc, over_twice=abs(difference) > 2 * limit,
            )  # fmt: skip
    stated = stated_gross(case)
    if (
        case.papers.mode is not Mode.AIR
        or not weighed
        or not whole
        or stated is None
        or set(weighed) != set(rows)
    ):
        return
    limit = table["air_declared"].limit_kg(stated)
    difference = measured_total - stated
    if abs(difference) > limit and abs(difference - excess) > limit:
        yield finding(
            "WGT-02", Severity.HOLD, "consignment", declared_kg=stated, measured_kg=measured_total, difference_kg=difference,
            tolerance_kg=limit, over_twice=abs(difference) > 2 * limit,
        )  # fmt: skip


def _rows_by_sscc(case: Case) -> dict[str, tuple[str, Decimal | None]]:
    """SSCC -> (target of its first row, gross of all its rows or None when one does not say)."""
    rows: dict[str, tuple[str, Decimal | None]] = {}
    source = [(f"unit:{u.no}", u.sscc, u.gross_kg) for u in case.papers.units] or [
        (f"line:{line.no}", line.sscc, line.gross_kg) for line in case.papers.lines
    ]
    for target, sscc, gross in source:
        if not sscc:
            continue
        key = sscc_value(sscc)
        if key not in rows:
            rows[key] = (target, gross)
        else:
            first, so_far = rows[key]
            rows[key] = (first, so_far + gross if so_far is not None and gross is not None else None)
    return rows


def overweight(case: Case) -> Iterator[Finding]:
    """WGT-03: an axle group or the vehicle is above the configured road limit and there is no OVERWEIGHT permit.

    The gross limit depends on the number of axles; without an axle weighing only the highest limit is certain.
    """
    if case.papers.mode in (Mode.RAIL, Mode.RIVER) or case.documents("OVERWEIGHT"):
        return
    limits = case.reference.tolerances.road_limits_kg
    seen, gross = best(case, "vehicle", "AXLES"), best(case, "vehicle", "GROSS")
    axles: tuple[AxleGroup, ...] = seen.axles if seen else ()
    over = [
        {"part": group.group, "kg": group.kg, "limit_kg": limits[_LIMIT_NAMES[group.group]]}
        for group in axles
        if group.group in _LIMIT_NAMES and group.kg > limits[_LIMIT_NAMES[group.group]]
    ]
    weight = gross.kg if gross and gross.kg is not None else sum((g.kg for g in axles), Decimal(0)) or None
    if weight is not None:
        known = bool(axles) and all(group.group in _AXLES for group in axles)
        count = sum(_AXLES.get(group.group, 0) for group in axles)
        low, high = limits["gross_5_axles"], limits["gross_6_axles"]
        limit = low if known and count <= 5 else high
        if weight > limit:
            over.append({"part": "gross", "kg": weight, "limit_kg": limit, "axles": count or None})
        elif not known and weight > low:
            yield cannot_tell("WGT-03", "vehicle", "axles", gross_kg=weight, limit_kg=low)
    if over:
        yield finding("WGT-03", Severity.HOLD, "vehicle", over=over)


def unusable_reading(case: Case) -> Iterator[Finding]:
    """WGT-04: nothing usable was weighed for a target: unstable, negative, overload, unverified, out of range.

    A bad reading followed or preceded by a good one of the same kind is ignored.
    """
    for (target, what), readings in groups(case).items():
        reasons = [why_unusable(case, seen) for seen in readings]
        if None in reasons:
            continue
        last, why = readings[-1], reasons[-1]
        if why == "unknown_scale":
            yield cannot_tell("WGT-04", _named(case, target), "scale", scale=last.scale)
            continue
        scale = case.context.scales.get(last.scale)
        yield finding(
            "WGT-04", Severity.HOLD, _named(case, target), scale=last.scale, what=what, kg=last.kg, why=why,
            verified_until=scale.verified_until if scale else None, min_kg=scale.min_kg if scale else None,
            max_kg=scale.max_kg if scale else None,
        )  # fmt: skip


def _named(case: Case, target: str) -> str:
    """A weighed SSCC as the row it belongs to."""
    row = _rows_by_sscc(case).get(target)
    if row is not None:
        return row[0]
    return "consignment" if target.isdigit() else target


def weights_differ_from_header(case: Case) -> Iterator[Finding]:
    """WGT-05: the lines' gross differs from the header by more than 0.5 % and more than 20 kg; units likewise."""
    header, rule = case.papers.declared.gross_kg, case.reference.tolerances.header_weight
    total = line_gross(case)
    if header is not None and case.papers.lines:
        if total is None:
            silent = [line.no for line in case.papers.lines if line.gross_kg is None]
            yield cannot_tell("WGT-05", "consignment", "line_weight", lines=silent)
        elif abs(total - header) > header * rule.relative and abs(total - header) > rule.absolute_kg:
            yield finding(
                "WGT-05", Severity.HOLD, "consignment", declared_kg=header, lines_kg=total, difference_kg=total - header,
                tolerance_kg=rule.limit_kg(header),
            )  # fmt: skip
            return
    units = [unit.gross_kg for unit in case.papers.units]
    stated = header if header is not None else total
    if stated is not None and units and None not in units:
        of_units = sum((kg for kg in units if kg is not None), Decimal(0))
        if abs(of_units - stated) > rule.limit_kg(stated):
            yield finding(
                "WGT-05", Severity.HOLD, "consignment", declared_kg=stated, units_kg=of_units, difference_kg=of_units - stated,
                tolerance_kg=rule.limit_kg(stated),
            )  # fmt: skip


def tare_differs(case: Case) -> Iterator[Finding]:
    """WGT-06: the empty vehicle differs from its known tare by more than 3 % and more than 300 kg.

    Cannot tell when no tare is registered or was given. Chapter 6.3.
    """
    rule = case.reference.tolerances.tare
    for target in dict.fromkeys(target for target, what in groups(case) if what == "TARE"):
        seen, known = best(case, target, "TARE"), registered_tare(case, target)
        if seen is None or seen.kg is None:
            continue
        if known is None:
            yield cannot_tell("WGT-06", target, "registered_tare", measured_kg=seen.kg)
            continue
        difference = seen.kg - empty_on_board(case, target, seen.kg) - known
        if abs(difference) > known * rule.relative and abs(difference) > rule.absolute_kg:
            yield finding(
                "WGT-06", Severity.HOLD, target, measured_kg=seen.kg, registered_kg=known, difference_kg=difference,
                tolerance_kg=rule.limit_kg(known),
            )  # fmt: skip
