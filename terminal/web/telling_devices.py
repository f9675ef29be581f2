"""Readings of devices in one line, from their own figures. Personal data never stands in a line of a story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.web.i18n import Words
from terminal.web.wording import word
from workflows.events_devices import READ, DeviceTold

TONES: Mapping[str, tuple[str, str]] = {
    **{cls.__name__: ("cpu", "note") for cls in (*READ.values(), DeviceTold)},
    "PlateRead": ("camera", "note"),
    "ReadingLinked": ("cpu", "note"),
    "SignalShown": ("door-open", "note"),
}
READINGS = frozenset({cls.__name__ for cls in (*READ.values(), DeviceTold)})
#: what of a reading is worth a line, in this order
_SHOWN = (
    "plate",
    "confidence",
    "direction",
    "seal",
    "state",
    "battery",
    "record",
    "alarms",
    "gamma_most",
    "neutron_most",
    "logger",
    "status",
)


def detail(kind: str, data: Mapping[str, Any], words: Words) -> str:
    """What an entry about a device says beyond its title; empty for anything else."""
    fields = data.get("fields") or {}
    if kind in READINGS:
        return "" if kind == "PassportRead" else figures(fields)
    if kind == "ReadingLinked":
        what = words.gettext(word("reading", str(data.get("kind"))))
        return " · ".join(filter(None, (what, figures(fields), said(data, words))))
    if kind == "SignalShown":
        verdict = words.gettext(word("verdict", str(data.get("verdict"))))
        return " · ".join(filter(None, (verdict, str(data.get("fault") or ""))))
    return ""


def said(data: Mapping[str, Any], words: Words) -> str:
    """What comparing a reading found, in words."""
    return ", ".join(words.gettext(word("said", str(one))) for one in data.get("said") or ())


def figures(fields: Mapping[str, Any]) -> str:
    """The figures of a reading that people look for; nested ones in one line."""
    found = []
    for name in _SHOWN:
        value = fields.get(name)
        if value in (None, "", [], False):
            continue
        found.append(" ".join(map(str, value)) if isinstance(value, list) else str(value))
    if fields.get("min_c") and fields.get("max_c"):
        found.append(f"{fields['min_c']} … {fields['max_c']} °C")
    tags = fields.get("tags")
    if isinstance(tags, list):
        found += [str(tag.get("epc", "")) for tag in tags[:3] if isinstance(tag, Mapping)]
    return " ".join(found)[:200]


def everything(fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """All figures of a reading, each as text that fits a table; the values of a temperature record are for the checks."""
    return tuple((str(name), _text(value)) for name, value in sorted(fields.items()) if name != "series")


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item) for item in value)[:400]
    if isinstance(value, Mapping):
        return " ".join(f"{name}={_text(item)}" for name, item in value.items())[:400]
    return str(value)[:400]
