"""The lane of a consignment: a sum of indicators, forced rules, and a draw that can be replayed.

Chapter 10 of the domain notes, points in risk_indicators.csv. Humanitarian goods are at least YELLOW (their papers
are always looked at); GREEN is for repeat movements between our own bays. Officers see the reasons with points and
what would make the score lower; terminal staff see only what follows from the lane.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from workflows.checks.case import Case
from workflows.checks.facts import finding
from workflows.checks.goods import hs_of, is_vague
from workflows.checks.sanctions import vocabulary
from workflows.findings import Finding, Severity
from workflows.screening_names import prepare


class Lane(StrEnum):
    """What happens to the goods: nothing, papers only, inspection; BLUE is a check after release."""

    GREEN = "GREEN"
    BLUE = "BLUE"
    YELLOW = "YELLOW"
    RED = "RED"


#: Indicators that mean RED whatever the score (R08 is more than twice the weight tolerance, R24 a dog's indication).
FORCED_RED = frozenset({"R08", "R13", "R15", "R24"})
#: stands among the forced reasons when an inspection, of whatever method, found something
FOUND = "FINDING"


@dataclass(frozen=True, slots=True)
class Reason:
    """One indicator that counts: its points and what it rests on (check@target, or a word)."""

    indicator: str
    points: int
    because: str


@dataclass(frozen=True, slots=True)
class Draw:
    """A random selection that can be replayed: SHA-256 of seed and reference, as a number in 0..1."""

    seed: str
    number: Decimal
    lane: Lane | None


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """The lane and everything that led to it."""

    lane: Lane
    score: int
    reasons: tuple[Reason, ...]
    forced: tuple[str, ...] = ()
    minimum: bool = False  # the humanitarian minimum decided
    draw: Draw | None = None

    def findings(self) -> list[Finding]:
        """RSK-01 red, RSK-02 yellow, RSK-03 random selection."""
        facts = {
            "score": self.score, "forced": list(self.forced), "minimum": self.minimum,
            "reasons": [{"indicator": r.indicator, "points": r.points, "because": r.because} for r in self.reasons],
        }  # fmt: skip
        found = []
        if self.lane is Lane.RED:
            found.append(finding("RSK-01", Severity.INFO, "consignment", **facts))
        elif self.lane is Lane.YELLOW:
            found.append(finding("RSK-02", Severity.INFO, "consignment", **facts))
        if self.draw is not None and self.draw.lane is not None:
            found.append(
                finding(
                    "RSK-03",
                    Severity.INFO,
                    "consignment",
                    seed=self.draw.seed,
                    number=str(self.draw.number),
                    lane=self.draw.lane.value,
                )
            )
        return found


def choose_lane(case: Case, findings: Iterable[Finding], *, own_bays: bool = False) -> LaneChoice:
    """Add up the indicators and choose. ``own_bays`` marks a repeat movement between our own bays."""
    rules = case.reference.tolerances
    reasons = tuple(indicators(case, findings))
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
    drawn = draw(case)
    if drawn is not None and drawn.lane is not None:
        lane = max(lane, drawn.lane, key=list(Lane).index)
    minimum = Lane(rules.minimum_lane)
    raised = not own_bays and list(Lane).index(lane) < list(Lane).index(minimum)
    return LaneChoice(minimum if raised else lane, score, reasons, forced, raised, drawn)


def draw(case: Case) -> Draw | None:
    """The random selection of this consignment, or None when it is switched off. The same seed draws the same."""
    seed = case.context.random_seed
    if seed is None:
        return None
    digest = hashlib.sha256(f"{seed}\x1f{case.papers.reference}".encode()).digest()
    number = (Decimal(int.from_bytes(digest[:8], "big")) / Decimal(2**64)).quantize(Decimal("0.000001"))
    rules = case.reference.tolerances
    lane = (
        Lane.RED
        if number < rules.random_red
        else Lane.YELLOW
        if number < rules.random_red + rules.random_yellow
        else None
    )
    return Draw(seed, number, lane)


def indicators(case: Case, findings: Iterable[Finding]) -> Iterable[Reason]:
    """Every indicator that counts for this case. Those nobody can compute come from ``context.extra_indicators``."""
    points = case.reference.points
    real = [found for found in findings if not found.cannot_tell]
    because = {**_from_findings(real), **_from_case(case), **_from_inspections(case)}
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
