"""Papers as PDF, and the clearance bundle of a consignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.cargo import visible
from terminal.api.needs import Language, Reads, ReadsJournal, TheService, with_right
from terminal.api.problems import Problem, not_found
from terminal.api.schemas import LAST, Name, gives
from terminal.cases import attaching, handover
from terminal.evidence import bundle
from terminal.papers import drawing
from terminal.papers.making import LANGUAGES, Making, NotReady, Unknown
from terminal.papers.shelf import PAPERS
from terminal.service import Service
from terminal.web import i18n
from workflows.events import Context, SecurityEvent
from workflows.roles import Right

router = APIRouter(tags=["papers and evidence"])


class Beside(TypedDict):
    """What a paper may show beside the books, as :class:`Making` takes it."""

    link_to: Callable[[str], str]
    file: Callable[[str], bytes | None]


Exports = Annotated[Caller, Depends(with_right(Right.EXPORT))]


def beside(service: Service, request: Request) -> Beside:
    """What some papers show beside the books: addresses of handover links, and stored pictures."""
    base = service.settings.terminal.public_url or str(request.base_url)
    return {
        "link_to": lambda code: handover.link_address(base, code, service.secret),
        "file": lambda sha256: attaching.bytes_of(service.file_path(sha256), sha256),
    }


@router.get("/papers/{kind}/{subject}", response_class=Response, responses=gives("application/pdf"))
async def get_paper(
    kind: Name,
    subject: Name,
    request: Request,
    caller: Reads,
    service: TheService,
    language: Language,
    lang: Annotated[Literal["en", "ru", "uz", "uz-Cyrl"] | None, Query()] = None,
) -> Response:
    """One paper as PDF: release-note, goods-received, hold-notice, loading-list, gate-pass, damage-act, seizure-act ...

    ``lang`` chooses the language of this print. Acts of inspections and seizures are there for their readers alone.
    """
    chosen = lang or (language if language in LANGUAGES else "en")
    paper = PAPERS.get(kind)
    if paper is None:
        raise not_found("paper", kind)

    def draw() -> bytes:
        with service.reading() as reader:
            making = Making(
                reader, caller, service.settings.terminal, service.clock(), chosen, **beside(service, request)
            )
            sheet = paper.make(making, subject)
        return drawing.pdf(sheet)

    try:
        made = await run_in_threadpool(draw)
    except Unknown:
        raise not_found(paper.about, subject) from None
    except NotReady as missing:
        sentence = i18n.words(language).gettext(str(missing))
        raise Problem(409, "paper_not_ready", sentence) from None
    name = f"{kind}-{chosen}.pdf"
    return Response(
        made,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


def bundle_of(service: Service, caller: Caller, ref: str) -> bytes:
    """The clearance bundle of a consignment; that it was exported stands in the journal first. Blocks."""
    now = service.clock()
    key = service.keys.current(now)
    with service.reading() as reader:
        consignment = visible(reader.consignment(reader.reference_of(ref) or ref), caller, ref)
        path = service.file_path
        source = bundle.Source(reader, service.log, key, path, service.settings.terminal.name)
        return bundle.build(source, consignment, caller, now)


def export_noted(ref: str, caller: Caller, service: Service) -> tuple[SecurityEvent, Context]:
    """The event that keeps whose export it was."""
    event = SecurityEvent(f"consignment:{ref}", "export", {"what": "bundle", "by": caller.actor.id})
    return event, Context(caller.actor.id, service.clock())


@router.get("/consignments/{ref}/bundle", response_class=Response, responses=gives("application/zip"))
async def get_bundle(ref: Name, caller: Exports, service: TheService) -> Response:
    """The clearance bundle: one archive that proves itself with `karvon verify --bundle`. Kept as an export."""
    with service.reading() as reader:
        found = visible(reader.consignment(reader.reference_of(ref) or ref), caller, ref)
    event, context = export_noted(found.ref, caller, service)
    await service.write(lambda books: books.record((event,), context))
    made = await run_in_threadpool(bundle_of, service, caller, found.ref)
    return Response(
        made,
        media_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="karvon-bundle.zip"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/journal/checkpoint", response_class=Response, responses=gives("text/plain"))
async def get_checkpoint(caller: ReadsJournal, service: TheService) -> Response:
    """The journal's length and Merkle head, signed (C2SP checkpoint): to be noted down elsewhere."""

    def look() -> str:
        key = service.keys.current(service.clock())
        with service.reading() as reader:
            return service.log.checkpoint(reader, key).note

    return Response(await run_in_threadpool(look), media_type="text/plain; charset=utf-8")


@router.get("/journal/consistency")
async def get_consistency(
    caller: ReadsJournal,
    service: TheService,
    first: Annotated[int, Query(ge=0, le=LAST)],
    second: Annotated[int, Query(ge=0, le=LAST)],
) -> dict[str, list[str]]:
    """The proof (RFC 6962) that the journal of `second` entries begins with that of `first` entries."""

    def look() -> list[bytes] | None:
        key = service.keys.current(service.clock())
        with service.reading() as reader:
            checkpoint = service.log.checkpoint(reader, key)
            if not first <= second <= checkpoint.size:
                return None
            return checkpoint.tree.consistency_proof(first, second)

    path = await run_in_threadpool(look)
    if path is None:
        raise Problem(422, "invalid_request", "Give first <= second <= the length of the journal.")
    return {"proof": [node.hex() for node in path]}
