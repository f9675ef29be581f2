"""Commands and answers of the text dialogs: one shape for all of them.

A command from the host is ``{"command": "TA", "text": "10.00 kg"}`` (no ``text`` without parameters); a
device's complaint is ``{"status": ["error"], "error_code": "ES", "weight": None}``.
"""

from __future__ import annotations

import re
from typing import Any

from devices.protocols.framing import refuse
from devices.protocols.results import Message, Noise, Result

_COMMAND = re.compile(rb"([A-Z0-9@?]{1,12})(?:[ :]([\x20-\x7e]{1,40}))?")


def read_command(line: bytes, pattern: re.Pattern[bytes] = _COMMAND) -> Message | Noise:
    """A command line of the host: group 1 is the command, group 2 its parameters."""
    found = pattern.fullmatch(line)
    if not found:
        return refuse("bad_format", "not a command of this protocol")
    return command(found[1].decode("ascii"), found[2].decode("ascii") if found[2] else None)


def command(name: str, text: str | None = None) -> Message:
    """A host's command as a message."""
    fields: dict[str, Any] = {"command": name}
    if text:
        fields["text"] = text
    return Message(fields)


def answer(name: str, result: str, **more: Any) -> Message:
    """A device's answer to a command."""
    return Message({"command": name, "result": result, **more})


def complaint(code: str) -> Message:
    """A device's error code."""
    return Message({"status": ["error"], "error_code": code, "weight": None})


def written_command(result: Result, *, between: str = " ") -> str:
    """The text of a host's command. Raises ``ValueError`` for anything that is not one."""
    name = result.fields.get("command") if isinstance(result, Message) else None
    if not isinstance(name, str) or not name.isascii() or not name:
        raise ValueError("the host sends commands: give a Message with the field 'command'")
    assert isinstance(result, Message)
    text = result.fields.get("text")
    return f"{name}{between}{text}" if text else name


def unspeakable(result: Result, protocol: str) -> ValueError:
    """The error for a result that a format has no words for."""
    return ValueError(
        f"{protocol} cannot say {type(result).__name__} {getattr(result, 'fields', '')}".rstrip()
    )
