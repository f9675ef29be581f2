"""Everything beside the journal that a judgement rests on: the tables in force, the sanctions list, the scales.

What an administrator loaded counts, told by the journal; the table that ships with the product where nobody loaded
one. Each set that judged anything is kept as a manifest (hashes of all files), so that the same judgement can be made
again years later: the manifest and the files it names lie with the other kept files, named by their SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from devices.config import Scale
from terminal import filing
from terminal.lists import LARGEST, ListRefusedError, parse_sanctions_list
from terminal.settings import Settings
from terminal.store.reader import Reader
from terminal.store.sql import Row
from workflows.checks.case import ScaleKnown
from workflows.checks.reference import NAMES, Reference, load_reference, shipped_texts
from workflows.checks.tables import PROFILES, SANCTIONS, TITLES, WATCH_LIST
from workflows.plain import from_plain, to_plain
from workflows.screening import SanctionsList

log = logging.getLogger("karvon")
V = TypeVar("V")
#: sets of tables, and lists, that are held ready; a terminal uses one, a replay or a dry run another
READY = 4
#: scales of this capacity (kg) and more are weighbridges, smaller ones platforms: they have other tolerances
WEIGHBRIDGE_KG = 10_000


@dataclass(frozen=True, slots=True)
class ListInForce:
    """A copy of the sanctions list: SHA-256 of the file, when it reached us (UTC)."""

    sha256: str
    loaded_at: datetime


@dataclass(frozen=True, eq=False)
class Rules:
    """One set: tables by hash, list, scales, and whether the random draw is on. One copy is equal only to itself."""

    tables: Mapping[str, str]  # file name -> SHA-256
    reference: Reference
    listed: ListInForce | None
    sanctions: SanctionsList | None
    scales: Mapping[str, ScaleKnown]
    draw: bool

    @cached_property
    def manifest(self) -> bytes:
        """Everything that has to be kept to judge again, as canonical JSON."""
        facts = {
            "tables": dict(self.tables),
            "list": to_plain(self.listed),
            "scales": to_plain(self.scales),
            "draw": self.draw,
            "program": version("karvon"),
        }
        return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @cached_property
    def basis(self) -> str:
        """SHA-256 of the manifest: written beside every judgement."""
        return hashlib.sha256(self.manifest).hexdigest()

    @cached_property
    def name(self) -> str:
        """The version as people see it: short hashes of the tables together and of the list."""
        tables = "".join(f"{name}{digest}" for name, digest in sorted(self.tables.items()))
        listed = self.listed.sha256[:12] if self.listed else "none"
        return f"data {hashlib.sha256(tables.encode()).hexdigest()[:12]}, list {listed}"


def scales_known(settings: Settings) -> dict[str, ScaleKnown]:
    """The scales of the configuration as the checks know them."""
    outside = {
        scale.id: ScaleKnown(scale.id, scale.kind, scale.min_kg, scale.max_kg, scale.verified_until)
        for scale in settings.weighing.outside
    }
    return outside | {
        device.id: ScaleKnown(
            device.id,
            "weighbridge_static" if device.capacity_kg >= WEIGHBRIDGE_KG else "platform_pallet_scale",
            device.minimum_load_kg,
            device.capacity_kg,
            device.verified_until,
        )
        for device in settings.devices
        if isinstance(device, Scale)
    }


def digest(text: str) -> str:
    """The hash by which a table is known."""
    return hashlib.sha256(text.encode()).hexdigest()


#: everything that an administrator may load
_TABLES = (*TITLES, PROFILES, WATCH_LIST)


class RulesRoom:
    """Finds the rules in force, or those of a kept manifest; holds the last few ready."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._data = settings.data_dir
        self._dropped = _DroppedList(settings.data_dir, clock)
        self._scales = scales_known(settings)
        self._draw = not settings.demo
        self._references: dict[tuple[tuple[str, str], ...], Reference] = {}
        self._lists: dict[ListInForce, SanctionsList] = {}
        self._rules: dict[object, Rules] = {}
        self._kept: set[str] = set()
        self._last: tuple[list[Row], Rules] | None = None

    # --- what is in force -----------------------------------------------------------------------
    def in_force(self, reader: Reader) -> Rules:
        """The rules at this moment of the store. Raises :class:`terminal.filing.KeptFileError` when a table is lost."""
        rows = reader.data.rows(_TABLES)
        if (last := self._last) is not None and last[0] is rows:
            return last[1]  # asked before in the same transaction: every scan asks more than once
        rules = self._in_force(reader)
        self._last = (rows, rules)
        return rules

    def _in_force(self, reader: Reader) -> Rules:
        heads = reader.data.heads(_TABLES)
        dropped = self._dropped.look()
        key = (tuple(sorted((name, head.hash) for name, head in heads.items())), dropped)
        if (found := self._rules.get(key)) is not None:
            return found
        newest = {name: told for name in heads if (told := reader.data.newest(name)) is not None}
        loaded = {name: (told.sha256, told.at) for name, told in newest.items()}
        tables = {
            name: loaded[name][0] if name in loaded else digest(shipped_texts()[name]) for name in NAMES
        }
        listed = ListInForce(*loaded[SANCTIONS]) if SANCTIONS in loaded else None
        if dropped is not None and (listed is None or dropped.loaded_at > listed.loaded_at):
            listed = dropped
        return _remember(self._rules, key, self._made(tables, listed, self._scales, draw=self._draw))

    def replaced(self, rules: Rules, texts: Mapping[str, bytes], at: datetime) -> Rules:
        """These rules with other tables or another list (table -> bytes), as they would be if loaded at ``at``.

        Raises ValueError when the tables do not fit together; nothing is kept.
        """
        given = {name: data.decode() for name, data in texts.items() if name != SANCTIONS}
        whole = {name: given.get(name) or self._text(name, rules.tables[name]) for name in NAMES}
        tables = {name: digest(text) for name, text in whole.items()}
        listed, sanctions = rules.listed, rules.sanctions
        if (data := texts.get(SANCTIONS)) is not None:
            listed = ListInForce(hashlib.sha256(data).hexdigest(), at)
            sanctions = parse_sanctions_list(data, SANCTIONS, at)
        return Rules(tables, load_reference(whole), listed, sanctions, rules.scales, rules.draw)

    # --- what was in force ----------------------------------------------------------------------
    def of(self, basis: str) -> Rules:
        """The rules of a kept manifest. Raises :class:`terminal.filing.KeptFileError` when something of it is lost."""
        if (found := self._rules.get(basis)) is not None:
            return found
        facts = json.loads(filing.kept(self._data, basis))
        listed = from_plain(ListInForce, facts["list"]) if facts["list"] else None
        scales = {name: from_plain(ScaleKnown, row) for name, row in facts["scales"].items()}
        made = self._made(facts["tables"], listed, scales, draw=facts["draw"], lost_list_is_none=False)
        return _remember(self._rules, basis, made)

    def program_of(self, basis: str) -> str:
        """The version of the program that wrote a manifest."""
        return str(json.loads(filing.kept(self._data, basis))["program"])

    def text(self, name: str, sha256: str) -> bytes:
        """The bytes of one version of a table or list. Raises :class:`terminal.filing.KeptFileError`."""
        if name in NAMES:
            return self._text(name, sha256).encode()
        return filing.kept(self._data, sha256)

    def shipped(self, name: str) -> bytes:
        """The table as it ships with this version of the product. Raises KeyError for the list."""
        return shipped_texts()[name].encode()

    # --- keeping ---------------------------------------------------------------------------------
    def keep(self, rules: Rules) -> None:
        """See that the manifest and every file it names are kept, on disk, before a judgement names it. Once is enough."""
        if rules.basis in self._kept:
            return
        for name, sha256 in rules.tables.items():
            shipped = shipped_texts()[name]
            if digest(shipped) == sha256:
                filing.keep(self._data, sha256, shipped.encode())
        if rules.listed is not None and self._dropped.data is not None:
            sha256, data = self._dropped.data
            if sha256 == rules.listed.sha256:
                filing.keep(self._data, sha256, data)
        filing.keep(self._data, rules.basis, rules.manifest)
        self._kept.add(rules.basis)

    def keep_file(self, sha256: str, data: bytes) -> Path:
        """Keep the bytes of a new version of a table."""
        return filing.keep(self._data, sha256, data)

    # --- inside ----------------------------------------------------------------------------------
    def _text(self, name: str, sha256: str) -> str:
        shipped = shipped_texts()[name]
        return shipped if digest(shipped) == sha256 else filing.kept(self._data, sha256).decode()

    def _made(
        self,
        tables: Mapping[str, str],
        listed: ListInForce | None,
        scales: Mapping[str, ScaleKnown],
        *,
        draw: bool,
        lost_list_is_none: bool = True,
    ) -> Rules:
        key = tuple(sorted(tables.items()))
        reference = self._references.get(key)
        if reference is None:
            texts = {name: self._text(name, sha256) for name, sha256 in tables.items()}
            reference = _remember(self._references, key, load_reference(texts))
        sanctions = None
        if listed is not None:
            try:
                sanctions = self._list(listed)
            except (filing.KeptFileError, ListRefusedError) as error:
                if not lost_list_is_none:
                    raise
                log.error("the sanctions list is not used, everything is held: %s", error)
                listed = None
        return Rules(tables, reference, listed, sanctions, scales, draw)

    def _list(self, listed: ListInForce) -> SanctionsList:
        found = self._lists.get(listed)
        if found is None:
            dropped = self._dropped.data
            data = dropped[1] if dropped and dropped[0] == listed.sha256 else None
            if data is None:
                data = filing.kept(self._data, listed.sha256)
            found = _remember(self._lists, listed, parse_sanctions_list(data, SANCTIONS, listed.loaded_at))
        return found


class _DroppedList:
    """A list put into ``lists/unsc.xml`` of the data folder by a script: read again when it was replaced."""

    def __init__(self, data_dir: Path, clock: Callable[[], datetime]) -> None:
        self._path = data_dir / "lists" / SANCTIONS
        self._clock = clock
        self._stamp: tuple[int, int] | None = None
        self._found: ListInForce | None = None
        self.data: tuple[str, bytes] | None = None

    def look(self) -> ListInForce | None:
        """The list that lies there; None when there is none or it cannot be used."""
        try:
            status = self._path.stat()
        except OSError:
            self._stamp, self._found, self.data = None, None, None
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._stamp, self._found, self.data = stamp, None, None
            loaded = datetime.fromtimestamp(status.st_mtime, self._clock().tzinfo)
            try:
                data = self._read()
                parse_sanctions_list(data, SANCTIONS, loaded)
            except (ListRefusedError, OSError) as error:
                log.error("the sanctions list %s is not used: %s", self._path.name, error)
                return None
            sha256 = hashlib.sha256(data).hexdigest()
            self._found, self.data = ListInForce(sha256, loaded), (sha256, data)
        return self._found

    def _read(self) -> bytes:
        if self._path.stat().st_size > LARGEST:
            raise ListRefusedError(f"{self._path.name} is larger than {LARGEST >> 20} MB: not that list.")
        return self._path.read_bytes()


def _remember(held: dict[Any, V], key: object, value: V) -> V:
    while len(held) >= READY:
        held.pop(next(iter(held)), None)
    held[key] = value
    return value
