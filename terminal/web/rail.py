"""Cuts of wagons: the list, one cut, its weights and its way out; units moved between vehicles; known tares; units weighed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from devices.config import Scale
from terminal.api.problems import not_found, not_permitted
from terminal.cases import rail, tares, transloading, wagon_seals, weighing
from terminal.cases.answers import Answer
from terminal.cases.plates import plate_of
from terminal.cases.wagon_seals import Found
from terminal.store import Books
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from terminal.web.wording import WORDS
from workflows.identifiers import Identifier, resolve
from workflows.rail import ANNOUNCERS, SEAL_READERS, InMotion, NewCut, Wagon, sealed_still
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Seal, Weighing
from workflows.tares import REGISTRARS

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=20_000)]
Nonce = Annotated[str, Form(max_length=80)]
BAD_ROW = N_("Each line is one wagon: number; tare in kg; cargo in kg; seal. Only the number is needed.")
BAD_WEIGHTS = N_("Each line is one wagon in the order of the scale: weight in kg, or number and weight.")
BAD_SEALS = N_("Each line is one wagon: number; its seals, separated by spaces.")
NO_WAGONS = N_("No wagon was found in the list. Write one on each line, or choose a file.")


def _kg(text: str) -> Decimal | None:
    """Kilograms as people write them; None for nothing. Raises ValueError for what is no number."""
    plain = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(",", ".")
    if not plain:
        return None
    if not plain.isascii() or not plain.replace(".", "", 1).isdigit():
        raise ValueError(text)
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(text) from error


def wagons_of_text(text: str) -> tuple[Wagon, ...]:
    """A wagon on each line: number; tare; cargo; seals. Raises ValueError for a weight that is none."""
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        number, tare, gross, seals = (part.strip() for part in (line + ";;;").split(";")[:4])
        found.append(Wagon(number, (), _kg(tare), _kg(gross), "", tuple(seals.split())))
    return tuple(found)


def weights_of_text(text: str) -> tuple[InMotion, ...]:
    """A weight on each line, after the wagon's number if the scale reads it. Raises ValueError for what is no weight."""
    found = []
    for order, line in enumerate((one for one in text.splitlines() if one.strip()), 1):
        number, _, kg = line.rpartition(";")
        weight = _kg(kg.strip())
        if weight is None:
            raise ValueError(line)
        found.append(InMotion(order, weight, number.strip() or None))
    return tuple(found)


def seals_of_text(text: str, state: str) -> tuple[Found, ...]:
    """A wagon on each line: number; its seals, separated by spaces. All in one state; one that is missing needs no
    number. Raises ValueError for any other line without seals."""
    found = []
    for line in (one for one in text.splitlines() if one.strip()):
        number, _, rest = line.partition(";")
        numbers = rest.split() or (["-"] if state == "MISSING" else [])
        seals = tuple(Seal(one, state) for one in numbers)
        if not number.strip() or not seals:
            raise ValueError(line)
        found.append(Found(number.strip(), seals))
    return tuple(found)


def may_list(page: Page) -> bool:
    """True for those who may say which wagons come."""
    return bool(page.actor.roles & ANNOUNCERS)


@router.get("/rail")
def get_cuts(page: MyPage) -> Response:
    """Cuts that are expected or here, and the form for a new one."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        return page.html(
            "rail.html",
            cuts=rail.cuts(reader),
            may_list=may_list(page),
            seq=reader.head().seq,
            form={},
            errors={},
        )


@router.post("/rail")
async def post_cut(
    page: MyPage,
    train: Text = "",
    direction: Text = "",
    consignments: Annotated[str, Form(max_length=4000)] = "",
    wagons: Long = "",
    file: Annotated[UploadFile | None, File()] = None,
    nonce: Nonce = "",
) -> Response:
    """Expect a cut, from lines or from a file."""
    try:
        listed = wagons_of_text(wagons)
    except ValueError:
        return page.sorry(BAD_ROW, "/rail")
    if file is not None and file.filename:
        data = await file.read()
        listed += await run_in_threadpool(rail.from_file, file.filename, data)
    if not listed:
        return page.sorry(NO_WAGONS, "/rail")
    refs = tuple(consignments.replace(",", " ").split())
    new = NewCut("", train.strip(), listed, direction == "north")
    body = {"train": train, "north": new.northbound, "refs": list(refs), "wagons": [w.number for w in listed]}
    request = page.asked(nonce, body)
    answer = await page.service.write(lambda books: rail.announce(books, new, refs, request))
    return page.after(
        answer, f"/rail/{answer.facts['cut']}" if answer.ok and "cut" in answer.facts else "/rail"
    )


@router.get("/rail/transload")
def get_transload(
    page: MyPage,
    source: Annotated[str, Query(max_length=80)] = "",
    target: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Wagon to truck, truck to truck: scan each unit as it goes over."""
    if not page.actor.may_step(Stage.LOAD) or not page.actor.may_step(Stage.TALLY):
        raise not_permitted(Stage.LOAD.value)
    with page.service.reading() as reader:
        rows = CargoShower(page, reader).visit_rows(reader.visits_inside())
    return page.html("transload.html", rows=rows, source=source, target=target, form={}, errors={})


@router.post("/rail/transload")
async def post_transload(
    page: MyPage,
    source: Text = "",
    target: Text = "",
    code: Annotated[str, Form(max_length=400)] = "",
    nonce: Nonce = "",
) -> Response:
    """Move one unit from one vehicle to the other."""
    request = page.asked(nonce, {"code": code, "source": source, "target": target})
    answer = await page.service.write(lambda books: transloading.take(books, code, source, target, request))
    return page.after(answer, f"/rail/transload?source={source}&target={target}")


@router.get("/rail/{cut_id}")
def get_cut(page: MyPage, cut_id: str) -> Response:
    """One cut: its wagons, and what can be done with it now."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        cut = rail.cut_of(reader, cut_id)
        if cut is None:
            raise not_found("cut", cut_id)
        seq = reader.head().seq
    return page.html(
        "cut.html",
        cut=cut,
        seq=seq,
        scales=[
            (one.id, one.id) for one in page.service.settings.weighing.outside if one.kind.startswith("rail")
        ],
        may_enter=page.actor.may_step(Stage.GATE_IN),
        may_weigh=page.actor.may_step(Stage.WEIGH_IN),
        may_seal=bool(page.actor.roles & SEAL_READERS) and any(sealed_still(one) for one in cut.wagons),
        form={},
        errors={},
    )


def _with(page: Page, outcome: Answer, lines: list[str]) -> vm.Answer:
    """An answer in the reader's words, with further lines of what it found."""
    said = page.say(outcome)
    return replace(said, next=(*lines, *said.next))


def arrived_lines(page: Page, outcome: Answer) -> list[str]:
    """What the numbers read at the track say beside the wagons that came in."""
    say, facts = page.words.gettext, outcome.facts
    told = (
        (N_("Compare and confirm: %(numbers)s"), list(dict(facts.get("maybe") or {}).values())),
        (N_("On the list, but not read: %(numbers)s"), list(facts.get("missing") or ())),
        (N_("Not on the list: %(numbers)s"), list(facts.get("extra") or ())),
        (N_("The check digit is wrong, read again: %(numbers)s"), list(facts.get("wrong_numbers") or ())),
    )
    return [say(text) % {"numbers": ", ".join(map(str, numbers))} for text, numbers in told if numbers]


FITS = N_("Declared %(declared)s; the difference is allowed.")
DIFFERS = N_(
    "Declared %(declared)s, difference %(difference)s, %(allowed)s are allowed. Set it aside and call customs."
)


def unit_lines(page: Page, outcome: Answer) -> list[str]:
    """What a unit weighs against what its papers say."""
    facts = outcome.facts
    if not outcome.ok or "declared_kg" not in facts:
        return []
    figures = {
        "declared": page.words.kg(Decimal(str(facts["declared_kg"]))),
        "difference": page.words.kg(Decimal(str(facts["difference_kg"]))),
        "allowed": page.words.kg(Decimal(str(facts["tolerance_kg"]))),
    }
    return [page.words.gettext(FITS if facts.get("fits") else DIFFERS) % figures]


@router.post("/rail/{cut_id}/arrive")
async def post_arrive(
    page: MyPage,
    cut_id: str,
    numbers: Long = "",
    confirmed: Annotated[bool, Form()] = False,
    nonce: Nonce = "",
) -> Response:
    """Let in the wagons whose numbers were read. Says which did not come and which nobody announced."""
    read = tuple(numbers.replace(",", "\n").replace(";", "\n").split("\n"))
    request = page.asked(nonce, {"cut": cut_id, "numbers": list(read), "confirmed": confirmed})
    judge = page.service.judge
    answer = await page.service.write(
        lambda books: rail.arrive(books, cut_id, read, confirmed, request, judge)
    )
    return page.after(_with(page, answer, arrived_lines(page, answer)), f"/rail/{cut_id}")


@router.post("/rail/{cut_id}/seals")
async def post_seals(
    page: MyPage,
    cut_id: str,
    seals: Long = "",
    state: Annotated[str, Form(pattern=r"^[A-Z_]{3,20}$")] = "INTACT",
    nonce: Nonce = "",
) -> Response:
    """The seals found on the wagons, all of the lines in one state."""
    try:
        found = seals_of_text(seals, state) if state in WORDS["seal_state"] else ()
    except ValueError:
        return page.sorry(BAD_SEALS, f"/rail/{cut_id}")
    asked = [[one.wagon, [seal.number for seal in one.seals]] for one in found]
    request = page.asked(nonce, {"cut": cut_id, "seals": asked, "state": state})
    judge = page.service.judge
    answer = await page.service.write(lambda books: wagon_seals.record(books, cut_id, found, request, judge))
    return page.after(answer, f"/rail/{cut_id}")


@router.post("/rail/{cut_id}/weights")
async def post_weights(
    page: MyPage,
    cut_id: str,
    scale: Text = "",
    weights: Long = "",
    reverse: Annotated[bool, Form()] = False,
    note: Annotated[str, Form(max_length=2000)] = "",
    nonce: Nonce = "",
) -> Response:
    """Weights in motion, by the order of the wagons."""
    try:
        rolled = rail.Rolled(scale, weights_of_text(weights), reverse, note=note.strip())
    except ValueError:
        return page.sorry(BAD_WEIGHTS, f"/rail/{cut_id}")
    body = {"cut": cut_id, "scale": scale, "weights": weights, "reverse": reverse, "note": note}
    request, judge = page.asked(nonce, body), page.service.judge

    def work(books: Books) -> Answer:
        limits = page.service.room.in_force(books).reference.tolerances
        return rail.weigh_in_motion(books, cut_id, rolled, request, judge, limits)

    return page.after(await page.service.write(work), f"/rail/{cut_id}")


@router.post("/rail/{cut_id}/leave")
async def post_leave(page: MyPage, cut_id: str, nonce: Nonce = "") -> Response:
    """Let the whole cut out."""
    request, judge = page.asked(nonce, {"cut": cut_id, "leave": True}), page.service.judge
    answer = await page.service.write(lambda books: rail.leave(books, cut_id, request, judge))
    return page.after(answer, f"/rail/{cut_id}")


# --- known tares ---------------------------------------------------------------------------------------
@router.get("/tares")
def get_tares(
    page: MyPage,
    plate: Annotated[str, Query(max_length=40)] = "",
    trailer: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The known empty weights of a vehicle, and the form to write one down from a paper."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        found = tares.history(reader, plate_of(plate), plate_of(trailer))
        show = CargoShower(page, reader)
        rows = [(one, show.name(one.operator) if one.operator else "") for one in found]
    return page.html(
        "tares.html",
        rows=rows,
        plate=plate,
        trailer=trailer,
        today=page.now.date(),
        may_register=bool(page.actor.roles & REGISTRARS),
        form={},
        errors={},
    )


@router.post("/tares")
async def post_tare(
    page: MyPage, plate: Text = "", trailer: Text = "", kg: Text = "", paper: Text = "", nonce: Nonce = ""
) -> Response:
    """Write down an empty weight from a paper."""
    try:
        value = _kg(kg)
    except ValueError:
        value = None
    new = tares.Papers(plate, value or Decimal(0), paper, trailer)
    request = page.asked(nonce, {"plate": plate, "trailer": trailer, "kg": kg, "paper": paper})

    def work(books: Books) -> Answer:
        return tares.register(books, new, request, page.service.room.in_force(books).reference.tolerances)

    return page.after(
        await page.service.write(work),
        f"/tares?plate={plate_of(plate) or ''}&trailer={plate_of(trailer) or ''}",
    )


# --- units on a pallet scale ----------------------------------------------------------------------------
def pallet_scales(page: Page) -> list[tuple[str, str]]:
    """Points with a scale that is no weighbridge."""
    settings = page.service.settings
    at = {device.point for device in settings.devices if isinstance(device, Scale)}
    bridges = {Stage.WEIGH_IN, Stage.WEIGH_OUT}
    return [(p.id, p.name) for p in settings.points if p.id in at and not bridges & set(p.steps)]


@router.get("/unit-scale")
def get_unit_scale(
    page: MyPage,
    point: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """A pallet scale: scan the unit, wait until the weight stands still, take it."""
    page.insist(Right.WEIGH)
    points = pallet_scales(page)
    if not points:
        return page.html("unit_scale.html", points=points)
    point = point if point in dict(points) else points[0][0]
    scale = page.service.settings.scale_at(point)
    with page.service.reading() as reader:
        recent = (
            CargoShower(page, reader).weighings(reader.weighings(limit=8, scale=scale.id)) if scale else ()
        )
    phases = {code: page.words.gettext(text) for code, text in WORDS["phase"].items()}
    return page.html(
        "unit_scale.html",
        points=points,
        point=point,
        name=dict(points)[point],
        scale=scale,
        recent=recent,
        phases=phases,
        form={},
        errors={},
    )


@router.post("/unit-scale")
async def post_unit_weight(
    page: MyPage,
    point: Text,
    code: Annotated[str, Form(max_length=400)] = "",
    note: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Take the stable weight for the scanned unit."""
    page.insist(Right.WEIGH)
    found = resolve(code, None, today=page.now.date())
    label = found.value if isinstance(found, Identifier) else code.strip()
    weight, trace = await page.service.capture(point, page.actor.id)
    if isinstance(weight, Weighing) and note.strip():
        weight = replace(weight, note=note.strip())
    request = page.asked(nonce, {"unit": label, "point": point, "note": note}, point)
    judge = page.service.judge

    def work(books: Books) -> Answer:
        limits = page.service.room.in_force(books).reference.tolerances
        return weighing.weigh_unit(books, label, weight, request, trace, judge=judge, tolerances=limits)

    answer = page.service.shown(await page.service.write(work), point)
    return page.after(_with(page, answer, unit_lines(page, answer)), f"/unit-scale?point={point}")
