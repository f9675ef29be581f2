"""Papers to print, gate passes to hand out, and the page on which anybody checks a gate pass with a phone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.cargo import visible
from terminal.api.papers import beside, bundle_of, export_noted
from terminal.api.problems import not_found
from terminal.cases import passes
from terminal.papers import drawing
from terminal.papers.making import LANGUAGES, Making, NotReady, Unknown
from terminal.papers.shelf import PAPERS
from terminal.web.context import AnyPage, MyPage, Page
from workflows.roles import Right

router = APIRouter()
_BACK = {
    "consignment": "/consignments/",
    "visit": "/visits/",
    "hold": "/holds/",
    "inspection": "/inspections/",
    "seizure": "/seizures/",
}


@router.get("/papers/{kind}/{subject}")
async def get_paper(
    page: MyPage, kind: str, subject: str, lang: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One paper as PDF, in the language asked for or the reader's own; back to its page while it cannot be printed."""
    page.insist(Right.READ_CONSIGNMENTS)
    paper = PAPERS.get(kind)
    if paper is None:
        raise not_found("paper", kind)

    def draw() -> bytes:
        assert page.caller is not None
        language = next((code for code in (lang, page.lang) if code in LANGUAGES), "en")
        with page.service.reading() as reader:
            making = Making(
                reader,
                page.caller,
                page.service.settings.terminal,
                page.now,
                language,
                **beside(page.service, page.request),
            )
            sheet = paper.make(making, subject)
        return drawing.pdf(sheet)

    try:
        made = await run_in_threadpool(draw)
    except Unknown:
        raise not_found(paper.about, subject) from None
    except NotReady as missing:
        return page.sorry(str(missing), _back(page, paper.about, subject))
    headers = {"Content-Disposition": f'inline; filename="{kind}.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


def _back(page: Page, about: str, subject: str) -> str:
    """The page of what a paper is about; a unit is shown on its consignment's."""
    if about == "consignment":
        with page.service.reading() as reader:
            unit = reader.unit(subject)
        subject = unit.consignment if unit is not None else subject
    return _BACK[about] + subject


@router.get("/consignments/{ref}/bundle")
async def get_bundle(page: MyPage, ref: str) -> Response:
    """The clearance bundle, for those who may export."""
    page.insist(Right.EXPORT)
    assert page.caller is not None
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), page.caller, ref)
    event, context = export_noted(found.ref, page.caller, page.service)
    await page.service.write(lambda books: books.record((event,), context))
    made = await run_in_threadpool(bundle_of, page.service, page.caller, found.ref)
    headers = {"Content-Disposition": 'attachment; filename="karvon-bundle.zip"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/zip", headers=headers)


@router.post("/visits/{identity}/gate-pass")
async def post_pass(page: MyPage, identity: str, nonce: Annotated[str, Form(max_length=80)] = "") -> Response:
    """Hand out a gate pass."""
    request = page.asked(nonce, {"visit": identity, "gate_pass": True})
    key = await run_in_threadpool(page.service.keys.current, page.now)
    answer = await page.service.write(lambda books: passes.issue(books, identity, request, key))
    return page.after(answer, f"/visits/{identity}")


@router.get("/pass")
async def get_pass(page: AnyPage) -> Response:
    """The page that checks a gate pass in the browser itself. It needs no sign-in and sends nothing."""

    def keys() -> str:
        page.service.keys.current(page.now)
        return "\n".join(key.line for key in page.service.keys.public())

    return page.html("pass.html", wasm=True, keys=await run_in_threadpool(keys))
