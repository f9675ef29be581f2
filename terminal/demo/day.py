"""The day of the demo: a truck of shelter goods from pre-advice to gate-out, one step at a time.

Each step knows from the books whether it is done, so that playing the next step and doing it by hand go together.
Scans and weights come over the simulated wires; everything else is asked for by the demo person whose work it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from terminal import access
from terminal.cases import consignments, holding, visits, weighing
from terminal.cases.answers import Answer
from terminal.cases.cargo_seen import after_visit_step
from terminal.cases.checking import run
from terminal.cases.once import Request
from terminal.demo.simulated import Simulated
from terminal.service import Service
from terminal.store import Books, Reader, uuid7
from terminal.web.i18n import N_
from workflows.roles import Actor
from workflows.stages import Stage
from workflows.state import Consignment, HoldOutcome, PermissionKind, Seal, Unit, Visit

REF = "AGA-UZ-2026-0412"
VISIT = "V-DEMO-1"
PLATE, TRAILER = "75412CBA", "754410AB"
SEAL_IN, SEAL_OUT = "UZ0550101", "UZ0999001"
TRUCK_EMPTY_KG = 15420
#: the last pallet's label faces the wall: it is missed at first and found later
OVERLOOKED = -1
SCAN_WAIT_S = 2.0
SCAN_TRIES = 5

_IN = (Stage.GATE_IN, Stage.WEIGH_IN, Stage.UNLOAD, Stage.LOAD, Stage.SEAL, Stage.WEIGH_OUT, Stage.GATE_OUT)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the books say about the consignment, its units and its truck."""

    consignment: Consignment
    units: tuple[Unit, ...]
    visit: Visit

    def reached(self, stage: Stage) -> bool:
        """True when the truck has come to ``stage`` or beyond."""
        return self.visit.stage in _IN[_IN.index(stage) :] or self.visit.stage in (
            Stage.BORDER_EXIT,
            Stage.ARRIVED_AF,
            Stage.CLOSED,
        )

    @property
    def seen(self) -> list[Unit]:
        """Units that were tallied (and perhaps moved on)."""
        return [unit for unit in self.units if unit.stage is not Stage.PRE_ADVICE]

    @property
    def loaded(self) -> list[Unit]:
        """Units on the truck or gone with it."""
        return [unit for unit in self.units if unit.label in self.visit.units]


@dataclass(frozen=True, slots=True)
class DayStep:
    """One step: who does it, what happens (a sentence for the texts), whether it is done, and how it is done."""

    key: str
    who: str
    title: str
    done: Callable[[Scene], bool]
    play: Callable[[Day, Scene], Awaitable[Answer | None]]


class Day:
    """Plays the steps against one running service."""

    def __init__(self, service: Service, simulated: Simulated) -> None:
        self.service = service
        self.simulated = simulated
        self._turn = asyncio.Lock()

    def scene(self) -> Scene | None:
        """What the books say now; None before the consignment and the visit are there."""
        with self.service.reading() as reader:
            return look(reader)

    def steps(self) -> list[tuple[DayStep, bool]]:
        """Every step, and whether it is done."""
        scene = self.scene()
        return [(step, scene is not None and step.done(scene)) for step in STEPS]

    async def play_next(self) -> tuple[DayStep, Answer | None] | None:
        """Play the first step that is not done; None when the day is over."""
        async with self._turn:
            scene = self.scene()
            if scene is None:
                return None
            for step in STEPS:
                if not step.done(scene):
                    return step, await step.play(self, scene)
            return None

    # --- how steps are done -------------------------------------------------------------------------
    def actor(self, login: str) -> Actor:
        """The demo person of that login."""
        with self.service.reading() as reader:
            person = reader.people.by_login(login)
        assert person is not None
        return access.actor_of(person)

    async def as_person(
        self, login: str, point: str | None, work: Callable[[Books, Request], Answer]
    ) -> Answer:
        """A use case, asked for by a demo person."""
        actor = self.actor(login)
        request = self.service.request(actor, str(uuid7()), {"demo": True}, point=point)
        return await self.service.write(lambda books: work(books, request))

    async def vehicle(self, login: str, point: str, taken: visits.VisitStep) -> Answer:
        """A step of the truck."""
        judge = self.service.judge

        def work(books: Books, request: Request) -> Answer:
            answer = visits.step(books, VISIT, taken, request)
            after_visit_step(books, VISIT, answer, request, judge)
            return answer

        return await self.as_person(login, point, work)

    async def decision(self, login: str, step: Stage) -> Answer:
        """A step of the consignment."""
        judge = self.service.judge
        return await self.as_person(
            login,
            None,
            lambda books, request: consignments.step(books, REF, step, "", request, judge),
        )

    async def scan(self, device: str, label: str) -> None:
        """The scanner reads a label; wait until the books know. A label read again at once is held to be an echo."""
        before = self.service.store.bell.seq
        for _ in range(SCAN_TRIES):
            await self.simulated.do("scan", device, text=f"00{label}", aim="]C1")
            if await self.service.store.bell.wait(before, SCAN_WAIT_S) > before:
                return

    async def weigh(self, step: Stage, kg: int) -> Answer:
        """The truck drives on the weighbridge, the weight is captured, the truck drives off."""
        await self.simulated.do("put", "weighbridge-1", kg=str(kg), roll_s=1.5)
        weight, trace = await self.service.capture("weighbridge-1", self.actor("wali").id, 20)
        judge = self.service.judge

        def work(books: Books, request: Request) -> Answer:
            answer = weighing.weigh_visit(books, VISIT, step, weight, request, trace)
            after_visit_step(books, VISIT, answer, request, judge)
            return answer

        answer = await self.as_person("wali", "weighbridge-1", work)
        await self.simulated.do("take", "weighbridge-1")
        return answer


def look(reader: Reader) -> Scene | None:
    """The scene in one moment of the store."""
    consignment, visit = reader.consignment(REF), reader.visit(VISIT)
    if consignment is None or visit is None:
        return None
    return Scene(consignment, tuple(reader.units_of(REF)), visit)


# --- the steps -------------------------------------------------------------------------------------
async def _gate_in(day: Day, _: Scene) -> Answer:
    taken = visits.VisitStep(Stage.GATE_IN, PLATE, TRAILER, (Seal(SEAL_IN, cls="H"),))
    return await day.vehicle("gulnora", "gate-1", taken)


async def _weigh_in(day: Day, scene: Scene) -> Answer:
    return await day.weigh(Stage.WEIGH_IN, TRUCK_EMPTY_KG + int(_declared(scene)) + 40)


def _declared(scene: Scene) -> Decimal:
    return sum((unit.gross_kg or Decimal(0) for unit in scene.units), Decimal(0))


async def _papers(day: Day, scene: Scene) -> Answer:
    answer = await day.decision("dilnoza", Stage.DOC_CHECK)
    paper = next((d for d in scene.consignment.papers.documents if d.type == "AF_EXEMPTION"), None)
    if paper is not None:
        judge = day.service.judge
        verified = replace(paper, verified=True)
        await day.as_person(
            "dilnoza",
            None,
            lambda books, request: consignments.put_document(books, REF, verified, "seen", request, judge),
        )
    return answer


async def _tally(day: Day, scene: Scene) -> None:
    for unit in scene.units[:OVERLOOKED]:
        if unit.stage is Stage.PRE_ADVICE:
            await day.scan("tally-1-scanner", unit.label)


async def _refused(day: Day, scene: Scene) -> None:
    await day.scan("load-1-scanner", scene.units[0].label)


async def _found(day: Day, scene: Scene) -> Answer | None:
    await day.scan("tally-1-scanner", scene.units[OVERLOOKED].label)
    judge = day.service.judge

    def again(books: Books, request: Request) -> Answer:
        run(books, REF, request, judge)
        return Answer("accepted", f"consignment:{REF}")

    return await day.as_person("timur", "tally-1", again)


async def _lift(day: Day, scene: Scene) -> Answer | None:
    outcome, note = HoldOutcome.CLEARED_CORRECTED, "The tenth pallet was found; ten of ten counted."

    def lift_all(books: Books, request: Request) -> Answer:
        answer = Answer("already_done", f"consignment:{REF}")
        for number, hold in enumerate(scene.consignment.holds):
            if hold.open:
                each = replace(request, nonce=f"{request.nonce}-{number}")
                answer = holding.lift(books, hold.id, holding.Ending(outcome, note), each)
        return answer

    return await day.as_person("chori", None, lift_all)


async def _load(day: Day, scene: Scene) -> Answer | None:
    answer = await day.vehicle("timur", "load-1", visits.VisitStep(Stage.LOAD))
    for unit in scene.units:
        if unit.label not in scene.visit.units:
            await day.scan("load-1-scanner", unit.label)
    return answer


async def _seal(day: Day, _: Scene) -> Answer:
    taken = visits.VisitStep(Stage.SEAL, seals=(Seal(SEAL_OUT, cls="H"),))
    return await day.vehicle("chori", "load-1", taken)


async def _weigh_out(day: Day, scene: Scene) -> Answer:
    return await day.weigh(Stage.WEIGH_OUT, TRUCK_EMPTY_KG + int(scene.visit.loaded_kg) + 20)


async def _gate_out(day: Day, _: Scene) -> Answer:
    taken = visits.VisitStep(Stage.GATE_OUT, PLATE, TRAILER, (Seal(SEAL_OUT, cls="H"),))
    return await day.vehicle("gulnora", "gate-1", taken)


async def _refuse_then_find(day: Day, scene: Scene) -> Answer | None:
    await _refused(day, scene)
    return await _found(day, scene)


def _has(kind: PermissionKind) -> Callable[[Scene], bool]:
    return lambda scene: scene.consignment.permission(kind) is not None or scene.reached(Stage.LOAD)


def _held_once(scene: Scene) -> bool:
    return scene.reached(Stage.LOAD) or len(scene.seen) == len(scene.units)


STEPS: tuple[DayStep, ...] = (
    DayStep(
        "gate_in",
        "gulnora",
        N_("A truck with ten pallets of shelter goods arrives at gate 1."),
        lambda s: s.reached(Stage.GATE_IN),
        _gate_in,
    ),
    DayStep(
        "weigh_in",
        "wali",
        N_("It drives on the weighbridge; the loaded weight is captured when it stands still."),
        lambda s: s.reached(Stage.WEIGH_IN),
        _weigh_in,
    ),
    DayStep(
        "papers",
        "dilnoza",
        N_("The papers are checked and the Afghan approval is confirmed."),
        lambda s: s.consignment.stage not in (Stage.PRE_ADVICE, Stage.GATE_IN),
        _papers,
    ),
    DayStep(
        "screen",
        "chori",
        N_("The checks run and customs sets the lane."),
        lambda s: s.consignment.stage not in (Stage.PRE_ADVICE, Stage.GATE_IN, Stage.DOC_CHECK),
        lambda day, _: day.decision("chori", Stage.RISK),
    ),
    DayStep(
        "dock",
        "timur",
        N_("The truck is opened at dock 1."),
        lambda s: s.reached(Stage.UNLOAD),
        lambda day, _: day.vehicle("timur", "tally-1", visits.VisitStep(Stage.UNLOAD)),
    ),
    DayStep(
        "tally",
        "timur",
        N_("Nine pallets are scanned; the label of the tenth faces the wall."),
        lambda s: len(s.seen) >= len(s.units) - 1,
        _tally,
    ),
    DayStep(
        "empty",
        "timur",
        N_("The truck is reported empty: nine of ten, so a hold opens by itself."),
        lambda s: not s.visit.carries,
        lambda day, _: day.vehicle("timur", "tally-1", visits.VisitStep(Stage.UNLOAD, note="empty")),
    ),
    DayStep(
        "weigh_empty",
        "wali",
        N_("The empty truck is weighed: its tare."),
        lambda s: any(w.what == "TARE" for w in s.visit.weighings),
        lambda day, _: day.weigh(Stage.WEIGH_IN, TRUCK_EMPTY_KG),
    ),
    DayStep(
        "found",
        "timur",
        N_("Somebody tries to load and is refused. The tenth pallet is found and scanned."),
        _held_once,
        _refuse_then_find,
    ),
    DayStep(
        "lift",
        "chori",
        N_("Customs sees that the cause is gone and lifts the hold, with a reason."),
        lambda s: not [h for h in s.consignment.holds if h.open],
        _lift,
    ),
    DayStep(
        "customs",
        "chori",
        N_("Customs release: the first approval."),
        _has(PermissionKind.CUSTOMS_RELEASE),
        lambda day, _: day.decision("chori", Stage.CUSTOMS_RELEASE),
    ),
    DayStep(
        "release",
        "rustam",
        N_("Terminal release: the second approval, by another person."),
        _has(PermissionKind.TERMINAL_RELEASE),
        lambda day, _: day.decision("rustam", Stage.RELEASE),
    ),
    DayStep(
        "load",
        "timur",
        N_("Ten pallets are scanned onto the truck."),
        lambda s: len(s.loaded) == len(s.units) or s.reached(Stage.SEAL),
        _load,
    ),
    DayStep("seal", "chori", N_("The load is sealed."), lambda s: s.reached(Stage.SEAL), _seal),
    DayStep(
        "weigh_out",
        "wali",
        N_("The loaded truck is weighed out."),
        lambda s: s.reached(Stage.WEIGH_OUT),
        _weigh_out,
    ),
    DayStep(
        "gate_out",
        "gulnora",
        N_("Plate, seal, weight and release match: the barrier opens."),
        lambda s: s.reached(Stage.GATE_OUT),
        _gate_out,
    ),
    DayStep(
        "border",
        "bahrom",
        N_("The truck crosses the bridge."),
        lambda s: s.visit.stage in (Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.CLOSED),
        lambda day, _: day.vehicle("bahrom", "gate-1", visits.VisitStep(Stage.BORDER_EXIT)),
    ),
)
