"""Is what was bought used? Readings per device and week, the share of consignments, what was typed instead, and dates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from terminal.cases.device_readings import PLATE_LIVES
from terminal.reports.figures import minutes, share
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.source import Source
from terminal.reports.span import Span, day_of
from terminal.store import spans
from terminal.store.journal import Entry
from terminal.web.i18n import N_
from workflows.equipment_state import EquipmentState
from workflows.identifiers import normalise_plate

#: kinds of events in which a device does not do its work: it comes and goes, is enrolled, a lamp is told something
_NO_WORK = frozenset({"DeviceChanged", "SecurityEvent", "SignalShown"})
_WEIGHED = frozenset({"VisitWeighed", "UnitWeighed", "TareRegistered", "WeightSeen"})
_OFF = frozenset({"no_link", "failed", "off"})
_CAMERAS = frozenset({"camera", "anpr"})


@dataclass(frozen=True, slots=True)
class Known:
    """A device that is configured or enrolled. ``since`` is the day on which it was enrolled, None for configured ones."""

    id: str
    kind: str
    point: str
    verified_until: date | None = None
    since: date | None = None


def known(source: Source) -> list[Known]:
    """Every device, those of the configuration first."""
    found = {
        one.id: Known(one.id, one.kind, one.point or "", getattr(one, "verified_until", None))
        for one in source.settings.devices
    }
    for device in source.reader.devices.all():
        if device.active and device.id not in found:
            found[device.id] = Known(
                device.id, device.kind, device.point or "", since=day_of(device.created_at)
            )
    return list(found.values())


@dataclass(slots=True)
class _Week:
    """What happened in one week."""

    span: Span
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # device -> its messages
    subjects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    everything: set[str] = field(default_factory=set)  # subjects of any kind that something was done to
    by_hand: dict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )  # device -> messages typed instead
    states: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    before: dict[str, str | None] = field(default_factory=dict)


def make(source: Source) -> Report:
    """The report, a row for each device and week; weeks in which it did nothing are marked."""
    devices = known(source)
    cameras = {one.point: one.id for one in devices if one.kind in _CAMERAS and one.point}
    weeks = [_Week(span) for span in source.span.weeks]
    read: dict[str, list[tuple[datetime, str]]] = defaultdict(list)  # camera -> plates it read
    at = 0
    for entry in source.events():
        while at < len(weeks) - 1 and entry.at >= weeks[at].span.end:
            at += 1
        week = weeks[at] if weeks[at].span.holds(entry.at) else None
        if week is None:  # decided just before the week that the entry before it belongs to
            week = next((one for one in weeks if one.span.holds(entry.at)), None)
        if week is not None:
            _take(entry, week, cameras, read)
    owners = _Owners(source)
    rows: list[tuple[Value, ...]] = []
    marked = set()
    for week in weeks:
        refs = owners.of(week.everything)
        for one in devices:
            if one.since is not None and one.since > week.span.last:
                continue
            if not week.used[one.id]:
                marked.add(len(rows))
            mine = owners.of(week.subjects[one.id])
            rows.append(
                (
                    one.id,
                    week.span.first,
                    one.kind,
                    one.point,
                    len(week.used[one.id]),
                    share(len(mine & refs), len(refs)),
                    len(week.by_hand[one.id]),
                    _offline(one.id, week, source.now),
                    one.verified_until,
                )
            )
    sections = (
        Section(
            "devices",
            N_("Devices, week by week"),
            (
                Column("device", N_("Device"), "code"),
                Column("week", N_("Week from"), "day"),
                Column("kind", N_("Kind"), "word:device_kind"),
                Column("point", N_("Place"), "code"),
                Column("readings", N_("Readings"), "number"),
                Column("share", N_("Consignments with it"), "share"),
                Column("typed", N_("Typed by hand"), "number"),
                Column("offline_minutes", N_("Offline"), "minutes"),
                Column("verified_until", N_("Verified until"), "day"),
            ),
            tuple(rows),
            nothing=N_("No devices are configured."),
            marked=frozenset(marked),
            note=N_(
                "Marked: nothing came from the device in that week. Typed by hand: weights or plates in its place."
            ),
        ),
        _equipment(source),
    )
    return source.report("devices", N_("Use of devices"), sections)


def _take(
    entry: Entry, week: _Week, cameras: dict[str, str], read: dict[str, list[tuple[datetime, str]]]
) -> None:
    device = entry.facts.get("device")
    kind, _, name = entry.subject.partition(":")
    if kind in ("unit", "consignment", "visit"):
        week.everything.add(entry.subject)
    if entry.type == "DeviceChanged" and kind == "device":
        if name not in week.before:
            week.before[name] = entry.data["facts"].get("before")
        week.states[name].append((entry.at, str(entry.data["state"])))
    message = str(entry.facts.get("nonce") or entry.seq)
    if entry.type in _WEIGHED:
        weighing = entry.data["weighing"]
        device = str(weighing["scale"])
        if weighing["typed"]:
            week.by_hand[device].add(message)
    if entry.type == "PlateRead":
        plate = normalise_plate(str(entry.data["fields"].get("plate") or ""))
        read[name].append((entry.at, plate))
    if (
        entry.type == "VisitEntered"
        and (camera := cameras.get(str(entry.data.get("point") or ""))) is not None
    ):
        _plate(entry, camera, week, read[camera])
    # What followed from a typed weight carries the name of the scale too: none of it came from there.
    if device and entry.type not in _NO_WORK and message not in week.by_hand[str(device)]:
        week.used[str(device)].add(message)
        week.subjects[str(device)].add(entry.subject)
        week.subjects[str(device)].update(entry.data.get("concerns") or ())


def _plate(entry: Entry, camera: str, week: _Week, read: list[tuple[datetime, str]]) -> None:
    """A vehicle let in at a gate with a camera: it was read there a moment ago, or its plate was typed."""
    plate = normalise_plate(str(entry.data["plate"]))
    if any(text == plate and entry.at - at <= PLATE_LIVES for at, text in reversed(read)):
        week.subjects[camera].add(entry.subject)
    else:
        week.by_hand[camera].add(str(entry.facts.get("nonce") or entry.seq))


def _offline(device: str, week: _Week, now: datetime) -> int | None:
    """Minutes in which it could not be reached; None when nothing was told of it."""
    changes = week.states.get(device)
    if not changes:
        return None
    end = min(week.span.end, now)
    state, since, lost = week.before.get(device), week.span.start, 0
    for at, new in changes:
        lost += minutes(since, at) if state in _OFF else 0
        state, since = new, at
    return lost + (minutes(since, end) if state in _OFF else 0)


class _Owners:
    """Which consignments subjects belong to; looked up once each."""

    def __init__(self, source: Source) -> None:
        self._reader = source.reader
        self._visits: dict[str, frozenset[str]] = {}
        self._units: dict[str, str] = {}

    def of(self, subjects: Iterable[str]) -> set[str]:
        """References of the consignments."""
        found, labels = set[str](), []
        for subject in subjects:
            kind, _, name = subject.partition(":")
            if kind == "consignment":
                found.add(name)
            elif kind == "visit":
                found |= self._aboard(name)
            elif kind == "unit":
                labels.append(name)
        new = [label for label in labels if label not in self._units]
        units = spans.units_among(self._reader.connection, new)
        self._units |= {label: facts.consignment for label, facts in units.items()}
        return found | {self._units[label] for label in labels if label in self._units}

    def _aboard(self, name: str) -> frozenset[str]:
        if name not in self._visits:
            visit = self._reader.visit(name)
            self._visits[name] = frozenset((*visit.brought, *visit.loaded)) if visit else frozenset()
        return self._visits[name]


def _equipment(source: Source) -> Section:
    """Inspection equipment: how often it was used in the days, and whether its dates are still good."""
    uses: Counter[str] = Counter()
    for entry in source.events("EquipmentTaken"):
        uses[entry.subject.partition(":")[2]] += 1
    today = day_of(source.now)
    rows: list[tuple[Value, ...]] = []
    marked = set()
    for one in source.reader.inspecting.all_equipment():
        if one.state is EquipmentState.RETIRED:
            continue
        over = any(day is not None and day < today for day in (one.calibrated_until, one.expires))
        if over or not uses[one.id]:
            marked.add(len(rows))
        rows.append(
            (
                one.id,
                one.kind.value,
                one.place,
                one.state.value,
                uses[one.id],
                one.calibrated_until,
                one.expires,
            )
        )
    return Section(
        "equipment",
        N_("Inspection equipment"),
        (
            Column("equipment", N_("Equipment"), "code"),
            Column("kind", N_("Kind"), "word:equipment_kind"),
            Column("place", N_("Place")),
            Column("state", N_("State"), "word:equipment_state"),
            Column("uses", N_("Uses"), "number"),
            Column("calibrated_until", N_("Calibrated until"), "day"),
            Column("expires", N_("Good until"), "day"),
        ),
        tuple(rows),
        nothing=N_("No inspection equipment is listed."),
        marked=frozenset(marked),
    )
