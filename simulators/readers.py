"""What readers answer to their host besides labels: set-up commands, triggers, states. One function a protocol.

Each takes the host's command and gives the answers in order; ``trigger`` among them means: read what lies in the
light now and say so (or say that there is nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from devices.protocols.results import Message

Answer = Message | Literal["trigger", "trigger_off"]
Fields = Mapping[str, Any]


def ssi(fields: Fields) -> list[Answer]:
    """Zebra SSI: every command is acknowledged; the trigger and the revision are answered too."""
    name = fields["command"]
    if name in {"CMD_ACK", "CMD_NAK", "MULTIPACKET_ACK"}:
        return []
    acknowledged: list[Answer] = [Message({"command": "CMD_ACK"})]
    match name:
        case "START_SESSION":
            return [*acknowledged, "trigger"]
        case "STOP_SESSION":
            return [*acknowledged, "trigger_off"]
        case "REQUEST_REVISION":
            return [Message({"command": "REPLY_REVISION", "text": "KARVON-SIM 1.0"})]
    return acknowledged


def honeywell(fields: Fields) -> list[Answer]:
    """Honeywell menu: every command is echoed with ACK, a tag outside the usual ones with ENQ."""
    match fields["command"]:
        case "trigger_on":
            return ["trigger"]
        case "trigger_off":
            return ["trigger_off"]
    text = str(fields["text"])
    items = []
    for command in text[:-1].split(";"):
        known = command[:3] in {"CBR", "PRE", "SUF", "TER", "DEF", "BEP", "TRG", "AIM", "REV", "PAP"}
        items.append({"tag": command.rstrip("?^*"), "result": "ok" if known else "invalid_tag"})
    return [Message({"command": "menu_reply", "items": items, "end": text[-1]})]


def newland(fields: Fields) -> list[Answer]:
    """Newland set-up: the echo with ACK, with ENQ for what is no letter code."""
    items = [
        {"tag": one, "result": "ok" if one[:6].isalnum() and one[:3].isalpha() else "invalid_tag"}
        for one in str(fields["command"]).split(";")
    ]
    reply = {"command": fields["command"], "storage": fields["storage"], "items": items}
    return [Message(reply)]


def keyence(fields: Fields) -> list[Answer]:
    """Keyence SR: the command is confirmed first, the data follow as their own line."""
    name = fields["command"]
    done = Message({"command": name, "result": "ok"})
    match name:
        case "LON":
            return [done, "trigger"]
        case "LOFF":
            return [done, "trigger_off"]
        case "BUSYSTAT":
            return [Message({"command": name, "result": "ok", "args": ["NONE"]})]
        case "QUIT" | "RESET" | "KEYENCE" | "BLOAD" | "BSAVE":
            return [done]
    return [Message({"command": name, "result": "error", "error_code": "00"})]


def cognex(fields: Fields) -> list[Answer]:
    """Cognex DMCC with extended answers; without an id only the data come."""
    name, number = str(fields["command"]), fields["id"]

    def reply(text: str = "", code: int = 0) -> list[Answer]:
        return [Message({"id": number, "status_code": code, "text": text})] if number is not None else []

    match name.upper().split():
        case ["TRIGGER", "ON"]:
            return [*reply(), "trigger"]
        case ["TRIGGER", "OFF"]:
            return [*reply(), "trigger_off"]
        case ["GET", "DEVICE.TYPE"]:
            return reply("DM260")
        case ["GET", "DEVICE.NAME"]:
            return reply("KARVON-SIM")
        case ["SET", _, *_]:
            return reply()
        case ["GET", _]:
            return reply(code=102)
    return reply(code=101)


def sick(fields: Fields) -> list[Answer]:
    """SICK CoLa: state, trigger by method, and the error telegram for everything else."""
    name, text = fields["command"], str(fields["text"])
    match name, text.split(" ", maxsplit=1)[0]:
        case "sRN", "SCdevicestate":
            return [Message({"command": "sRA", "text": "SCdevicestate 1"})]
        case "sRN", "LocationName":
            return [Message({"command": "sRA", "text": "LocationName 0A KARVON-SIM"})]
        case "sMN", "mTCgateon":
            return [Message({"command": "sAN", "text": "mTCgateon 1"}), "trigger"]
        case "sMN", "mTCgateoff":
            return [Message({"command": "sAN", "text": "mTCgateoff 1"}), "trigger_off"]
        case "sEN", event:
            return [Message({"command": "sEA", "text": text or event})]
    return [Message({"command": "sFA", "text": "3"})]


ANSWERS: Mapping[str, Callable[[Fields], list[Answer]]] = {
    "ssi": ssi,
    "honeywell_menu": honeywell,
    "newland_cmd": newland,
    "keyence_tcp": keyence,
    "cognex_dmcc": cognex,
    "sick_cola_a": sick,
    "sick_cola_b": sick,
}
