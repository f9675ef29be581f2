"""The map of the warehouse and the yard, its places, stock counts, and the register of losses and damage."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found
from terminal.cases import counting, data, storage
from terminal.store.handling import Loss
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from workflows import storage as places
from workflows.counting import MAY_BE
from workflows.handling_state import CountState, Settlement
from workflows.roles import Right
from workflows.state import Unit

router = APIRouter()
Text = Annotated[str, Form(max_length=160)]
Note = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
WRONG_ROW = N_("This place cannot be kept so: %(problem)s")


# --- the map -------------------------------------------------------------------------------------------
@router.get("/stock")
def get_map(
    page: MyPage,
    q: Annotated[str, Query(max_length=80)] = "",
    place: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Zones with their places and what stands there; ``q`` finds a unit, ``place`` lists what stands in one."""
    page.insist(Right.READ_STOCK)
    with page.service.reading() as reader:
        reference = page.service.room.in_force(reader).reference
        typed = q.strip().removeprefix("(00)").replace(" ", "")
        found = (reader.unit(typed) or reader.unit(typed.removeprefix("00"))) if typed else None
        chosen = place or (found.place if found and found.place else "")
        return page.html(
            "stock_map.html",
            m=storage.stock_map(reader, reference),
            found=found,
            searched=bool(typed),
            chosen=chosen,
            here=reader.units_in(chosen, limit=200) if chosen else [],
            named=bool(reference.places),
            may_change=page.may(Right.MANAGE_DATA),
            may_count=page.may(Right.COUNT_STOCK),
            points={p.id: p.name for p in page.service.settings.points},
        )


# --- the table of places --------------------------------------------------------------------------------
@router.get("/stock/places")
def get_places(page: MyPage, place: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The table of places, to be changed by an administrator."""
    page.insist(Right.MANAGE_DATA)
    with page.service.reading() as reader:
        known = page.service.room.in_force(reader).reference.places
        history = data.told_history(reader, places.NAME)[:10]
    chosen = next((one for one in known if one.place == place), None)
    return page.html("places.html", places=known, p=chosen, history=history)


@router.post("/stock/places")
async def post_place(
    page: MyPage,
    place: Text,
    kind: Text = "BAY",
    zone: Text = "",
    building: Text = "",
    row: Text = "1",
    column: Text = "1",
    units: Text = "",
    min_c: Text = "",
    max_c: Text = "",
    dg: Text = "",
    note: Text = "",
    away: Annotated[str, Form(max_length=3)] = "",
    nonce: Nonce = "",
) -> Response:
    """Add a place, change it, or take it away: a new version of the whole table, which the journal keeps."""
    page.insist(Right.MANAGE_DATA)
    cells = {
        "place": place.strip().upper(),
        "kind": kind,
        "zone": zone.strip(),
        "building": building.strip(),
        "row": row.strip(),
        "column": column.strip(),
        "units": units.strip(),
        "min_c": min_c.strip(),
        "max_c": max_c.strip(),
        "dg": dg.replace(" ", "").replace(",", ";"),
        "note": note.strip(),
    }
    wrong = {} if away else places.wrong_cells(cells)
    if wrong:
        column_name, problem = next(iter(wrong.items()))
        said = page.words.gettext(WRONG_ROW) % {"problem": f"{column_name}: {problem}"}
        return page.sorry(said, "/stock/places")
    with page.service.reading() as reader:
        known = page.service.room.in_force(reader).reference.places
    text = _changed(known, cells, take_away=bool(away))
    request = page.asked(nonce, {"table": places.NAME, "row": cells, "away": away})
    why = f"{cells['place']} {'-' if away else '+'}"
    new = [data.NewData(places.NAME, text.encode())]
    answer = await page.service.write(lambda books: data.load(books, new, why, request, page.service.room))
    return page.after(answer, "/stock/places")


def _changed(known: tuple[places.StoragePlace, ...], cells: dict[str, str], *, take_away: bool) -> str:
    """The table with one row added, changed or taken away."""
    others = [one for one in known if one.place != cells["place"]]
    head, *rows = places.text_of(others).splitlines()
    if not take_away:
        rows.append(places.text_of(places.load_places(_one_row(cells))).splitlines()[1])
    return "\n".join((head, *sorted(rows))) + "\n"


def _one_row(cells: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, places.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerow(cells)
    return out.getvalue()


# --- stock counts -----------------------------------------------------------------------------------------
@router.get("/counts")
def get_counts(page: MyPage) -> Response:
    """Stock counts, newest first, and the zones that can be counted."""
    page.insist(Right.READ_STOCK)
    with page.service.reading() as reader:
        reference = page.service.room.in_force(reader).reference
        show = CargoShower(page, reader)
        rows = [(one, show.name(one.opened_by)) for one in reader.handling.counts()]
        zones = list(dict.fromkeys(place.zone for place in reference.places))
    return page.html("counts.html", rows=rows, zones=zones, may=page.may(Right.COUNT_STOCK))


@router.post("/counts")
async def post_count(page: MyPage, zone: Text, nonce: Nonce = "") -> Response:
    """Begin to count a zone."""
    request = page.asked(nonce, {"zone": zone})
    answer = await page.service.write(lambda books: counting.begin(books, zone, request))
    return page.after(answer, f"/counts/{answer.facts['count']}" if answer.ok else "/counts")


@router.get("/counts/{identity}")
def get_count(page: MyPage, identity: str, place: Annotated[str, Query(max_length=40)] = "") -> Response:
    """One stock count: scanning while it is open, then its differences."""
    page.insist(Right.READ_STOCK)
    with page.service.reading() as reader:
        found = reader.handling.count(identity)
        if found is None:
            raise not_found("count", identity)
        show = CargoShower(page, reader)
        return page.html(
            "count.html",
            c=found,
            place=place if place in found.places else "",
            people=", ".join(show.name(one) for one in found.counted_by),
            reviewer=show.name(found.reviewed_by or ""),
            may_count=page.may(Right.COUNT_STOCK) and found.state is CountState.OPEN,
            may_review=page.may(Right.REVIEW_COUNT)
            and found.state is CountState.REVIEW
            and page.actor.id not in found.counted_by,
            settlements={kind.value: sorted(how) for kind, how in MAY_BE.items()},
            last=list(reversed(tuple(found.seen.items())))[:12],
        )


@router.post("/counts/{identity}/scan")
async def post_scan(
    page: MyPage,
    identity: str,
    code: Annotated[str, Form(max_length=4096)],
    place: Text = "",
    nonce: Nonce = "",
) -> Response:
    """One scan: the label of a place of the zone, or a unit in it."""
    typed = code.strip()
    bay = typed.upper().removeprefix("KRV:BAY:")
    back = f"/counts/{identity}"
    with page.service.reading() as reader:
        found = reader.handling.count(identity)
    if found is not None and bay in found.places:
        return page.sorry(N_("Now scan what stands here."), f"{back}?place={bay}")
    request = page.asked(nonce, {"count": identity, "code": typed, "place": place})
    answer = await page.service.write(
        lambda books: counting.scan(books, identity, typed, None, place or None, request)
    )
    return page.after(answer, f"{back}?place={place}" if place else back)


@router.post("/counts/{identity}/close")
async def post_close(page: MyPage, identity: str, nonce: Nonce = "") -> Response:
    """End the counting."""
    request = page.asked(nonce, {"count": identity, "close": True})
    answer = await page.service.write(lambda books: counting.close(books, identity, request))
    return page.after(answer, f"/counts/{identity}")


@router.post("/counts/{identity}/settle")
async def post_settle(
    page: MyPage,
    identity: str,
    label: Text,
    settlement: Annotated[Settlement, Form()],
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Decide on one difference."""
    request = page.asked(nonce, {"count": identity, "label": label, "how": settlement.value, "note": note})
    answer = await page.service.write(
        lambda books: counting.settle(books, identity, label, settlement, note, request)
    )
    return page.after(answer, f"/counts/{identity}")


# --- losses and damage -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LossLine:
    """One line of the register for the page."""

    loss: Loss
    unit: Unit | None
    who: str
    photos: tuple[Any, ...]


@router.get("/losses")
def get_losses(
    page: MyPage,
    kind: Annotated[str, Query(max_length=20)] = "",
    consignment: Annotated[str, Query(max_length=80)] = "",
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """What was lost, not seen, too many or damaged: newest first, with its pictures and the act."""
    page.insist(Right.READ_STOCK)
    return page.html("losses.html", **_register(page, kind, consignment, before))


def _register(page: Page, kind: str, ref: str, before: int) -> dict[str, Any]:
    many = 50
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        found = reader.handling.losses(kind=kind, ref=ref.strip(), before=before or None, limit=many)
        rows = [
            LossLine(
                one,
                reader.unit(one.unit),
                show.name(one.who),
                tuple(reader.desk.attachments_of(f"unit:{one.unit}")),
            )
            for one in found
        ]
    return {
        "rows": rows,
        "next": found[-1].seq if len(found) == many else 0,
        "kind": kind,
        "consignment": ref,
    }
