"""Seizures: the list that a reader's handling codes allow, one record, recording one, and its chain of custody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import ValidationError

from terminal.api.problems import not_found
from terminal.api.schemas_inspection import SeizedIn
from terminal.cases import seizing
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.inspections import attach
from terminal.web.showing_inspections import SEIZED_WORDS, InspectionShower
from workflows.roles import Right
from workflows.seizure_state import READERS, Handling

router = APIRouter()
Text = Annotated[str, Form(max_length=120)]
Nonce = Annotated[str, Form(max_length=80)]
WRONG = N_("This field is missing or wrong: %(field)s.")
_MANY = ("transit_countries", "persons")
_LIMIT = 100


@router.get("/seizures")
def get_seizures(page: MyPage, before: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Records that this reader may see, the newest first."""
    page.insist(Right.READ_SEIZURES, Right.SEIZE)
    with page.service.reading() as reader:
        found = seizing.records(reader, page.actor, before or None, _LIMIT)
        rows = InspectionShower(page, reader).seizure_rows(found)
    older = found[-1].case_no if len(found) == _LIMIT else ""
    return page.html("seizures.html", rows=rows, older=older, may_seize=page.may(Right.SEIZE))


@router.get("/seizures/new")
def get_new(
    page: MyPage,
    consignment: Annotated[str, Query(max_length=80)] = "",
    visit: Annotated[str, Query(max_length=80)] = "",
    inspection: Annotated[str, Query(max_length=80)] = "",
    unit: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The form to record a seizure."""
    page.insist(Right.SEIZE)
    form = {"consignment": consignment, "visit": visit, "inspection": inspection, "units": unit}
    return _form(page, form)


def _form(page: Page, form: dict[str, str], answer: vm.Answer | None = None) -> Response:
    codes = sorted(code.value for code in READERS)
    more: dict[str, Any] = {"answer": answer} if answer is not None else {}
    return page.html("seizure_new.html", form=form, codes=codes, status=422 if answer else 200, **more)


def _facts(form: dict[str, str]) -> dict[str, Any]:
    """The fields of a record that were filled in."""
    given: dict[str, Any] = {
        name: form[name].strip() for name in SEIZED_WORDS if name not in _MANY and form.get(name, "").strip()
    }
    if "quantity" in given:
        given["quantity"] = given["quantity"].replace(",", ".").replace(" ", "")
    given["transit_countries"] = form.get("transit_countries", "").upper().replace(",", " ").split()
    if form.get("persons_count", "").strip():
        given["persons"] = [
            {
                "sex": form.get("persons_sex", "X"),
                "nationality": form.get("persons_nationality", "").strip().upper(),
                "count": form["persons_count"].strip(),
            }
        ]
    return given


@router.post("/seizures")
async def post_seizure(page: MyPage, request: Request) -> Response:
    """Record a seizure; the named units go with it."""
    page.insist(Right.SEIZE)
    sent = await request.form()
    form = {name: value for name, value in sent.items() if isinstance(value, str) and len(value) < 4000}
    try:
        facts = SeizedIn.model_validate(_facts(form)).facts()
        handling = Handling(form.get("handling_code", ""))
    except (ValidationError, ValueError) as error:
        where = str(error.errors()[0]["loc"][0]) if isinstance(error, ValidationError) else "handling_code"
        label = page.words.gettext(SEIZED_WORDS.get(where, N_("Handling code")))
        return _form(page, form, vm.Answer("refused", page.words.gettext(WRONG) % {"field": label}))
    units = tuple(form.get("units", "").replace(",", " ").split())
    named = {name: form.get(name, "").strip() or None for name in ("consignment", "visit", "inspection")}
    asked = page.asked(form.get("nonce"), {name: form[name] for name in sorted(form) if name != "csrf"})
    answer = await page.service.write(
        lambda books: seizing.record(
            books,
            facts,
            handling,
            asked,
            units=units,
            consignment=named["consignment"],
            visit=named["visit"],
            inspection=named["inspection"],
            operation=form.get("operation", "").strip() or None,
        )
    )
    if not answer.ok:
        return _form(page, form, page.say(answer))
    return page.after(answer, f"/seizures/{answer.facts['seizure']}")


@router.get("/seizures/{case_no}")
def get_seizure(page: MyPage, case_no: str) -> Response:
    """One record, if its handling code lets this reader see it."""
    page.insist(Right.READ_SEIZURES, Right.SEIZE)
    with page.service.reading() as reader:
        record = seizing.readable(reader, case_no, page.actor)
        if record is None:
            raise not_found("seizure", case_no)
        files = reader.desk.attachments_of(f"seizure:{case_no}")
        view = InspectionShower(page, reader).seizure(record, files)
        return page.html("seizure.html", v=view)


@router.post("/seizures/{case_no}/custody")
async def post_custody(
    page: MyPage,
    case_no: str,
    received_by: Text = "",
    organisation: Text = "",
    place: Text = "",
    seal_no: Text = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    nonce: Nonce = "",
) -> Response:
    """Hand what was seized to the next keeper."""
    body = {"seizure": case_no, "to": received_by, "of": organisation, "at": place, "seal": seal_no}
    request = page.asked(nonce, body)
    answer = await page.service.write(
        lambda books: seizing.pass_on(
            books, case_no, received_by, organisation, place, request, seal_no=seal_no, note=note
        )
    )
    return page.after(answer, f"/seizures/{case_no}")


@router.post("/seizures/{case_no}/files")
async def post_file(
    page: MyPage, case_no: str, file: Annotated[UploadFile, File()], nonce: Nonce = ""
) -> Response:
    """Attach a picture or paper to the record."""
    page.insist(Right.SEIZE)
    return await attach(page, f"seizure:{case_no}", file, nonce, f"/seizures/{case_no}")
