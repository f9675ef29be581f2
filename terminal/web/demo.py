"""The simulated day: what happens next, who does it, and a hand at the simulated devices. Only while the demo runs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from devices.config import Scale
from terminal.api.demo import TheDay
from terminal.demo.day import REF
from terminal.demo.people import PEOPLE
from terminal.web import view_models as vm
from terminal.web.context import MyPage
from terminal.web.i18n import N_

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
DONE = N_("Done at the simulated device.")


@router.get("/demo")
def get_demo(page: MyPage, day: TheDay) -> Response:
    """The steps of the day."""
    words = page.words
    names = {person.login: person.name for person in PEOPLE}
    steps = [
        {"title": words.gettext(step.title), "who": names.get(step.who, step.who), "done": done}
        for step, done in day.steps()
    ]
    configured = page.service.settings.devices
    with page.service.reading() as reader:
        labels = [(unit.label, unit.label) for unit in reader.units_of(REF, limit=40)]
    return page.html(
        "demo.html",
        steps=steps,
        scanners=[(d.id, d.id) for d in configured if d.kind == "scanner"],
        scales=[(d.id, d.id) for d in configured if isinstance(d, Scale)],
        labels=labels,
    )


@router.post("/demo/next")
async def post_next(page: MyPage, day: TheDay) -> Response:
    """Play the next step by the person whose work it is."""
    try:
        played = await day.play_next()
    except ValueError as error:
        return page.after(vm.Answer("refused", str(error)), "/demo")
    if played is None or played[1] is None:
        return RedirectResponse("/demo", 303)
    return page.after(played[1], "/demo")


@router.post("/demo/device")
async def post_device(
    page: MyPage,
    day: TheDay,
    action: Annotated[Literal["scan", "put", "take"], Form()],
    device: Text,
    text: Text = "",
    kg: Text = "",
) -> Response:
    """Scan a label, put a load on a scale, or take it off."""
    more = {"scan": {"text": f"00{text}", "aim": "]C1"}, "put": {"kg": kg}}.get(action, {})
    try:
        await day.simulated.do(action, device, **more)
    except ValueError as error:
        return page.after(vm.Answer("refused", str(error)), "/demo")
    return page.after(vm.Answer("accepted", page.words.gettext(DONE)), "/demo")
