"""EXP: expiry, best before, production. Chapter 8.3 of the domain notes; WHO guidelines for medicine donations.

A date may have several readings (``03/04/27``). When they all lead to the same verdict that verdict stands; when
they do not, EXP-06 asks. A month alone is its last day for an expiry and its first for a production date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from workflows.checks.case import Case, add_months
from workflows.checks.documents import batches_of
from workflows.checks.facts import finding
from workflows.checks.goods import goods_types
from workflows.checks.memo import once_a_case
from workflows.findings import Finding, Severity
from workflows.identifiers import normalise_reference
from workflows.papers import Line, PaperDate

_NOTHING_MEANT = re.compile(r"^(n\.?/?a\.?|none|no expiry|-+|–|—|нет|не применимо|не применяется|б/?с|бессрочно|yoʻq|yo'q|йўқ|muddatsiz|муддатсиз|without|unlimited|\.+|x+)$", re.IGNORECASE)  # fmt: skip

#: Goods that need a date (checks.csv EXP-05).
DATED = frozenset({"MEDICINE", "VACCINE", "FOOD", "FOOD_SPECIAL"})
TEN_YEARS = 120  # months


def meant(stated: PaperDate | None) -> PaperDate | None:
    """A date somebody stated; "n/a" and dashes are no date."""
    if stated is None or not stated.text.strip() or _NOTHING_MEANT.match(stated.text.strip()):
        return None
    return stated


def is_medicine(types: frozenset[str]) -> bool:
    """Medicines and vaccines."""
    return "MEDICINE" in types


def is_food(types: frozenset[str]) -> bool:
    """Everything eaten, special food included."""
    return "FOOD" in types


def consented(case: Case, line: Line) -> bool:
    """True when the recipient accepted the short date in writing: for this batch, or for all."""
    for paper in case.documents("RECIPIENT_CONSENT"):
        named = {normalise_reference(batch) for batch in batches_of(paper)}
        if not named or (line.batch and normalise_reference(line.batch) in named):
            return True
    return False


def expiry_verdict(case: Case, line: Line, types: frozenset[str], day: date) -> str | None:
    """What one reading of a use-by date means: EXP-01, EXP-02, EXP-03 or nothing."""
    rules, arrival = case.reference.tolerances, case.context.arrival_day
    if day < case.context.today:
        return "EXP-01"
    if is_medicine(types) and not consented(case, line):
        months = rules.vaccine_min_months if "VACCINE" in types else rules.medicine_min_months
        if day < add_months(arrival, months):
            return "EXP-02"
    if is_food(types) and day < arrival + timedelta(days=rules.food_warn_days):
        return "EXP-03"
    return None


def best_before_verdict(case: Case, line: Line, types: frozenset[str], day: date) -> str | None:
    """What one reading of a best-before date means: EXP-04, EXP-03 or nothing; for a medicine EXP-02 as well."""
    if day < case.context.today:
        return "EXP-04"
    if is_medicine(types):
        return expiry_verdict(case, line, types, day)
    if is_food(types) and day < case.context.arrival_day + timedelta(
        days=case.reference.tolerances.food_warn_days
    ):
        return "EXP-03"
    return None


@once_a_case
def shelf_life(case: Case) -> tuple[Finding, ...]:
    """All EXP findings of every line; the single checks pick theirs."""
    return tuple(_of_lines(case))


def _of_lines(case: Case) -> Iterator[Finding]:
    for line in case.papers.lines:
        types = goods_types(case, line)
        expiry, best, produced = meant(line.expiry), meant(line.best_before), meant(line.produced)
        if expiry is None and best is None:
            if types & DATED:
                yield finding(
                    "EXP-05", Severity.HOLD, f"line:{line.no}", goods=sorted(types & DATED), batch=line.batch
                )
        elif expiry is not None:
            verdicts = {day: expiry_verdict(case, line, types, day) for day in expiry.readings}
            yield from _report(case, line, types, expiry, verdicts, "expiry")
        if best is not None:
            verdicts = {day: best_before_verdict(case, line, types, day) for day in best.readings}
            yield from _report(case, line, types, best, verdicts, "best_before")
        yield from _impossible(case, line, types, expiry or best, produced)


_SEVERITY = {
    "EXP-01": Severity.BLOCK,
    "EXP-02": Severity.HOLD,
    "EXP-03": Severity.WARN,
    "EXP-04": Severity.HOLD,
}


def _report(
    case: Case,
    line: Line,
    types: frozenset[str],
    stated: PaperDate,
    verdicts: dict[date, str | None],
    column: str,
) -> Iterator[Finding]:
    target = f"line:{line.no}"
    if not verdicts:
        yield finding("EXP-06", Severity.HOLD, target, text=stated.text, why="unreadable", column=column)
    elif len(set(verdicts.values())) > 1:
        yield finding(
            "EXP-06",
            Severity.HOLD,
            target,
            text=stated.text,
            why="ambiguous",
            column=column,
            readings=list(verdicts),
        )
    elif (verdict := next(iter(verdicts.values()))) is not None:
        day = min(verdicts)
        facts = {"date": day, "text": stated.text, "column": column, "batch": line.batch}
        if verdict == "EXP-02":
            vaccine = "VACCINE" in types
            rules = case.reference.tolerances
            months = rules.vaccine_min_months if vaccine else rules.medicine_min_months
            facts |= {"months": months, "needed": add_months(case.context.arrival_day, months)}
        if verdict in ("EXP-02", "EXP-03"):
            facts |= {"arrival": case.context.arrival_day, "days_left": (day - case.context.arrival_day).days}
        if verdict in ("EXP-01", "EXP-04"):
            facts |= {"on": case.context.today}
        yield finding(verdict, _SEVERITY[verdict], target, **facts)


def _first_day(stated: PaperDate, day: date) -> date:
    """A production month or year begins on its first day."""
    if stated.precision == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if stated.precision == "year" else day


def _impossible(
    case: Case, line: Line, types: frozenset[str], end: PaperDate | None, produced: PaperDate | None
) -> Iterator[Finding]:
    if produced is None:
        return
    target = f"line:{line.no}"
    if not produced.readings:
        yield finding(
            "EXP-06", Severity.HOLD, target, text=produced.text, why="unreadable", column="production_date"
        )
        return
    ends: tuple[date | None, ...] = end.readings if end is not None and end.readings else (None,)
    reasons = {
        _why(case, types, _first_day(produced, made), last) for made in produced.readings for last in ends
    }
    if None not in reasons:
        yield finding(
            "EXP-07", Severity.HOLD, target, why=sorted(r for r in reasons if r)[0], produced=produced.text,
            expiry=end.text if end else None, on=case.context.today,
        )  # fmt: skip


def _why(case: Case, types: frozenset[str], made: date, end: date | None) -> str | None:
    if made > case.context.today:
        return "produced_in_future"
    if end is not None and made > end:
        return "produced_after_expiry"
    if end is not None and is_medicine(types) and end > add_months(made, TEN_YEARS + 1):
        return "over_ten_years"
    return None


def expired(case: Case) -> Iterator[Finding]:
    """EXP-01: the use-by date lies before the day of judging."""
    return (f for f in shelf_life(case) if f.check == "EXP-01")


def short_medicine(case: Case) -> Iterator[Finding]:
    """EXP-02: a medicine has less than 12 months (a vaccine 6) at arrival and nobody consented; exactly 12 passes."""
    return (f for f in shelf_life(case) if f.check == "EXP-02")


def short_food(case: Case) -> Iterator[Finding]:
    """EXP-03: food ends within 90 days of arrival."""
    return (f for f in shelf_life(case) if f.check == "EXP-03")


def best_before_passed(case: Case) -> Iterator[Finding]:
    """EXP-04: the best-before date lies before the day of judging."""
    return (f for f in shelf_life(case) if f.check == "EXP-04")


def no_date(case: Case) -> Iterator[Finding]:
    """EXP-05: medicine, vaccine or food without any date."""
    return (f for f in shelf_life(case) if f.check == "EXP-05")


def unclear_date(case: Case) -> Iterator[Finding]:
    """EXP-06: a date has readings with different verdicts, or none at all."""
    return (f for f in shelf_life(case) if f.check == "EXP-06")


def impossible_dates(case: Case) -> Iterator[Finding]:
    """EXP-07: produced after expiry or in the future, or a medicine that keeps longer than ten years."""
    return (f for f in shelf_life(case) if f.check == "EXP-07")
