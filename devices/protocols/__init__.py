"""Wire codecs: bytes in, frames out, and back. Pure: no I/O, no clock, no threads, standard library only.

Every codec obeys the same rules: ``feed`` may be cut at any byte and gives the same frames; a bad
frame costs one byte before the search goes on; buffers are bounded; nothing on the wire makes it raise.
:data:`CODECS` names every codec; :func:`codec` makes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from devices.protocols.results import Label, Message, Noise, Result, Weight

__all__ = [
    "CODECS",
    "Codec",
    "CodecInfo",
    "Label",
    "Message",
    "Noise",
    "Result",
    "Weight",
    "codec",
    "codec_class",
]

Direction = Literal["device_to_host", "host_to_device"]


@dataclass(frozen=True, slots=True)
class CodecInfo:
    """What an integrator sees in ``karvon devices protocols``."""

    name: str
    kind: Literal["scale", "scanner", "anpr", "passport", "rfid", "radiation", "printer"]
    title: str
    devices: str
    #: pyserial settings the device usually leaves the factory with, e.g. ``{"baudrate": 9600, "parity": "N"}``
    serial: Mapping[str, Any]
    #: True when the host has to ask (see :meth:`Codec.poll`), False when the device streams by itself
    polled: bool
    #: True when frames carry the unit; otherwise the device configuration must name it
    carries_unit: bool
    #: "V" vendor manual, "D" driver source, "B" background, or a mix ("V+D")
    confidence: str
    source: str


@runtime_checkable
class Codec(Protocol):
    """One wire format in both directions."""

    info: ClassVar[CodecInfo]

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Take the codec's own settings; an unknown or impossible setting raises ``ValueError`` with the fix.

        ``direction="host_to_device"`` decodes what the host says (simulators need it).
        """

    def feed(self, data: bytes) -> list[Result]:
        """Take whatever arrived and return every frame it completed. Never raises, never waits."""
        ...

    def flush(self) -> list[Result]:
        """The line has been idle: give up what is half received (as ``truncated``) and start afresh."""
        ...

    def encode(self, result: Result) -> bytes:
        """The bytes a device (or, for ``host_to_device``, a host) sends for this result.

        Raises ``ValueError`` for something the format cannot say.
        """
        ...

    def poll(self) -> bytes | None:
        """What the host sends to get the next reading; None for devices that stream or push."""
        ...


#: codec name -> "module:Class". Names are those of the device documentation and never change.
CODECS: dict[str, str] = {
    "mt_sics": "devices.protocols.mt_sics:MtSics",
    "mt_print": "devices.protocols.mt_sics:MtPrint",
    "toledo_continuous": "devices.protocols.toledo:ToledoContinuous",
    "toledo_extended": "devices.protocols.toledo:ToledoExtended",
    "toledo_8217": "devices.protocols.toledo_8217:Toledo8217",
    "nci_ecr": "devices.protocols.nci_ecr:NciEcr",
    "sma": "devices.protocols.sma:Sma",
    "and_standard": "devices.protocols.and_standard:AndStandard",
    "ohaus": "devices.protocols.ohaus:Ohaus",
    "sartorius_sbi": "devices.protocols.sartorius_sbi:SartoriusSbi",
    "condec": "devices.protocols.condec:Condec",
    "rinstrum_m4222": "devices.protocols.rinstrum_m4222:RinstrumM4222",
    "cas_22": "devices.protocols.cas_22:Cas22",
    "cas_pd2": "devices.protocols.cas_pd2:CasPd2",
    "dini_argeo": "devices.protocols.dini_argeo:DiniArgeo",
    "kern_de": "devices.protocols.kern_de:KernDe",
    "yaohua_a9": "devices.protocols.yaohua:YaohuaA9",
    "yaohua_cmd": "devices.protocols.yaohua:YaohuaCmd",
    "scan_text": "devices.protocols.scan_text:ScanText",
    "equals": "devices.protocols.yaohua_text:Equals",
    "yaohua_a12e": "devices.protocols.yaohua_text:YaohuaA12e",
    "wg_ascii": "devices.protocols.yaohua_text:WgAscii",
    "keli_bcd5": "devices.protocols.keli:KeliBcd5",
    "tenzo_m": "devices.protocols.tenzo:TenzoM",
    "tenzo_643": "devices.protocols.tenzo:Tenzo643",
    "massak_100": "devices.protocols.massak:MassaK100",
    "massak_1c": "devices.protocols.massak:MassaK1C",
    "modbus_rtu": "devices.protocols.modbus:ModbusRtu",
    "laumas_ascii": "devices.protocols.laumas:LaumasAscii",
    "generic": "devices.protocols.generic:Generic",
    "ssi": "devices.protocols.ssi:Ssi",
    "honeywell_menu": "devices.protocols.honeywell:HoneywellMenu",
    "honeywell_packet": "devices.protocols.honeywell:HoneywellPacket",
    "newland_cmd": "devices.protocols.newland:NewlandCmd",
    "keyence_tcp": "devices.protocols.keyence:KeyenceTcp",
    "cognex_dmcc": "devices.protocols.cognex:CognexDmcc",
    "sick_cola_a": "devices.protocols.sick:SickColaA",
    "sick_cola_b": "devices.protocols.sick:SickColaB",
    "hikvision_anpr": "devices.protocols.hikvision:HikvisionAnpr",
    "dahua_anpr": "devices.protocols.dahua:DahuaAnpr",
    "mrz": "devices.protocols.mrz:Mrz",
    "llrp": "devices.protocols.llrp:Llrp",
    "rpm_vm250": "devices.protocols.rpm:RpmVm250",
    "zpl_hs": "devices.protocols.zpl:ZplHs",
}


def codec_class(name: str) -> type[Codec]:
    """The codec class of that name. Raises ``KeyError`` when there is none."""
    module, _, cls = CODECS[name].partition(":")
    found: type[Codec] = getattr(import_module(module), cls)
    return found


def codec(
    name: str, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
) -> Codec:
    """A fresh codec. Raises ``KeyError`` for an unknown name, ``ValueError`` for an impossible setting."""
    return codec_class(name)(config, direction=direction)
