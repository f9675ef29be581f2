"""Reports as JSON or as a file, and long ones as jobs: nothing of it waits on anybody who scans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from terminal.access import Caller
from terminal.api.days import Day
from terminal.api.needs import Language, TheCaller, TheService, note_refusal, with_right
from terminal.api.problems import Problem, not_found, not_permitted
from terminal.api.schemas import Asked, Name, gives
from terminal.cases import reporting
from terminal.cases.reporting import KINDS, Ask
from terminal.reports import files
from terminal.reports.jobs import Job, Jobs
from terminal.reports.model import Report
from terminal.reports.number import figures_of, number_of
from terminal.reports.showing import form as form_of
from terminal.reports.source import Progress, quiet
from terminal.reports.span import SpanError
from terminal.service import Service

router = APIRouter(tags=["reports"])
Form = Literal["json", "csv", "xml", "xlsx", "pdf"]
Party = Annotated[str, Query(max_length=200)]
Someone = Annotated[str, Field(max_length=200)]


class ReportIn(Asked):
    """Make a report as a job. Days are in terminal time, both included; ``sender``, ``donor``, ``operation`` where it needs them."""

    kind: Annotated[str, Field(json_schema_extra={"enum": sorted(KINDS)})]
    first: date | None = None
    last: date | None = None
    sender: Someone = ""
    donor: Someone = ""
    operation: Someone = ""


def jobs_of(request: Request) -> Jobs:
    """The jobs of this terminal."""
    state = request.app.state
    if not hasattr(state, "report_jobs"):
        state.report_jobs = Jobs(state.service.clock)
    found: Jobs = state.report_jobs
    return found


def asked(
    service: Service,
    caller: Caller,
    kind: str,
    first: date | None,
    last: date | None,
    sender: str,
    donor: str,
    operation: str = "",
) -> Ask:
    """The question. Raises the 422 problem for days that make no span and for a party that is not named."""
    try:
        return reporting.asked(caller.actor, kind, first, last, sender, donor, service.clock(), operation)
    except SpanError as error:
        raise Problem(422, "invalid_request", f"Cannot report on these days: {error}.") from error
    except reporting.NotNamed as error:
        raise Problem(422, "invalid_request", f"This report is about one {error}: name it.") from error


def report_of(service: Service, caller: Caller, ask: Ask, progress: Progress = quiet) -> Report:
    """The report, counted on a reading connection of its own. Blocks: for threads."""
    with service.reading() as reader:
        reference = service.room.in_force(reader).reference
        return reporting.make(
            reader, caller.actor, ask, service.clock(), service.settings, reference, progress
        )


def place_of(service: Service) -> str:
    """The terminal's name and place, as papers carry them."""
    return f"{service.settings.terminal.name} · {service.settings.terminal.place}"


async def file_of(service: Service, caller: Caller, report: Report, form: str, language: str) -> Response:
    """The report as a file; that it was taken out stands in the journal first."""
    await service.write(lambda books: reporting.note_export(books, caller.actor, report, form))
    made = await run_in_threadpool(files.make, report, form, language, caller.name, place_of(service))
    return Response(
        made,
        media_type=files.MEDIA[form],
        headers={
            "Content-Disposition": f'attachment; filename="{files.name_of(report, form)}"',
            "Cache-Control": "no-store",
        },
    )


def plain_of(report: Report) -> dict[str, Any]:
    """The report as JSON: exact values by the names of their columns; weights as decimal text in kg."""
    figures = figures_of(report)
    return {
        "form": form_of(report),
        **figures,
        "made": report.made.isoformat(),
        "entry": report.entry,
        "number": number_of(report),
    }


def job_of(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    ask: Ask = job.ask
    return {
        "job": job.id,
        "kind": ask.kind,
        "first": ask.span.first.isoformat(),
        "last": ask.span.last.isoformat(),
        "state": job.state,
        "percent": job.percent,
        "entries": job.all,
    }


def start(jobs: Jobs, service: Service, caller: Caller, ask: Ask) -> Job:
    """Begin a report as a job of this person."""
    return jobs.start(caller.actor.id, ask, partial(report_of, service, caller, ask))


@router.get("/reports")
async def list_reports(caller: TheCaller) -> list[dict[str, Any]]:
    """The reports that this reader may have, with what each needs to know beside its days."""
    return [
        {"kind": name, "needs": [kind.needs] if kind.needs else [], "usual": kind.usual}
        for name, kind in KINDS.items()
        if reporting.may(caller.actor, name)
    ]


def _endpoint(kind: str) -> Callable[..., Awaitable[Any]]:
    async def get_report(
        caller: TheCaller,
        service: TheService,
        language: Language,
        first: Day | None = None,
        last: Day | None = None,
        sender: Party = "",
        donor: Party = "",
        operation: Party = "",
        form: Form = "json",
    ) -> Any:
        ask = asked(service, caller, kind, first, last, sender, donor, operation)
        report = await run_in_threadpool(report_of, service, caller, ask)
        if form == "json":
            return plain_of(report)
        return await file_of(service, caller, report, form, language)

    return get_report


for _kind in KINDS:
    router.add_api_route(
        f"/reports/{_kind}",
        _endpoint(_kind),
        methods=["GET"],
        responses=gives(*files.MEDIA.values()),
        dependencies=[Depends(with_right(KINDS[_kind].right))],
        name=f"report-{_kind}",
        summary=f"Report: {_kind}",
        description=f"{KINDS[_kind].lead} Days are in terminal time, both included; `form` is json, csv, xml, xlsx or pdf.",
        response_model=None,
    )


@router.get("/report-jobs")
async def list_jobs(caller: TheCaller, request: Request) -> list[dict[str, Any]]:
    """The caller's reports under way and done, newest first."""
    return [job_of(job) for job in jobs_of(request).of(caller.actor.id)]


@router.post("/report-jobs")
async def post_job(
    shape: ReportIn, caller: TheCaller, service: TheService, request: Request
) -> dict[str, Any]:
    """Make a report that takes long; ask for it under its number. The same report that is still being made is the same job."""
    if shape.kind not in KINDS:
        raise Problem(422, "invalid_request", f"There is no report {shape.kind!r}.")
    if not reporting.may(caller.actor, shape.kind):
        await note_refusal(request, caller, "refused", right=KINDS[shape.kind].right.value)
        raise not_permitted(KINDS[shape.kind].right.value)
    ask = asked(
        service, caller, shape.kind, shape.first, shape.last, shape.sender, shape.donor, shape.operation
    )
    return job_of(start(jobs_of(request), service, caller, ask))


@router.get("/report-jobs/{job_id}", response_model=None, responses=gives(*files.MEDIA.values()))
async def get_job(
    job_id: Name,
    caller: TheCaller,
    service: TheService,
    request: Request,
    language: Language,
    form: Form | None = None,
) -> Any:
    """How far a job is; with ``form`` the report that came of it."""
    job = jobs_of(request).get(job_id, caller.actor.id)
    if job is None:
        raise not_found("report", job_id)
    if form is None:
        return job_of(job)
    if job.report is None:
        raise Problem(409, "not_ready", "This report is still being made.", state=job.state)
    if not reporting.may(caller.actor, job.report.kind):
        raise not_permitted(KINDS[job.report.kind].right.value)
    if form == "json":
        return plain_of(job.report)
    return await file_of(service, caller, job.report, form, language)
