"""Reports on the screen: the list, one report with its days, the same as a file, and long ones with their progress."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal.api.problems import not_found, not_permitted
from terminal.api.reports import file_of, jobs_of, report_of, start
from terminal.cases import reporting
from terminal.cases.reporting import KINDS, Ask
from terminal.reports import files, showing
from terminal.reports.jobs import Job
from terminal.reports.model import Report
from terminal.reports.span import Span, SpanError, day_of, week_of
from terminal.web.consignments import BAD_DATE, day
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from workflows.roles import Right, Role

router = APIRouter()
Days = Annotated[str, Query(max_length=20)]
Party = Annotated[str, Query(max_length=200)]
BAD_DAYS = N_("The last day must not be before the first, nor more than two years after it.")
NOT_READY = N_("This report is still being made.")


def _insist(page: Page, kind: str) -> None:
    if kind not in KINDS:
        raise not_found("report", kind)
    if not reporting.may(page.actor, kind):
        raise not_permitted(KINDS[kind].right.value)


@router.get("/reports")
def get_reports(page: MyPage) -> Response:
    """The reports that this reader may have, and those being made."""
    mine = [(name, kind) for name, kind in KINDS.items() if reporting.may(page.actor, name)]
    if not mine:
        raise not_permitted(Right.READ_BOARD.value)
    today = day_of(page.now)
    return page.html(
        "reports.html",
        kinds=mine,
        today=today,
        week=week_of(today),
        jobs=jobs_of(page.request).of(page.actor.id),
        titles={name: kind.title for name, kind in KINDS.items()},
        board=page.may(Right.READ_BOARD),
        risk=page.may(Right.READ_RISK),
    )


# before /reports/{kind}: "job" is no kind of report
@router.get("/reports/job/{identity}")
async def get_job(page: MyPage, identity: str, form: Annotated[str, Query(max_length=4)] = "") -> Response:
    """A report that takes long: how far it is, then the report."""
    job = jobs_of(page.request).get(identity, page.actor.id)
    if job is None:
        raise not_found("report", identity)
    if job.report is None:
        if form:
            return page.sorry(NOT_READY, f"/reports/job/{identity}")
        return page.html("report_job.html", job=job, title=KINDS[job.ask.kind].title)
    _insist(page, job.report.kind)
    return await _given(page, job.ask, job.report, form, job)


@router.get("/reports/{kind}")
async def get_report(
    page: MyPage,
    kind: str,
    first: Days = "",
    last: Days = "",
    sender: Party = "",
    donor: Party = "",
    operation: Party = "",
    form: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """One report; ``form`` gives it as csv, xlsx or pdf. One of many entries becomes a job with a page of its own."""
    _insist(page, kind)
    back = f"/reports/{kind}"
    try:
        ask = reporting.asked(page.actor, kind, day(first), day(last), sender, donor, page.now, operation)
    except SpanError:
        return page.sorry(BAD_DAYS, back)
    except reporting.NotNamed:
        return page.html(
            "report.html",
            kind=kind,
            k=KINDS[kind],
            **_form(page, kind, None),
            sections=(),
            job=None,
            report=None,
        )
    except ValueError:
        return page.sorry(BAD_DATE, back)
    assert page.caller is not None
    if await run_in_threadpool(_large, page, ask):
        job = start(jobs_of(page.request), page.service, page.caller, ask)
        return RedirectResponse(f"/reports/job/{job.id}", 303)
    report = await run_in_threadpool(report_of, page.service, page.caller, ask)
    return await _given(page, ask, report, form, None)


def _large(page: Page, ask: Ask) -> bool:
    with page.service.reading() as reader:
        return reporting.entries(reader, ask) > reporting.LARGE


async def _given(page: Page, ask: Ask, report: Report, form: str, job: Job | None) -> Response:
    assert page.caller is not None
    if form in files.MEDIA:
        return await file_of(page.service, page.caller, report, form, page.lang)
    return page.html(
        "report.html",
        kind=ask.kind,
        k=KINDS[ask.kind],
        report=report,
        period=showing.period(page.words, report),
        scope=showing.scope(page.words, report),
        foot=showing.foot(page.words, report, page.caller.name),
        sections=showing.sections(page.words, report),
        job=job,
        **_form(page, ask.kind, ask),
    )


def _operations(page: Page) -> list[str]:
    with page.service.reading() as reader:
        return reader.inspecting.operations()


def _form(page: Page, kind: str, ask: Ask | None) -> dict[str, Any]:
    """What the form of a report shows: the days, quick choices, and whom it can be asked about."""
    span = ask.span if ask is not None else reporting.usual_span(kind, page.now)
    today = day_of(page.now)
    week = week_of(today)
    before = Span(week.first - timedelta(days=7), week.last - timedelta(days=7))
    return {
        "span": span,
        "choices_of_days": (
            (N_("Today"), Span(today, today)),
            (N_("Yesterday"), Span(today - timedelta(days=1), today - timedelta(days=1))),
            (N_("This week"), week),
            (N_("Last week"), before),
            (N_("30 days"), Span(today - timedelta(days=29), today)),
        ),
        "sender": ask.sender if ask is not None else "",
        "donor": ask.donor if ask is not None else "",
        "operation": ask.operation if ask is not None else "",
        "operations": _operations(page) if KINDS[kind].needs == "operation" else (),
        "own": page.actor.roles <= {Role.AGENCY_USER},
    }


@router.post("/reports/{kind}/job")
async def post_job(
    page: MyPage,
    kind: str,
    first: Annotated[str, Form(max_length=20)] = "",
    last: Annotated[str, Form(max_length=20)] = "",
    sender: Annotated[str, Form(max_length=200)] = "",
    donor: Annotated[str, Form(max_length=200)] = "",
    operation: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Make a report in the background, however short it is."""
    _insist(page, kind)
    assert page.caller is not None
    try:
        ask = reporting.asked(page.actor, kind, day(first), day(last), sender, donor, page.now, operation)
    except (SpanError, reporting.NotNamed):
        return page.sorry(BAD_DAYS, f"/reports/{kind}")
    except ValueError:
        return page.sorry(BAD_DATE, f"/reports/{kind}")
    job = start(jobs_of(page.request), page.service, page.caller, ask)
    return RedirectResponse(f"/reports/job/{job.id}", 303)
