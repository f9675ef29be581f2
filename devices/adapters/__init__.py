"""What the frames of a device family mean as readings. :data:`ADAPTERS` is the table: kind -> class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from devices.adapters.camera import CameraAdapter
from devices.adapters.events import EventAdapter, SealAdapter
from devices.adapters.inspection import InspectionAdapter
from devices.adapters.logger import LoggerAdapter
from devices.adapters.portal import PortalAdapter
from devices.adapters.printer import PrinterAdapter
from devices.adapters.relay import RelayAdapter
from devices.adapters.scale import ScaleAdapter
from devices.adapters.scanner import ScannerAdapter
from devices.adapters.tags import TagAdapter
from devices.config import AnyDevice, EventDevice, Relay
from devices.protocols import codec_class
from devices.readings import Verdict
from devices.station import Station

__all__ = ["ADAPTERS", "Adapter", "adapter_for"]


class Adapter(Protocol):
    """One device at work."""

    async def run(self) -> None:
        """Work until cancelled; then give the wire back."""
        ...

    async def signal(self, verdict: Verdict) -> bool:
        """Lamp and beep for a verdict; False when this device has neither. Raises :class:`LinkLost`."""
        ...


ADAPTERS: dict[str, Callable[[Any, Station], Adapter]] = {
    "scanner": ScannerAdapter,
    "scale": ScaleAdapter,
    "camera": CameraAdapter,
    "anpr": EventAdapter,
    "printer": PrinterAdapter,
    "reader": EventAdapter,
    "radiation": PortalAdapter,
    "seal": SealAdapter,
    "inspection": InspectionAdapter,
    "logger": LoggerAdapter,
    "relay": RelayAdapter,
}


def adapter_for(config: AnyDevice, station: Station) -> Adapter:
    """The adapter that works the device."""
    if isinstance(config, Relay) and config.url.startswith("modbus:"):
        from devices.adapters.modbus_relay import ModbusRelayAdapter  # noqa: PLC0415 -- pymodbus only where used

        return ModbusRelayAdapter(config, station)
    if isinstance(config, EventDevice) and codec_class(config.protocol).info.kind == "rfid":
        return TagAdapter(config, station)
    return ADAPTERS[config.kind](config, station)
