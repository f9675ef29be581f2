"""PRC: rules of the process itself. Chapters 3 and 9 of the domain notes; moves in :mod:`workflows.stages`.

They read :class:`~workflows.checks.case.ProcessFacts`, which the live service fills; a case without them says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from workflows.checks.case import TASHKENT, Case
from workflows.checks.facts import finding
from workflows.findings import Finding, Severity
from workflows.stages import CONSIGNMENT, allowed

CLOCK_LIMIT = timedelta(minutes=2)


def same_person_twice(case: Case) -> Iterator[Finding]:
    """PRC-01: one user in both approvals, a second approver who edited the consignment that day, or the sender's user."""
    process = case.process
    if process is None:
        return
    first = next((a for a in reversed(process.approvals) if a.order == "first"), None)
    second = next((a for a in reversed(process.approvals) if a.order == "second"), None)
    if first and second and first.by == second.by:
        yield finding("PRC-01", Severity.BLOCK, "consignment", why="same_user", user=first.by)
    for approval in (first, second):
        if approval and process.sender_user and approval.by == process.sender_user:
            yield finding("PRC-01", Severity.BLOCK, "consignment", why="acts_for_sender", user=approval.by)
    if second:
        day = second.at.astimezone(TASHKENT).date()
        edits = [e for e in process.edits if e.by == second.by and e.at.astimezone(TASHKENT).date() == day]
        if edits and not (first and first.by == second.by):
            yield finding(
                "PRC-01",
                Severity.BLOCK,
                "consignment",
                why="edited_today",
                user=second.by,
                field=edits[0].field,
            )


def release_with_hold(case: Case) -> Iterator[Finding]:
    """PRC-02: release is asked while a hold is open."""
    process = case.process
    if process is not None and process.release_asked and process.open_holds:
        holds = [f"{target}: {reason}" for target, reason in process.open_holds]
        yield finding("PRC-02", Severity.BLOCK, "consignment", holds=holds)


def stage_skipped(case: Case) -> Iterator[Finding]:
    """PRC-03: the move asked is not in the table of moves."""
    process = case.process
    if process is not None and process.move is not None and not allowed(CONSIGNMENT, *process.move):
        start, end = process.move
        yield finding("PRC-03", Severity.BLOCK, "consignment", start=start.value, end=end.value)


def too_long(case: Case) -> Iterator[Finding]:
    """PRC-04: the time in a stage is over its target (tolerances.json, minutes)."""
    process = case.process
    if process is None or process.stage is None or process.in_stage_since is None:
        return
    target = case.reference.tolerances.dwell_minutes.get(process.stage.value)
    minutes = int((case.context.as_of - process.in_stage_since).total_seconds() // 60)
    if target is not None and minutes > target:
        yield finding(
            "PRC-04",
            Severity.WARN,
            "consignment",
            stage=process.stage.value,
            minutes=minutes,
            target_minutes=target,
        )


def changed_after_approval(case: Case) -> Iterator[Finding]:
    """PRC-05: a protected field changed after an approval: the approval falls away."""
    process = case.process
    if process is None:
        return
    for approval in process.approvals:
        later = [edit for edit in process.edits if edit.at > approval.at]
        other = (
            approval.digest is not None and process.digest is not None and approval.digest != process.digest
        )
        if later or other:
            fields = sorted({edit.field for edit in later})
            yield finding(
                "PRC-05", Severity.HOLD, "consignment", approval=approval.order, by=approval.by, fields=fields
            )
            return


def clock_problem(case: Case) -> Iterator[Finding]:
    """PRC-06: a device's clock is more than two minutes off the server, or events came out of order."""
    told: set[str] = set()
    for clock in case.observations.clocks:
        apart = abs(clock.server_at - clock.device_at)
        if apart > CLOCK_LIMIT and clock.device not in told:
            told.add(clock.device)
            yield finding(
                "PRC-06",
                Severity.WARN,
                "consignment",
                why="clock",
                device=clock.device,
                seconds=int(apart.total_seconds()),
            )
    if case.process is not None:
        times = case.process.sequence
        if any(later < earlier for earlier, later in pairwise(times)):
            yield finding("PRC-06", Severity.WARN, "consignment", why="order")
