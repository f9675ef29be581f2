"""The running terminal: store, devices, rules and clock held together; readings from devices come in here.

Pages, endpoints and commands get one :class:`Service` and ask it; nothing is kept in globals.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from devices import fleet as fleets
from devices.config import Scale
from devices.live import NotWeighed
from devices.nii import InspectionResult, ResultRefused, read_result
from devices.readings import EventReading, PlateReading, Reading, ScanReading, Trouble, Verdict, WeightReading
from terminal import access, device_intake, filing, second, tokens, totp
from terminal.callers import Callers
from terminal.cases import scan_results, scans, weighing
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge
from terminal.cases.device_readings import PLATE_LIVES
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.evidence.log import JournalLog
from terminal.keys import Keys
from terminal.lamps import Lamps
from terminal.limits import RateLimit
from terminal.rules_in_force import RulesRoom
from terminal.settings import Settings
from terminal.store import Books, Reader, Soon, Store
from terminal.store.desk import Attachment
from workflows.checks.reference import Reference
from workflows.events import Context, DeviceChanged, WeightSeen
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.roles import Actor
from workflows.stages import Stage
from workflows.state import Weighing
from workflows.weight_state import OnScale

if TYPE_CHECKING:
    from terminal.witnessing import Standing

log = logging.getLogger("karvon")
#: scans of devices that a station page shows
SEEN_KEPT = 20
T = TypeVar("T")

#: why a scale gave no weight -> the reason to say
_WHY = {
    "unstable": Reason.WEIGHT_UNSTABLE,
    "frozen": Reason.WEIGHT_UNSTABLE,
    "overload": Reason.WEIGHT_OUT_OF_RANGE,
    "underload": Reason.WEIGHT_OUT_OF_RANGE,
    "below_minimum": Reason.WEIGHT_OUT_OF_RANGE,
    "negative": Reason.WEIGHT_OUT_OF_RANGE,
    "empty": Reason.WEIGHT_OUT_OF_RANGE,
    "out_of_verification": Reason.SCALE_NOT_VERIFIED,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan that a device made at a point, for the page of that place: what it was, what was answered."""

    at: datetime
    device: str
    text: str
    answer: Answer


#: a weight that a gate PC sent may be used for so long; later the load may be another
FAR_WEIGHT_LIVES = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class FarWeight:
    """A stable weight of a scale on a gate PC, waiting to be used once."""

    weight: Weighing
    trace: Attachment | None
    received: datetime


@dataclass
class Service:
    """One terminal. Use as ``async with service.running():`` around the server's life."""

    settings: Settings
    store: Store
    judge: Judge
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    fleet: fleets.Fleet | None = None
    #: the step that a point's own scanner takes, when the point knows several; chosen at its station
    steps: dict[str, Stage] = field(default_factory=dict)
    far_weights: dict[str, FarWeight] = field(default_factory=dict)
    last_plate: dict[str, PlateReading] = field(default_factory=dict)
    device_scans: dict[str, deque[Seen]] = field(default_factory=dict)
    #: devices whose token was looked up a moment ago
    callers: Callers = field(default_factory=Callers)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: the journal as a Merkle log, with what it remembers between checkpoints
    log: JournalLog = field(default_factory=JournalLog)
    witnesses: dict[str, Standing] = field(default_factory=dict)  # how it stands with each
    feeds: dict[str, Any] = field(default_factory=dict)  # the same of those who are told as we work
    #: runs the devices when it is this process's turn; alone, it is at once
    leading: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]] = lambda work: work()
    _public: RateLimit | None = None
    _strangers: RateLimit | None = None
    _doors: RateLimit | None = None
    _secret: bytes | None = None
    _keys: Keys | None = None
    _room: RulesRoom | None = None
    _lamps: Lamps | None = None

    @property
    def public(self) -> RateLimit:
        """How often those who are not signed in may ask."""
        if self._public is None:
            self._public = RateLimit(self.clock)
        return self._public

    @property
    def doors(self) -> RateLimit:
        """How often one client may try to come in."""
        if self._doors is None:
            self._doors = RateLimit(self.clock, burst=60, every_s=1.0)
        return self._doors

    @property
    def strangers(self) -> RateLimit:
        """How often links that are no good are written down, whoever brings them."""
        if self._strangers is None:
            self._strangers = RateLimit(self.clock, burst=20, every_s=30.0)
        return self._strangers

    @property
    def secret(self) -> bytes:
        """The secret of this installation."""
        if self._secret is None:
            self.settings.data_dir.mkdir(parents=True, exist_ok=True)
            self._secret = tokens.server_secret(self.settings.data_dir)
        return self._secret

    @property
    def keys(self) -> Keys:
        """The signing keys of this installation."""
        if self._keys is None:
            self._keys = Keys(self.settings.data_dir, self.settings.terminal.place)
        return self._keys

    @property
    def room(self) -> RulesRoom:
        """The tables and the list that judgements rest on."""
        if self._room is None:
            self._room = RulesRoom(self.settings, self.clock)
        return self._room

    @property
    def lamps(self) -> Lamps:
        """The lamps and barriers of the points."""
        if self._lamps is None:
            self._lamps = Lamps(self.settings.devices, lambda: self.fleet, self.store, self.clock)
        return self._lamps

    @property
    def idle(self) -> timedelta:
        """How long a session may rest."""
        return timedelta(minutes=self.settings.server.idle_minutes)

    def rest_of(self, caller: access.Caller) -> timedelta:
        """How long this session may rest: a badge at a station less long than a password."""
        if caller.limited == "badge":
            return timedelta(minutes=self.settings.sign_in.station_idle_minutes)
        return self.idle

    @property
    def window(self) -> timedelta:
        """How late a scan may come and still be applied by itself."""
        return timedelta(days=self.settings.terminal.scan_window_days)

    # --- the store ----------------------------------------------------------------------------------
    async def write(self, work: Callable[[Books], T], soon: Soon | None = None) -> T:
        """Run a use case in a write transaction; back once it is on disk. ``soon`` is what it is going to look up."""
        return await self.store.write(work, soon)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One moment of the store, for looking things up."""
        with self.store.reading() as reader:
            yield reader

    async def second_person(self, login: str, password: str, by: str) -> str | None:
        """The person who confirms what ``by`` does, by their own password; None when it is not proved.

        Wrong passwords make the next wait, as at the sign-in. The slow hash runs outside the transaction.
        """
        if not login:
            return None
        now = self.clock()

        def check() -> bool:
            with self.reading() as reader:
                person = reader.people.by_login(login)
            if access.may_try(person, now) is not None:
                return False
            return access.password_matches(person.password_hash if person else None, password)

        matched = await asyncio.to_thread(check)
        return await self.write(lambda books: access.second_person(books, login, matched, by, now))

    async def same_person(self, identity: str, password: str, asked: str) -> bool:
        """True when the signed-in person has proved again who they are, for a step that asks for it.

        ``password`` is their password, or the present code of their authenticator app.
        """
        now = self.clock()
        if totp.looks_like_code(password):
            secret = self.secret
            return await self.write(
                lambda books: second.confirmed_by_code(books, secret, identity, password, asked, now)
            )

        def check() -> bool:
            with self.reading() as reader:
                person = reader.people.get(identity)
            if person is None or access.may_try(person, now) is not None:
                return False
            return access.password_matches(person.password_hash, password)

        matched = await asyncio.to_thread(check)
        return await self.write(lambda books: access.confirmed(books, identity, matched, asked, now))

    def request(self, who: Actor, nonce: str, body: dict[str, object], **more: object) -> Request:
        """A request of this moment, under the rules in force."""
        more = {"reference": self._reference, "judge": self.judge, **more}
        return Request(who, self.clock(), nonce, body, rules=self.settings.rules, **more)  # type: ignore[arg-type]

    def _reference(self, reader: Reader) -> Reference:
        return self.room.in_force(reader).reference

    # --- devices ------------------------------------------------------------------------------------
    def step_of(self, point: str) -> Stage | None:
        """The step that a scan at this point means when nobody says otherwise."""
        chosen = self.steps.get(point)
        configured = self.settings.point(point)
        if configured is None or not configured.steps:
            return None
        return chosen if chosen in configured.steps else configured.steps[0]

    async def run_devices(self) -> None:
        """Run the fleet until cancelled, if this is the process that may: readings in, verdicts back after the commit."""
        await self.leading(self._run_fleet)

    async def _run_fleet(self) -> None:
        async with fleets.Fleet(self.settings.devices, self.on_reading) as fleet:
            self.fleet = fleet
            try:
                await self._watch_health(fleet)
            finally:
                self.fleet = None

    async def _watch_health(self, fleet: fleets.Fleet) -> None:
        """Write a device's coming and going into the journal, once a change."""
        known: dict[str, str] = {}
        while True:
            for health in fleet.health():
                before = known.get(health.device)
                if health.state in (before, "starting"):
                    continue
                known[health.device] = health.state
                facts = {"sentence": health.sentence, "remedy": health.remedy, "before": before}
                event = DeviceChanged(f"device:{health.device}", health.state, facts)
                context = Context("terminal", self.clock(), health.device, point=health.point)
                with suppress(Exception):
                    await self.write(lambda books, e=event, c=context: books.record((e,), c))  # type: ignore[misc]
            await asyncio.sleep(1.0)

    async def on_reading(self, reading: Reading) -> Verdict | None:
        """Take one reading of our own fleet; the verdict goes back to the device's lamp."""
        answer = await self.take_reading(reading)
        return answer.verdict if answer is not None else None

    async def take_reading(self, reading: Reading, caller: access.Caller | None = None) -> Answer | None:
        """Take one reading, of our own fleet or (with ``caller``) of a gateway. None when nothing had to be decided.

        A device may only do the steps of its point; a gateway no more than its own token allows.
        """
        if isinstance(reading, ScanReading):
            return await self._take_scan(reading, caller)
        if isinstance(reading, EventReading) and reading.kind == "inspection":
            with suppress(ResultRefused):  # a record that was readable at the gate is readable here
                result = read_result(reading.raw)
                return await self.take_scan_result(result, reading.raw, reading.device, reading.point, caller)
        if isinstance(reading, PlateReading | EventReading):
            return await device_intake.take(self, reading, caller)
        if caller is not None and isinstance(reading, WeightReading):
            return await self._take_weight(reading, caller)
        if caller is not None and isinstance(reading, Trouble):
            return await device_intake.take_trouble(self, reading, caller)
        return None

    async def _take_weight(self, reading: WeightReading, caller: access.Caller) -> Answer:
        """Keep a weight of a scale on a gate PC, for the panel of its point to use once."""
        weight, trace = await asyncio.to_thread(
            self.keep_weight, reading, self.settings.scale_at(reading.point), f"device:{reading.device}"
        )
        request = self.request(
            caller.actor,
            reading.id,
            {"scale": reading.device, "kg": str(reading.kg), "at": reading.at.isoformat()},
            point=reading.point,
            device=reading.device,
            device_at=reading.at,
            barred=access.elsewhere(caller, reading.point),
        )
        subject = f"device:{reading.device}"

        def act(books: Books) -> Answer:
            def seen() -> tuple[Outcome, str, dict[str, object]]:
                return Accepted((WeightSeen(subject, weight),)), subject, {"kg": str(weight.kg)}

            return once(books, request, "weigh", seen)

        answer = await self.write(act)
        if answer.verdict == "accepted" and not answer.again:
            self.far_weights[reading.point] = FarWeight(weight, trace, request.at)
        return answer

    async def _take_scan(self, reading: ScanReading, caller: access.Caller | None) -> Answer | None:
        step = self.step_of(reading.point)
        point = self.settings.point(reading.point)
        steps = frozenset(point.steps if point else ())
        if caller is not None:
            steps &= caller.actor.steps
        actor = Actor(f"device:{reading.device}", steps=steps, is_device=True)
        symbology = reading.aim or reading.symbology
        body: dict[str, object] = {"code": reading.text, "symbology": symbology, "point": reading.point}
        if step is not None:
            body["step"] = step.value
        request = self.request(
            actor,
            reading.id,
            body,
            point=reading.point,
            device=reading.device,
            device_at=reading.at,
            barred=access.elsewhere(caller, reading.point) if caller is not None else None,
        )

        def work(books: Books) -> Answer:
            if (
                step is None and request.barred is None
            ):  # nobody said what a scan means here: a person decides
                missing = refuse(Reason.INVALID, field="point", point=reading.point)
                return scans.set_aside(books, request, "no_step", missing, reading.text, symbology)
            scan = scans.Scan(reading.text, step or Stage.TALLY, reading.at, symbology)
            return scans.take(books, scan, request, window=self.window)

        answer = await self.write(work)
        self.shown(answer, reading.point)
        if point is not None and request.barred is None:
            self.keep_seen(point.id, Seen(request.at, reading.device, reading.text, answer))
        return answer

    def shown(self, answer: Answer, point: str | None) -> Answer:
        """The answer, on its way to the lamps and barriers of the point where it was decided.

        What was answered before, and what was asked by somebody who may not, switches nothing.
        """
        if not answer.again and answer.reason not in (Reason.NOT_PERMITTED, Reason.NONCE_REUSED):
            self.lamps.show(point, answer.verdict, answer.subject)
        return answer

    def keep_seen(self, point: str, seen: Seen) -> None:
        """Remember a scan for the page of its place; the last ones only, the journal has them all."""
        self.device_scans.setdefault(point, deque(maxlen=SEEN_KEPT)).append(seen)

    async def take_scan_result(
        self, result: InspectionResult, record: bytes, device: str, point: str, caller: access.Caller | None
    ) -> Answer:
        """Take what a scanning system says of one scan; its record is on disk before it is answered."""
        await asyncio.to_thread(self.keep_file, result.sha256, record)
        configured = self.settings.point(point)
        actor = Actor(
            f"device:{device}", steps=frozenset(configured.steps if configured else ()), is_device=True
        )
        request = self.request(
            actor if caller is None else caller.actor,
            result.nonce,
            scan_results.body_of(result),
            point=point or None,
            device=device,
            device_at=result.finished_at,
            barred=access.elsewhere(caller, point or None) if caller is not None else None,
        )
        return await self.write(lambda books: scan_results.take(books, result, request, self.judge))

    async def capture(
        self, point: str, operator: str, within: float = 10.0
    ) -> tuple[Weighing | Refused, Attachment | None]:
        """A stable weight of the scale at a point, with its stored trace; or the refusal that says why not."""
        far = self.far_weights.pop(point, None)
        if far is not None and self.clock() - far.received < FAR_WEIGHT_LIVES:
            return replace(far.weight, operator=operator), far.trace
        scale = self.settings.scale_at(point)
        if scale is None or self.fleet is None:
            return refuse(Reason.NO_WEIGHT, point=point, why="no_scale"), None
        reading = await self.fleet.capture(scale.id, within)
        if isinstance(reading, NotWeighed):
            reason = _WHY.get(reading.reason, Reason.NO_WEIGHT)
            return refuse(reason, scale=scale.id, why=reading.reason, sentence=reading.sentence), None
        return self.keep_weight(reading, scale, operator)

    def on_scale(self, point: str, *, looked: bool = False) -> OnScale:
        """What the camera at a scale's point last read, if it did so a moment ago."""
        seen = self.last_plate.get(point)
        if seen is None or abs(self.clock() - seen.at) > PLATE_LIVES:
            return OnScale(looked=looked)
        return OnScale(plate_of(seen.plate), seen.confidence, looked=looked)

    def keep_weight(
        self, reading: WeightReading, scale: Scale | None, operator: str
    ) -> tuple[Weighing, Attachment | None]:
        """The weighing that a reading is; its trace is on disk before the weighing is recorded."""
        verified = scale.verified_until if scale is not None else reading.verified_until
        data = json.dumps(reading.trace.to_list(), separators=(",", ":"), ensure_ascii=False).encode()
        attachment = weighing.trace_attachment(
            reading, f"device:{reading.device}", operator, self.clock(), len(data)
        )
        if attachment is not None:
            self.keep_file(attachment.sha256, data)
        return weighing.from_reading(reading, operator, verified), attachment

    # --- files --------------------------------------------------------------------------------------
    def file_path(self, sha256: str) -> Path:
        """Where a stored file lies: beside the database, named by its SHA-256."""
        return filing.path_of(self.settings.data_dir, sha256)

    def keep_file(self, sha256: str, data: bytes) -> Path:
        """Store bytes under their SHA-256; on disk (file and folder) when this returns. Twice is once."""
        return filing.keep(self.settings.data_dir, sha256, data)
