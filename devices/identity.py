"""Which model and firmware a device has, asked where its protocol has a harmless question. Pure.

Sources: MT-SICS reference (I2, I3), SMA SCP-0499 (A, B), Zebra SSI (REQUEST_REVISION), ZPL II guide (~HI), Dini Argeo
3590 manual p. 69 (VER: ``VER,version,model``). A device that does not know the question answers with an error, which is
counted and does no harm.
Protocols that are not named here have no such question; the configuration says it then (``firmware``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.protocols import codec
from devices.protocols.results import Message, Noise, Result


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent once after the line was opened, and how its answer is known. ``read`` gives None for other frames."""

    data: bytes
    read: Callable[[Result], str | None]


def questions(protocol: str, settings: Mapping[str, object]) -> tuple[Question, ...]:
    """The questions of a protocol, in their order; empty where it has none. Raises ``ValueError`` for odd settings."""
    match protocol:
        case "mt_sics":
            return (Question(b"I2\r\n", _sics("I2")), Question(b"I3\r\n", _sics("I3")))
        case "sma":
            return (Question(b"\nA\r", _sma), *(Question(b"\nB\r", _sma) for _ in range(3)))
        case "ssi":
            asked = codec("ssi", direction="host_to_device").encode(Message({"command": "REQUEST_REVISION"}))
            return (Question(asked, _field("REPLY_REVISION")),)
        case "zpl_hs":
            return (Question(b"~HI", _printer),)
        case "dini_argeo":
            address = str(settings.get("addr", "")).encode("ascii")
            return (Question(address + b"VER\r\n", _dini),)
        case _:
            return ()


def cleaned(text: str) -> str:
    """A version as it is shown: printable, one line, at most 80 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:80]


def _sics(command: str) -> Callable[[Result], str | None]:
    def read(result: Result) -> str | None:
        if isinstance(result, Message) and (
            result.fields.get("command") == command or "error_code" in result.fields
        ):
            text = result.fields.get("text")
            return text if isinstance(text, str) else ""
        return None

    return read


def _field(command: str) -> Callable[[Result], str | None]:
    def read(result: Result) -> str | None:
        if isinstance(result, Message) and result.fields.get("command") == command:
            return str(result.fields.get("text", ""))
        return None

    return read


def _printer(result: Result) -> str | None:
    if isinstance(result, Message) and result.fields.get("command") == "~HI":
        return f"{result.fields['model']} {result.fields['firmware']}"
    return None


def _sma(result: Result) -> str | None:
    """``A`` begins the lines about the scale, each ``B`` gives the next: maker, model, revision."""
    if not isinstance(result, Message) or result.fields.get("command") not in ("about", "?"):
        return None
    name, _, text = str(result.fields.get("text", "")).partition(":")
    return text if name.strip() in ("MFG", "MOD", "REV") else ""


_DINI = re.compile(rb"(?:[0-9]{2})?VER[, ]+([\x20-\x7e]{1,60})[\r\n]*")


def _dini(result: Result) -> str | None:
    """The codec knows weights and short answers only; the version comes to us as a line that it refused."""
    found = _DINI.fullmatch(result.raw) if isinstance(result, Noise) else None
    return found[1].decode("ascii") if found else None
