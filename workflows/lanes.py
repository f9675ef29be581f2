"""The lane of a consignment: a sum of indicators, profiles, forced rules, and a draw that can be replayed.

Chapter 10 of the domain notes, points in risk_indicators.csv, shares and the cap of each office in
customs_offices.json. Humanitarian goods are at least YELLOW (their papers are always looked at); GREEN is for repeat
movements between our own bays, BLUE where an office's own minimum allows it. Officers see the reasons with points and
what would make the score lower; terminal staff see only what follows from the lane.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal

from workflows.checks.case import Case, SealSeen
from workflows.checks.facts import finding
from workflows.checks.goods import hs_of, is_vague
from workflows.checks.sanctions import vocabulary
from workflows.checks.seals import declared_seals
from workflows.checks.wagons import wagon_target
from workflows.customs_offices import Office, office_of
from workflows.findings import Finding, Severity
from workflows.identifiers import normalise_seal
from workflows.profiles import fired, firing, reason_of
from workflows.routing_state import Draw, Lane, LaneChoice, Reason
from workflows.screening_names import prepare

__all__ = [
    "Draw",
    "Lane",
    "LaneChoice",
    "Reason",
    "choose_lane",
    "draw",
    "findings_of",
    "indicators",
    "lower",
]

#: Indicators that mean RED whatever the score (R08 is more than twice the weight tolerance, R24 a dog's indication).
FORCED_RED = frozenset({"R08", "R13", "R15", "R24"})
#: stands among the forced reasons when an inspection, of whatever method, found something
FOUND = "FINDING"
#: results of inspections that say nothing of the goods
_NOT_LOOKED = frozenset({"NOT_POSSIBLE"})
#: methods that look at papers, plates, seals and figures, not into goods: they are not the inspection that RED asks for
NOT_INSIDE = frozenset({"DOCUMENT", "PASSPORT_READER", "ANPR", "COUNT", "WEIGH", "SEAL_CHECK"})


def findings_of(choice: LaneChoice) -> list[Finding]:
    """RSK-01 red, RSK-02 yellow, RSK-03 random selection."""
    facts = {
        "score": choice.score, "forced": list(choice.forced), "minimum": choice.minimum,
        "reasons": [{"indicator": r.indicator, "points": r.points, "because": r.because} for r in choice.reasons],
    }  # fmt: skip
    found = []
    if choice.lane is Lane.RED:
        found.append(finding("RSK-01", Severity.INFO, "consignment", **facts))
    elif choice.lane is Lane.YELLOW:
        found.append(finding("RSK-02", Severity.INFO, "consignment", **facts))
    if choice.draw is not None and choice.draw.lane is not None:
        found.append(
            finding(
                "RSK-03",
                Severity.INFO,
                "consignment",
                seed=choice.draw.seed,
                number=str(choice.draw.number),
                lane=choice.draw.lane.value,
            )
        )
    return found


def choose_lane(case: Case, findings: Iterable[Finding], *, own_bays: bool = False) -> LaneChoice:
    """Add up the indicators and choose. ``own_bays`` marks a repeat movement between our own bays."""
    rules, findings = case.reference.tolerances, list(findings)
    office = office_of(case.reference.offices, case.papers.mode.value)
    profiles = firing(case, office.code)
    brought = [(profile, fired(profile, case.reference.points)) for profile in profiles]
    reasons = _together(
        indicators(case, findings), (r for p, b in brought if (r := reason_of(p, b)) is not None)
    )
    score = sum(reason.points for reason in reasons)
    forced = tuple(r.indicator for r in reasons if r.indicator in FORCED_RED)
    if any(seen.result == FOUND for seen in case.observations.inspections):
        forced += (FOUND,)
    lane = (
        Lane.RED
        if forced or score >= rules.red_points
        else Lane.YELLOW
        if score >= rules.yellow_points
        else Lane.GREEN
    )
    lane = max(lane, *(b.lane for _, b in brought if b.lane is not None), lane, key=lambda one: one.rank)
    must = bool(forced) or any(p.must and b.lane is Lane.RED for p, b in brought) or _held(findings)
    share = _share_of_red(case, office)
    capped = lane is Lane.RED and not must and share is not None and share >= office.cap_red
    if capped:
        lane = Lane.YELLOW
    drawn = draw(case)
    if drawn is not None and drawn.lane is not None:
        lane = max(lane, drawn.lane, key=lambda one: one.rank)
    floor = Lane.GREEN if own_bays else office.minimum or Lane(rules.minimum_lane)
    raised = lane.rank < floor.rank
    looked = [
        s for s in case.observations.inspections if s.result not in _NOT_LOOKED and s.method not in NOT_INSIDE
    ]
    return LaneChoice(
        floor if raised else lane,
        score,
        reasons,
        forced,
        raised,
        drawn,
        office.code,
        floor,
        tuple(b for _, b in brought),
        capped and lane is not Lane.RED,
        share,
        bool(looked),
        any(s.result == FOUND for s in looked),
    )


def _together(computed: Iterable[Reason], of_profiles: Iterable[Reason]) -> tuple[Reason, ...]:
    """One reason a code: an indicator that several profiles bring, or a rule and a profile, counts once."""
    found: dict[str, Reason] = {}
    for reason in (*computed, *of_profiles):
        found.setdefault(reason.indicator, reason)
    return tuple(found[code] for code in sorted(found))


def _held(findings: Iterable[Finding]) -> bool:
    """True when a check holds or blocks: then there is more than points, and no cap counts."""
    return any(f.severity.rank >= Severity.HOLD.rank and not f.cannot_tell for f in findings)


def _share_of_red(case: Case, office: Office) -> Decimal | None:
    """The share of RED among the office's last consignments; None while there are too few of them to tell."""
    past = case.context.past_lanes
    if past is None or past.count < office.least:
        return None
    return (Decimal(past.red) / Decimal(past.count)).quantize(Decimal("0.0001"))


def draw(case: Case) -> Draw | None:
    """The random selection of this consignment, or None when it is switched off. The same seed draws the same.

    The shares are those of the office, but never below those of the terminal.
    """
    seed = case.context.random_seed
    if seed is None:
        return None
    of = case.papers.reference
    digest = hashlib.sha256(f"{seed}\x1f{of}".encode()).digest()
    number = (Decimal(int.from_bytes(digest[:8], "big")) / Decimal(2**64)).quantize(Decimal("0.000001"))
    rules = case.reference.tolerances
    office = office_of(case.reference.offices, case.papers.mode.value)
    red, yellow = max(office.random_red, rules.random_red), max(office.random_yellow, rules.random_yellow)
    lane = (
        Lane.RED
        if number < red
        else Lane.YELLOW
        if number < red + yellow
        else Lane.BLUE
        if number < red + yellow + office.random_blue
        else None
    )
    return Draw(seed, number, lane, of, red, yellow, office.random_blue)


def indicators(case: Case, findings: Iterable[Finding]) -> Iterable[Reason]:
    """Every indicator that counts for this case. Those nobody can compute come from ``context.extra_indicators``."""
    points = case.reference.points
    real = [found for found in findings if not found.cannot_tell]
    because = {
        **case.context.history,
        **_from_findings(real),
        **_from_case(case),
        **_from_inspections(case),
    }
    if not case.to_afghanistan:  # northbound: an empty return with more weight than its tare
        heavier = [f for f in real if f.check == "WGT-06"]
        because |= {"R19": f"WGT-06@{heavier[0].target}"} if heavier else {}
    for code in case.context.extra_indicators:
        because.setdefault(code, "officer")
    for code in sorted(because):
        if code in points:
            yield Reason(code, points[code], because[code])


def _from_findings(findings: list[Finding]) -> Mapping[str, str]:
    found: dict[str, str] = {}

    def mark(code: str, cause: Finding) -> None:
        found.setdefault(code, f"{cause.check}@{cause.target}")

    for one in findings:
        if one.check == "WGT-02":
            mark("R08" if one.facts.get("over_twice") else "R07", one)
        elif one.check.startswith("SEA-"):
            mark("R09", one)
        elif one.check == "VEH-01" or (one.check == "VEH-03" and one.facts.get("why") == "name"):
            mark("R10", one)
        elif one.check == "CTL-03":
            mark("R12", one)
        elif one.check == "CTL-01" or (one.check == "CTL-02" and one.severity is Severity.BLOCK):
            mark("R13", one)
        elif one.check == "SAN-02":
            mark("R14", one)
        elif one.check == "SAN-01":
            mark("R15", one)
    if "R08" in found:
        found.pop("R07", None)
    return found


def _from_case(case: Case) -> Mapping[str, str]:
    found: dict[str, str] = {}
    context, papers = case.context, case.papers
    for seal in case.observations.seals:
        if wagon_target(seal.on) is not None and _resealed(case, seal):
            found.setdefault("R17", seal.on)
    if context.known_senders is not None and not _known(case, papers.sender, context.known_senders):
        found["R01"] = papers.sender
    if (
        context.known_carriers is not None
        and papers.carrier
        and not _known(case, papers.carrier, context.known_carriers)
    ):
        found["R02"] = papers.carrier
    if context.recognised_senders is not None and not _known(case, papers.sender, context.recognised_senders):
        found["R03"] = papers.sender
    vague = [line.no for line in papers.lines if is_vague(case, line)]
    if vague:
        found["R05"] = f"line:{vague[0]}"
    short = [line.no for line in papers.lines if len(hs_of(line)) < 6]
    if short:
        found["R06"] = f"line:{short[0]}"
    return found


def _resealed(case: Case, seal: SealSeen) -> bool:
    """True when a wagon's seal is another than the one it left with, even when a paper of the way explains it."""
    declared = declared_seals(case, seal.on)
    number = normalise_seal(seal.number or "")
    replaced = (seal.state or "").strip().upper() == "REPLACED"
    return replaced or bool(declared and number and number not in declared)


def _known(case: Case, name: str, known: frozenset[str]) -> bool:
    words = vocabulary(case.reference)
    wanted = sorted(prepare(name, words).tokens)
    plain = " ".join(name.casefold().split())
    return any(
        " ".join(k.casefold().split()) == plain
        or (wanted and sorted(prepare(k, words).tokens) == wanted and len(wanted) > 1)
        for k in known
    )


def _from_inspections(case: Case) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for seen in case.observations.inspections:
        if seen.method.startswith("CANINE") and seen.result in ("INDICATION", "FINDING"):
            found["R24"] = seen.method
        elif seen.method.startswith(("XRAY", "BACKSCATTER")) and seen.result in (
            "ANOMALY",
            "INDICATION",
            "FINDING",
        ):
            found["R25"] = seen.method
    return found


def lower(choice: LaneChoice) -> tuple[Reason, ...]:
    """What would make the score lower: the reasons with points, heaviest first."""
    return tuple(sorted((r for r in choice.reasons if r.points > 0), key=lambda r: -r.points))
