"""Tally sheets, units, and pick lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal import printing
from terminal.api.cargo import visible
from terminal.api.imports import file_name
from terminal.api.problems import not_found
from terminal.cases import attaching, picking, repacking, storage, tallying
from terminal.cases.answers import Answer
from terminal.labels import LabelRefused
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from workflows.repacking import WHERE
from workflows.roles import Right
from workflows.stages import Stage
from workflows.tallying import DAMAGED

router = APIRouter()
Text = Annotated[str, Form(max_length=160)]
Note = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
BAD_WEIGHT = N_("Write the weight in kilograms, such as 12.5.")
BAD_COUNT = N_("Write the number of packages as a whole number.")


def kilograms(text: str) -> Decimal | None:
    """A weight as typed; None for nothing. Raises ValueError for anything else."""
    text = text.strip().replace(" ", "").replace("\u00a0", "").replace(",", ".")
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) < 8 and len(part) < 4):
        raise ValueError(text)
    if part and not (part.isascii() and part.isdigit()):
        raise ValueError(text)
    return Decimal(text)


def _caller(page: Page) -> Any:
    assert page.caller is not None
    return page.caller


# --- tally --------------------------------------------------------------------------------------------
@router.get("/tallies/{ref:path}")
def get_tally(page: MyPage, ref: str) -> Response:
    """What was received of a consignment so far, and what to do about it."""
    page.insist(Right.READ_CONSIGNMENTS)
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), _caller(page), ref)
        sheet = tallying.sheet(reader, found)
        gone = frozenset(sheet.figures.missing)
        return page.html(
            "tally_sheet.html",
            s=sheet,
            missing=[unit for unit in sheet.units if unit.label in gone],
            seen=[unit for unit in sheet.units if unit.label not in gone],
            may=page.actor.may_step(Stage.TALLY),
            prefix=bool(page.service.settings.terminal.sscc_prefix),
            closed_by=CargoShower(page, reader).name(found.tally.by) if found.tally else "",
            point=next((p.id for p in page.service.settings.points if Stage.TALLY in p.steps), ""),
        )


@router.post("/tallies/{ref:path}/units")
async def post_unit(
    page: MyPage,
    ref: str,
    label: Text = "",
    line: Annotated[str, Form(max_length=6, pattern="^[0-9]*$")] = "",
    gross_kg: Text = "",
    condition: Annotated[str, Form(max_length=20)] = "GOOD",
    place: Text = "",
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Receive a unit that no paper names by label; its new label is printed at once where there is a printer."""
    back = f"/tallies/{ref}"
    try:
        kg = kilograms(gross_kg)
    except ValueError:
        return page.sorry(BAD_WEIGHT, back)
    body = {"ref": ref, "label": label, "line": line, "kg": gross_kg, "condition": condition, "note": note}
    request = page.asked(nonce, body)
    new = tallying.Newcomer(
        label.strip() or None, int(line) if line else None, kg, condition, place.strip() or None, note
    )
    prefix = page.service.settings.terminal.sscc_prefix
    answer = await page.service.write(lambda books: tallying.receive(books, ref, new, prefix, request))
    if answer.news and answer.facts.get("ours"):
        await _print(page, str(answer.facts["unit"]))
        return page.after(answer, f"/units/{answer.facts['unit']}")
    return page.after(answer, back)


async def _print(page: Page, label: str) -> bool:
    try:
        result = await printing.print_label(page.service, label)
    except LabelRefused:
        return False
    return result is not None and result.ok


@router.post("/tallies/{ref:path}/close")
async def post_close(page: MyPage, ref: str, note: Note = "", nonce: Nonce = "") -> Response:
    """Close the tally; counts of lines stand in fields ``line-N``."""
    form = await page.request.form()
    counts: dict[str, int] = {}
    for name, value in form.items():
        text = value.strip() if isinstance(value, str) else ""
        if not name.startswith("line-") or not text:
            continue
        if not (text.isascii() and text.isdigit() and len(text) < 7):
            return page.sorry(BAD_COUNT, f"/tallies/{ref}")
        counts[name.removeprefix("line-")] = int(text)
    request = page.asked(nonce, {"ref": ref, "counts": counts, "note": note})
    answer = await page.service.write(lambda books: tallying.close(books, ref, counts, note, request))
    return page.after(answer, f"/tallies/{ref}")


# --- one unit -----------------------------------------------------------------------------------------
@router.get("/units/{label}")
def get_unit(page: MyPage, label: str) -> Response:
    """One unit: where it stands, what is inside it, its pictures, and what can be done with it."""
    page.insist(Right.READ_STOCK)
    with page.service.reading() as reader:
        unit = reader.unit(label)
        if unit is None:
            raise not_found("unit", label)
        consignment = visible(reader.consignment(unit.consignment), _caller(page), unit.consignment)
        show = CargoShower(page, reader)
        line = next((one for one in consignment.papers.lines if one.no == unit.line), None)
        return page.html(
            "unit.html",
            u=unit,
            line=line,
            inside=storage.inside(reader, unit, consignment),
            photos=reader.desk.attachments_of(f"unit:{unit.label}"),
            story=show.latest(reader.history(f"unit:{unit.label}", limit=30))[0],
            may_damage=page.may(Right.NOTE_DAMAGE),
            may_repack=page.may(Right.REPACK) and unit.stage in WHERE,
            damaged=sorted(DAMAGED),
            printer=printing.printer_of(page.service) is not None,
            prefix=bool(page.service.settings.terminal.sscc_prefix),
        )


@router.post("/units/{label}/damage")
async def post_damage(
    page: MyPage,
    label: str,
    condition: Annotated[str, Form(max_length=20)],
    note: Note = "",
    nonce: Nonce = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Note damage, with a photo if there is one."""
    request = page.asked(nonce, {"label": label, "condition": condition, "note": note})
    answer = await page.service.write(lambda books: tallying.damage(books, label, condition, note, request))
    if answer.ok and file is not None and file.filename:
        photo = await attach(page, label, file)
        if not photo.ok:
            return page.after(photo, f"/units/{label}")
    return page.after(answer, f"/units/{label}")


async def attach(page: Page, label: str, file: UploadFile) -> Answer:
    """Keep a picture of a unit."""
    data = await file.read(attaching.LARGEST + 1)
    upload = await run_in_threadpool(attaching.Upload.of, file_name(file.filename), data)
    if upload.media_type is not None and page.may(Right.NOTE_DAMAGE):
        await run_in_threadpool(page.service.keep_file, upload.sha256, data)
    to = f"unit:{label}"
    request = page.asked(None, {**upload.body, "to": to})
    return await page.service.write(lambda books: attaching.attach(books, to, upload, request))


@router.post("/units/{label}/photo")
async def post_photo(
    page: MyPage, label: str, file: Annotated[UploadFile, File()], nonce: Nonce = ""
) -> Response:
    """Attach a picture."""
    return page.after(await attach(page, label, file), f"/units/{label}")


@router.post("/units/{label}/split")
async def post_split(
    page: MyPage, label: str, gross_kg: Text = "", note: Note = "", nonce: Nonce = ""
) -> Response:
    """Take goods out into new units: their weights, with semicolons or line breaks between them."""
    try:
        weights = [kilograms(part) for part in gross_kg.replace("\n", ";").split(";") if part.strip()]
    except ValueError:
        return page.sorry(BAD_WEIGHT, f"/units/{label}")
    known = [kg for kg in weights if kg is not None]
    request = page.asked(nonce, {"label": label, "kg": gross_kg, "note": note})
    prefix = page.service.settings.terminal.sscc_prefix
    answer = await page.service.write(
        lambda books: repacking.split(books, label, known, (), prefix, note, request)
    )
    if answer.news:
        for made in answer.facts.get("into", ()):
            await _print(page, str(made))
    return page.after(answer, f"/units/{label}")


@router.post("/units/{label}/together")
async def post_together(
    page: MyPage,
    label: str,
    target: Text = "",
    tare_kg: Text = "",
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Put this unit into another one, or onto a new pallet."""
    try:
        tare = kilograms(tare_kg) or Decimal(0)
    except ValueError:
        return page.sorry(BAD_WEIGHT, f"/units/{label}")
    request = page.asked(nonce, {"label": label, "target": target, "tare": tare_kg, "note": note})
    prefix = page.service.settings.terminal.sscc_prefix
    into = target.strip() or None
    answer = await page.service.write(
        lambda books: repacking.together(books, (label,), into, tare, prefix, note, request)
    )
    if answer.news and answer.facts.get("ours"):
        await _print(page, str(answer.facts["into"][0]))
    return page.after(answer, f"/units/{label}")


@router.post("/units/{label}/apart")
async def post_apart(page: MyPage, label: str, note: Note = "", nonce: Nonce = "") -> Response:
    """Take this unit out of the one it stands inside."""
    request = page.asked(nonce, {"label": label, "note": note})
    answer = await page.service.write(lambda books: repacking.apart(books, label, note, request))
    return page.after(answer, f"/units/{label}")


@router.post("/units/{label}/print")
async def post_print(page: MyPage, label: str, nonce: Nonce = "") -> Response:
    """Print the label again."""
    page.insist(Right.READ_STOCK)
    sentence = (
        N_("The label is printed.")
        if await _print(page, label)
        else N_("The label was not printed. Look at the printer, or open the label as PDF.")
    )
    return page.sorry(sentence, f"/units/{label}")


# --- picking --------------------------------------------------------------------------------------------
@router.get("/picks/{ref:path}")
def get_picks(page: MyPage, ref: str) -> Response:
    """What is to be picked, in the order of the places."""
    page.insist(Right.READ_STOCK)
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), _caller(page), ref)
        lines = picking.pick_list(reader, found)
        described = {line.no: line.description for line in found.papers.lines}
        return page.html(
            "picks.html",
            c=found,
            lines=lines,
            described=described,
            may=page.actor.may_step(Stage.PICK),
            point=next((p.id for p in page.service.settings.points if Stage.PICK in p.steps), ""),
        )
