"""Every key, metric and problem code of the product stands in its page, and none that does not exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from devices.config import (
    Camera,
    EventDevice,
    InspectionFolder,
    LoggerFolder,
    Relay,
    Scale,
    Scanner,
    SealReader,
    SerialSettings,
    StableWindow,
)
from terminal import settings
from terminal.api import health
from terminal.gateway.configured import GatewaySettings
from terminal.running import open_service
from terminal.settings_evidence import RetentionSettings, WitnessSettings
from terminal.settings_feed import WebhookSettings
from terminal.settings_handover import HandoverSettings
from terminal.settings_logging import LoggingSettings
from terminal.settings_sign_in import OidcSettings, SignInSettings
from tests.docs.tables import HOUSE

GATEWAY = (HOUSE / "docs" / "integrators" / "gateway.md").read_text(encoding="utf-8")
ADMINISTRATOR = (HOUSE / "docs" / "administrator.md").read_text(encoding="utf-8")
KINDS: tuple[type[BaseModel], ...] = (
    Scale,
    Scanner,
    Camera,
    EventDevice,
    SealReader,
    InspectionFolder,
    LoggerFolder,
    Relay,
)
SECTIONS: dict[str, type[BaseModel]] = {
    "terminal.": settings.TerminalSettings,
    "server.": settings.ServerSettings,
    "arrivals.": settings.ArrivalSettings,
    "weighbridge_tolerance.": settings.ToleranceSettings,
    "weighing.": settings.WeighingSettings,
    "weighing.outside.": settings.OutsideScale,
    "handover.": HandoverSettings,
    "sign_in.": SignInSettings,
    "oidc.": OidcSettings,
    "retention.": RetentionSettings,
    "logging.": LoggingSettings,
    "witnesses.": WitnessSettings,
    "webhooks.": WebhookSettings,
    "points.": settings.Point,
    "devices.serial.": SerialSettings,
    "devices.stable.": StableWindow,
}


def documented() -> dict[str, str]:
    """Key -> what the page says is its default."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", ADMINISTRATOR, re.MULTILINE)
    return {key: default for key, default in rows if not key.startswith("karvon_")}


def keys() -> dict[str, set[str]]:
    """Key -> its defaults as the page must write them (a device key may have one for each kind)."""
    found: dict[str, set[str]] = {"data_dir": {"`var`"}, "database": {"none"}}
    for prefix, model in SECTIONS.items():
        for name, field in model.model_fields.items():
            found[prefix + name] = {_written(field.get_default())}
    for model in KINDS:
        for name, field in model.model_fields.items():
            default = field.get_default(call_default_factory=True, validated_data={})
            found.setdefault(f"devices.{name}", set()).add(_written(default))
    return found


def _written(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    if isinstance(default, SerialSettings):
        return "as delivered"
    if isinstance(default, StableWindow):
        return "see below"
    if default in (None, "", (), {}):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_key_of_the_configuration_stands_in_the_page_with_its_default() -> None:
    said, real = documented(), keys()
    assert sorted(said) == sorted(real)
    wrong = {
        key: (said[key], sorted(real[key])) for key in real if not all(d in said[key] for d in real[key])
    }
    assert wrong == {}


def test_every_key_of_a_gateway_stands_in_its_page_with_its_default() -> None:
    said = dict(re.findall(r"^\| `gateway\.([a-z_]+)` \| ([^|]+) \|", GATEWAY, re.MULTILINE))
    fields = GatewaySettings.model_fields.items()
    assert said == {name: _written(field.get_default()) for name, field in fields}


def test_the_file_of_the_settings_has_no_other_table() -> None:
    tables = set(settings._File.model_fields)  # what karvon.toml may hold at its top
    prefixes = {prefix.partition(".")[0] for prefix in SECTIONS}
    assert tables == prefixes | {"data_dir", "database"}


def test_the_metrics_are_those_that_are_told(tmp_path: Path) -> None:
    service = open_service(settings.build({"data_dir": "."}, base=tmp_path))
    try:
        told = set(re.findall(r"^# TYPE (\w+)", health._lines(service), re.MULTILINE))
    finally:
        service.store.close()
    assert set(re.findall(r"^\| `(karvon_\w+)` \|", ADMINISTRATOR, re.MULTILINE)) == told


def test_every_problem_code_stands_in_the_page_of_the_api() -> None:
    raised = set()
    for path in (HOUSE / "terminal" / "api").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
            )
            if named and len(node.args) > 1 and all(isinstance(arg, ast.Constant) for arg in node.args[:2]):  # type: ignore[attr-defined]
                status, code = (arg.value for arg in node.args[:2])  # type: ignore[attr-defined]
                raised.add((str(status), str(code)))
    page = (HOUSE / "docs" / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", page, re.MULTILINE)) == raised
