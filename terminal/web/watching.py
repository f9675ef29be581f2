"""The page of the local watch list: what the border service looks for at the gate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from terminal.api.watching import judged_again, listed
from terminal.cases import hit_rates, watching
from terminal.web.consignments import BAD_DATE, day
from terminal.web.context import MyPage
from terminal.web.i18n import N_
from workflows.roles import Right
from workflows.watch_list import Kind, Watched

router = APIRouter()
Text = Annotated[str, Form(max_length=100)]
Long = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
HOME = "/watch-list"
KINDS = (
    (Kind.PLATE.value, N_("Plate of a vehicle or trailer")),
    (Kind.DOCUMENT.value, N_("Number of a travel document")),
    (Kind.NAME.value, N_("Name of a person")),
)
NO_LAST_DAY = N_("An entry needs a last day, at most two years from now.")


@router.get(HOME)
def get_watch_list(page: MyPage) -> Response:
    """The list, those in force first."""
    page.insist(Right.KEEP_WATCH_LIST)
    today = hit_rates.day_of(page.now)
    with page.service.reading() as reader:
        rows = watching.entries(reader, page.service.room)
        people = {person.id: person.name for person in reader.people.all()}
    say = page.words.gettext
    return page.html(
        "watch_list.html",
        rows=sorted(rows, key=lambda one: (not one.in_force(today), one.key)),
        today=today,
        people=people,
        kinds=tuple((code, say(text)) for code, text in KINDS),
    )


@router.post(HOME)
async def post_watch_list(
    page: MyPage,
    kind: Annotated[Kind, Form()],
    value: Text = "",
    reason: Long = "",
    last_day: Annotated[str, Form(max_length=20)] = "",
    note: Long = "",
    nonce: Nonce = "",
) -> Response:
    """List something."""
    try:
        last = day(last_day)
    except ValueError:
        return page.sorry(BAD_DATE, HOME)
    if last is None:
        return page.sorry(NO_LAST_DAY, HOME)
    new = Watched(kind, value.strip(), reason.strip(), page.actor.id, last)
    body = {"kind": kind.value, "value": value, "reason": reason, "last_day": last_day, "note": note}
    answer = await listed(page.service, page.actor, new, note or reason, nonce, body)
    return page.after(answer, HOME)


@router.post(f"{HOME}/end")
async def post_end(
    page: MyPage, kind: Annotated[Kind, Form()], value: Text = "", note: Long = "", nonce: Nonce = ""
) -> Response:
    """Take an entry off."""
    request = page.asked(nonce, {"kind": kind.value, "value": value, "note": note})
    room = page.service.room
    answer = await page.service.write(lambda books: watching.end(books, kind, value, note, request, room))
    await judged_again(page.service, page.actor, answer)
    return page.after(answer, HOME)
