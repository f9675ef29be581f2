"""Codecs of other people: the entry-point group ``karvon.protocols``.

A package that speaks another device family declares, in its own ``pyproject.toml``::

    [project.entry-points."karvon.protocols"]
    our_scale = "our_package.our_scale:OurScale"

The name is the protocol name of the configuration; the class is a :class:`devices.protocols.Codec` whose
``info.name`` is the same. Two codecs of one name are an error, never a silent replacement.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from devices.errors import ConfigProblem
from devices.protocols import CODECS, CodecInfo

GROUP = "karvon.protocols"


def load_plugins(points: Iterable[EntryPoint] | None = None) -> list[str]:
    """Add the installed third-party codecs to :data:`devices.protocols.CODECS`; returns the names added.

    Calling it again changes nothing. ``points`` defaults to what is installed. Raises
    :class:`ConfigProblem` with a sentence for each codec that is a duplicate, cannot be loaded, or is none.
    """
    added: list[str] = []
    problems: list[str] = []
    for point in entry_points(group=GROUP) if points is None else points:
        who = f"protocol {point.name!r} of {_package(point)}"
        known = CODECS.get(point.name)
        if known == point.value:
            continue
        if known is not None:
            problems.append(f"{who} has a name that {known} has already; one of the two must be renamed")
            continue
        try:
            found = point.load()
        except Exception as error:  # whatever a foreign package does while it is imported
            problems.append(f"{who} cannot be loaded: {error}")
            continue
        info = getattr(found, "info", None)
        if not isinstance(info, CodecInfo) or not all(
            callable(getattr(found, name, None)) for name in ("feed", "flush", "encode", "poll")
        ):
            problems.append(f"{who} is no codec: it needs `info`, `feed`, `flush`, `encode` and `poll`")
        elif info.name != point.name:
            problems.append(f"{who} calls itself {info.name!r} in its `info`; both names must be the same")
        else:
            CODECS[point.name] = point.value
            added.append(point.name)
    if problems:
        raise ConfigProblem(problems)
    return added


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
