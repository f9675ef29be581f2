"""The simulated day: what happens next, who does it, and a hand at the simulated devices. Only while the demo runs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from terminal.api.demo import TheDay
from terminal.demo.acting import act, fault_of
from terminal.demo.day import REF, Day
from terminal.demo.people import PEOPLE
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
AWAY = N_("The simulated devices have stopped and are being started again. Try again in a moment.")
DONE = N_("Done at the simulated device.")
#: the states a line can be put into, with their words
LINES = (
    ("none", N_("Clean")),
    ("bad", N_("Bad: one frame in a hundred is damaged")),
    ("terrible", N_("Very bad: one frame in five is damaged")),
    ("stuck", N_("The indicator repeats one frame for ever")),
    ("silent", N_("Nothing is sent")),
    ("slow", N_("Every frame comes two seconds late")),
    ("parity", N_("A parity bit is left in every byte")),
    ("speed", N_("The host listens at the wrong speed")),
)
#: what a load may be suggested to weigh, by the largest the scale takes
_SUGGESTED = ((Decimal(20_000), "12000"), (Decimal(1_000), "640"))
_DEFAULT_KG = "12.5"


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """One simulated device as the panel shows it. ``tone`` and ``state`` are its lamp; ``shows`` its display or last
    label; ``extra`` are further figures (name, value); ``suggested`` a load in kg for its field."""

    id: str
    kind: str
    protocol: str
    title: str
    plugged: bool
    tone: str
    state: str
    shows: str
    unit: str
    extra: tuple[tuple[str, str], ...]
    line: str
    suggested: str


@router.get("/demo")
async def get_demo(page: MyPage, day: TheDay) -> Response:
    """The steps of the day and every simulated device."""
    words = page.words
    names = {person.login: person.name for person in PEOPLE}
    steps = [
        {"title": words.gettext(step.title), "who": names.get(step.who, step.who), "done": done}
        for step, done in day.steps()
    ]
    with page.service.reading() as reader:
        labels = [unit.label for unit in reader.units_of(REF, limit=40)]
    return page.html(
        "demo.html",
        steps=steps,
        simulated=await _devices(page, day),
        away="" if day.simulated.running else page.words.gettext(AWAY),
        lines=[(name, words.gettext(text)) for name, text in LINES],
        labels=labels,
    )


@router.get("/demo/now")
async def get_now(page: MyPage, day: TheDay) -> Response:
    """What every simulated device does now: the parts of the panel that change by themselves."""
    return page.fragment("parts/simulated_now.html", simulated=await _devices(page, day))


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
    action: Annotated[
        Literal["scan", "put", "take", "unplug", "plug", "wind", "zero", "tare", "plate", "picture", "fault"],
        Form(),
    ],
    device: Text,
    text: Text = "",
    kg: Text = "",
    fault: Text = "",
    plate: Text = "",
) -> Response:
    """Do something at a simulated device: scan a label, put a load on, pull the plug, spoil the line."""
    given: dict[str, dict[str, Any]] = {
        "scan": {"text": text},
        "picture": {"text": text},
        "plate": {"plate": plate},
        "put": {"kg": kg},
        "wind": {"kg": kg},
        "zero": {"kg": kg},
        "fault": {"fault": fault},
    }
    try:
        await act(day.simulated, action, device, given.get(action, {}))
    except ValueError as error:
        return page.after(vm.Answer("refused", str(error)), "/demo")
    return page.after(vm.Answer("accepted", page.words.gettext(DONE)), "/demo")


async def _devices(page: Page, day: Day) -> list[SimulatedDevice]:
    named = {device.id: device.title or device.id for device in page.service.settings.devices}
    points = {point.id: point.name for point in page.service.settings.points}
    capacity = {
        device.id: device.capacity_kg for device in page.service.settings.devices if device.kind == "scale"
    }
    found = []
    for told in await day.simulated.devices():
        title = named.get(told["id"], told["id"])
        if title == told["id"]:
            title = points.get(told["point"], title)
        found.append(device_seen(told, page, title, capacity.get(told["id"], Decimal(0))))
    return found


def device_seen(told: dict[str, Any], page: Page, title: str, capacity: Decimal) -> SimulatedDevice:
    """What the simulators tell of a device, in the reader's language."""
    words = page.words
    tone, state = _lamp(told)
    shows, unit = "", ""
    extra: list[tuple[str, str]] = []
    if "shows_kg" in told:
        shows, unit = (
            "–––" if told["overload"] else words.number(_plain(told["shows_kg"])),
            words.gettext("kg"),
        )
        for key, name in (
            ("load_kg", N_("On it")),
            ("tare_kg", N_("Tare")),
            ("wind_kg", N_("Wind")),
            ("zero_kg", N_("Zero drift")),
        ):
            if key == "load_kg" or Decimal(told[key]):
                extra.append((words.gettext(name), words.kg(Decimal(told[key]))))
    else:
        shows = str(told.get("last") or told.get("shows") or "")
    extra.append((words.gettext(N_("Frames sent")), words.number(told["sent"])))
    suggested = next((kg for least, kg in _SUGGESTED if capacity >= least), _DEFAULT_KG)
    return SimulatedDevice(
        told["id"],
        told["kind"],
        told["protocol"],
        title,
        told["plugged"],
        tone,
        words.gettext(state),
        shows,
        unit,
        tuple(extra),
        fault_of(told.get("faults", {})),
        suggested,
    )


def _lamp(told: dict[str, Any]) -> tuple[str, str]:
    if not told["plugged"]:
        return "stop", N_("Unplugged")
    if not told["connected"]:
        return "look", N_("Plugged in, nobody listens")
    if "shows_kg" not in told:
        return "go", N_("Ready")
    if told["overload"]:
        return "stop", N_("Overloaded")
    return ("go", N_("Stands still")) if told["stable"] else ("look", N_("Moves"))


def _plain(text: str) -> Decimal:
    """The weight without zeros behind that mean nothing."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
