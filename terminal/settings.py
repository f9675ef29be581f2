"""``karvon.toml``: typed, closed, loud at start. Built once and handed to the parts that need it.

Secrets never stand in the file: the database address may come from ``KARVON_DATABASE``. A wrong key or value
stops the start with sentences that name the key and the fix (:class:`devices.errors.ConfigProblem`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from devices.config import AnyDevice, Scale, load_devices
from devices.errors import ConfigProblem
from terminal.settings_evidence import RetentionSettings, WitnessSettings
from terminal.settings_feed import WebhookSettings
from terminal.settings_handover import HandoverSettings
from terminal.settings_logging import LoggingSettings
from terminal.settings_sign_in import OidcSettings, SignInSettings
from workflows import ask
from workflows.arrivals import Hours
from workflows.roles import Role
from workflows.stages import Stage

Name = Annotated[str, Field(min_length=1, max_length=120)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TerminalSettings(_Closed):
    """``[terminal]``: who and where we are."""

    name: Name = "Termez Cargo Center"
    place: str = "UZTER"
    language: Literal["en", "ru", "uz", "uz-Cyrl", "fa", "ps"] = "en"
    #: days after which a scan is too old to be applied by itself
    scan_window_days: Annotated[int, Field(ge=1, le=365)] = 30
    #: the GS1 company prefix (7 to 10 digits) that numbers the terminal's own labels; none: it gives no labels
    sscc_prefix: Annotated[str, Field(pattern=r"^([0-9]{7,10})?$")] = ""
    #: how the terminal is reached from outside, for the codes on drivers' slips; none: as the page was asked for
    public_url: Annotated[str, Field(max_length=200, pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$")] = ""


class ServerSettings(_Closed):
    """``[server]``: where the service listens and whom it believes."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    #: names that this terminal answers to (as browsers send them, without a port); none: any
    hosts: tuple[Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})$")], ...] = ()
    #: addresses of reverse proxies whose X-Forwarded-* headers are believed
    trusted_proxies: tuple[str, ...] = ()
    #: served over TLS (by a proxy): secure cookies and HSTS
    tls: bool = False
    #: minutes without a request after which a person must sign in again
    idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 12 * 60
    max_upload_mb: Annotated[int, Field(ge=1, le=1024)] = 32


class ArrivalSettings(_Closed):
    """``[arrivals]``: opening hours (terminal time) and time windows of an hour that agencies book."""

    opens: Annotated[int, Field(ge=0, le=23)] = 0
    closes: Annotated[int, Field(ge=1, le=24)] = 24
    #: days of the week on which vehicles are let in, 1 is Monday
    days: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)] = (
        1,
        2,
        3,
        4,
        5,
        6,
        7,
    )
    #: vehicles in each window
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 10
    ahead_days: Annotated[int, Field(ge=1, le=90)] = 14

    @field_validator("closes")
    @classmethod
    def _later(cls, value: int, info: ValidationInfo) -> int:
        if value <= info.data.get("opens", 0):
            raise ValueError("must be later than `opens`")
        return value


class ToleranceSettings(_Closed):
    """A tolerance: the wider of ``relative`` (0.01 is 1 %) and ``absolute_kg`` counts."""

    relative: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.01")
    absolute_kg: Annotated[Decimal, Field(ge=0)] = Decimal(100)


class OutsideScale(_Closed):
    """``[[weighing.outside]]``: a scale on no wire of ours and what it may weigh: the railway's, or one whose figures are typed.

    One whose figures are typed is called as the point where it stands.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    kind: Literal[
        "rail_scale_static",
        "rail_scale_in_motion",
        "weighbridge_static",
        "weighbridge_in_motion",
        "platform_pallet_scale",
    ] = "rail_scale_in_motion"
    verified_until: date
    min_kg: Annotated[Decimal, Field(ge=0)] = Decimal(1000)
    max_kg: Annotated[Decimal, Field(gt=0)] = Decimal(200_000)


class WeighingSettings(_Closed):
    """``[weighing]``: how long a known empty weight counts."""

    #: days after which the known tare of a vehicle no longer counts and it must be weighed empty again
    tare_days: Annotated[int, Field(ge=1, le=3650)] = 365
    #: scales on nobody's wire here whose results are handed in or typed
    outside: tuple[OutsideScale, ...] = ()


class Point(_Closed):
    """``[[points]]``: one place of work and the steps that may be taken there."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    name: Name
    steps: tuple[Stage, ...] = ()
    #: surveillance cameras that look at it, as the recorder names them: so that the clip of an event can be found
    cameras: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()

    @field_validator("steps", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return [str(step).upper() for step in value] if isinstance(value, list | tuple) else value


class _File(_Closed):
    terminal: TerminalSettings = TerminalSettings()
    server: ServerSettings = ServerSettings()
    arrivals: ArrivalSettings = ArrivalSettings()
    weighbridge_tolerance: ToleranceSettings = ToleranceSettings()
    weighing: WeighingSettings = WeighingSettings()
    handover: HandoverSettings = HandoverSettings()
    sign_in: SignInSettings = SignInSettings()
    oidc: OidcSettings = OidcSettings()
    retention: RetentionSettings = RetentionSettings()
    logging: LoggingSettings = LoggingSettings()
    witnesses: tuple[WitnessSettings, ...] = ()
    webhooks: tuple[WebhookSettings, ...] = ()
    points: tuple[Point, ...] = ()
    devices: tuple[dict[str, Any], ...] = ()
    data_dir: str = "var"
    database: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything that was configured. ``data_dir`` holds the database (by default), files and keys."""

    data_dir: Path
    database: str
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    tolerance: ToleranceSettings = field(default_factory=ToleranceSettings)
    points: tuple[Point, ...] = ()
    devices: tuple[AnyDevice, ...] = ()
    demo: bool = False
    arrivals: ArrivalSettings = field(default_factory=ArrivalSettings)
    weighing: WeighingSettings = field(default_factory=WeighingSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    oidc: OidcSettings = field(default_factory=OidcSettings)
    handover: HandoverSettings = field(default_factory=HandoverSettings)
    witnesses: tuple[WitnessSettings, ...] = ()
    webhooks: tuple[WebhookSettings, ...] = ()
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)

    @property
    def second_factor(self) -> frozenset[Role]:
        """The roles whose people must have a second factor; in the demo nobody must."""
        return frozenset() if self.demo else frozenset(self.sign_in.second_factor)

    def point(self, identity: str) -> Point | None:
        """The point of that id."""
        return next((point for point in self.points if point.id == identity), None)

    def scale_at(self, point: str) -> Scale | None:
        """The scale that stands at a point."""
        return next((d for d in self.devices if isinstance(d, Scale) and d.point == point), None)

    @cached_property
    def rules(self) -> ask.Rules:
        """The configuration that decisions depend on."""
        scales = {
            device.id: ask.Scale(device.id, device.minimum_load_kg, device.capacity_kg, device.verified_until)
            for device in self.devices
            if isinstance(device, Scale)
        }
        for scale in self.weighing.outside:
            scales[scale.id] = ask.Scale(scale.id, scale.min_kg, scale.max_kg, scale.verified_until)
        tolerance = ask.Tolerance(self.tolerance.relative, self.tolerance.absolute_kg)
        return ask.Rules(tolerance, scales, self.hours, self.weighing.tare_days)

    @property
    def hours(self) -> Hours:
        """Opening hours, time windows and docks (points where vehicles are unloaded or loaded)."""
        given = self.arrivals
        docks = tuple(p.id for p in self.points if {Stage.UNLOAD, Stage.LOAD} & set(p.steps))
        return Hours(
            given.opens, given.closes, frozenset(given.days), given.per_hour, given.ahead_days, docks
        )


def read(path: Path) -> Settings:
    """Settings from a TOML file. Raises :class:`ConfigProblem` with every mistake found."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigProblem([f"{path}: {error}"]) from error
    return build(tables, base=path.parent)


def build(tables: Mapping[str, Any], *, base: Path, demo: bool = False) -> Settings:
    """Settings from parsed TOML; relative paths lie beside the file (``base``). Raises :class:`ConfigProblem`."""
    try:
        file = _File.model_validate(tables)
    except ValidationError as error:
        raise ConfigProblem([_sentence(item) for item in error.errors()]) from error
    devices = tuple(load_devices(file.devices))
    problems = []
    known = {point.id for point in file.points}
    if len(known) != len(file.points):
        problems.append("points: every point needs an `id` of its own")
    for device in devices:
        if known and device.point not in known:
            problems.append(
                f"devices ({device.id}): `point` {device.point!r} is not one of the points "
                f"({', '.join(sorted(known))}); add [[points]] id = {device.point!r} or correct it"
            )
    if problems:
        raise ConfigProblem(problems)
    data_dir = (base / file.data_dir).resolve()
    database = (
        os.environ.get("KARVON_DATABASE") or file.database or f"sqlite:///{data_dir / 'karvon.sqlite3'}"
    )
    return Settings(
        data_dir,
        database,
        file.terminal,
        file.server,
        file.weighbridge_tolerance,
        file.points,
        devices,
        demo,
        file.arrivals,
        file.weighing,
        file.sign_in,
        file.oidc,
        handover=file.handover,
        witnesses=file.witnesses,
        webhooks=file.webhooks,
        retention=file.retention,
        logging=file.logging,
    )


def _sentence(item: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"`{key}` is not a known key; remove it or correct its spelling"
    if item["type"] == "missing":
        return f"`{key}` is missing"
    return f"`{key}`: {item['msg'].removeprefix('Value error, ')} (it is {item['input']!r})"
