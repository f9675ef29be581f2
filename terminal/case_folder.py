"""A consignment as a folder on disk (raw files, consignment.json, observations.json) becomes a case for the judge.

The edge around :mod:`workflows.judge`: reads files, never decides. Everything wrong with a folder is said in one
sentence with the file and the place (:class:`CaseFolderError`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from terminal.importing import ParsedFile, WrongFactsError, gather, read_file
from terminal.importing.dates import read_date
from terminal.lists import ListRefusedError, load_sanctions_list
from workflows.checks.case import Case, CheckContext, Observations
from workflows.checks.case_json import context_from_json, observations_from_json
from workflows.checks.json_values import CaseDataError
from workflows.findings import Finding, Severity
from workflows.screening import SanctionsList

#: Files of a folder that are facts, not what an agency sent.
_FACTS = frozenset({"consignment.json", "observations.json", "context.json", "expected.json"})
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json")
_LIST_FILE = re.compile(r"[\w./\\-]+\.xml", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})")
_DATES = ("issued", "valid_from", "valid_until")
_EXTRA_PARTIES = ("owner", "forwarder", "broker", "declarant", "payer", "notify_party")


class CaseFolderError(ValueError):
    """A folder or context cannot be judged; the message says which file, where, and what is expected."""


def load_case(folder: Path, context_file: Path) -> tuple[Case, list[str]]:
    """Read one folder with its context. The second value are remarks for a person (unreadable files, no list).

    Raises CaseFolderError.
    """
    if not folder.is_dir():
        raise CaseFolderError(f"{folder} is not a folder.")
    remarks: list[str] = []
    facts = _object(folder / "consignment.json")
    unclear = _settle_dates(facts)
    context = load_context(context_file, folder, remarks)
    observed = folder / "observations.json"
    try:
        observations = observations_from_json(_object(observed)) if observed.exists() else Observations()
    except CaseDataError as error:
        raise CaseFolderError(f"{observed}: {error}") from error
    files = [_read(path, remarks) for path in _raw_files(folder, facts)]
    try:
        assembled = gather(files, facts)
    except WrongFactsError as error:
        raise CaseFolderError(f"{folder / 'consignment.json'}: {error}") from error
    return (
        Case(
            papers=assembled.papers,
            context=context,
            observations=observations,
            imported=(*assembled.findings, *unclear),
            other_parties=tuple(_other_parties(facts)),
        ),
        remarks,
    )


def load_context(context_file: Path, folder: Path | None, remarks: list[str]) -> CheckContext:
    """Read a context file and the sanctions list it names. Raises CaseFolderError."""
    data = _object(context_file)
    try:
        return context_from_json(data, _sanctions(data, context_file, folder, remarks))
    except CaseDataError as error:
        raise CaseFolderError(f"{context_file}: {error}") from error


def _object(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CaseFolderError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise CaseFolderError(f"{path} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise CaseFolderError(f"{path} is not valid JSON: line {error.lineno}, {error.msg}.") from error
    if not isinstance(data, dict):
        raise CaseFolderError(f"{path}: an object is expected.")
    return data


def _settle_dates(facts: dict[str, Any]) -> list[Finding]:
    """Write the dates of the papers as ISO: Solar Hijri years and other usual forms are read first.

    A date with no one reading is taken out, and its paper gets a DOC-02 that cannot tell.
    """
    unclear: list[Finding] = []
    documents = facts.get("documents")
    for entry in documents if isinstance(documents, list) else []:
        for key in _DATES if isinstance(entry, dict) else ():
            text = entry.get(key)
            if not isinstance(text, str) or not text.strip():
                continue
            stated = read_date(text.split("T")[0].strip())
            certain = stated.certain if stated is not None else None
            entry[key] = certain.isoformat() if certain is not None else None
            if certain is None:
                shown = {"missing": "paper_date", "document": str(entry.get("type")), "text": text}
                unclear.append(
                    Finding("DOC-02", Severity.INFO, f"document:{entry.get('type')}", shown, cannot_tell=True)
                )
    return unclear


def _raw_files(folder: Path, facts: Mapping[str, Any]) -> list[Path]:
    """The files the agency sent: those named, else every table and note in the folder."""
    named = facts.get("raw_files")
    if named is None:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in _SUFFIXES and path.name not in _FACTS and path.is_file()
        )
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise CaseFolderError(f"{folder / 'consignment.json'}: raw_files: a list of file names is expected.")
    inside = folder.resolve()
    paths = [(folder / name).resolve() for name in named]
    for path in paths:
        if not path.is_relative_to(inside):
            raise CaseFolderError(f"raw_files: {path.name} lies outside {folder}.")
    return paths


def _read(path: Path, remarks: list[str]) -> ParsedFile:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CaseFolderError(f"{path} cannot be read: {error.strerror or error}.") from error
    parsed = read_file(path.name, data)
    if parsed.unreadable:
        remarks.append(f"{path.name}: {parsed.unreadable}")
    return parsed


def _other_parties(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for key in _EXTRA_PARTIES:
        value = facts.get(key)
        if isinstance(value, Mapping):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            found.append(("notify" if key == "notify_party" else key, value))
    vehicle = facts.get("vehicle")
    if isinstance(vehicle, Mapping) and isinstance(vehicle.get("owner"), str):
        found.append(("owner", vehicle["owner"]))
    return found


def _sanctions(
    data: Mapping[str, Any], context_file: Path, folder: Path | None, remarks: list[str]
) -> SanctionsList | None:
    """The list a context names: a text with a file name and a loading time, or an object with both.

    Looked for beside the context file and in the folders above it, then from the case folder upwards.
    """
    said = data.get("sanctions_list")
    if said is None:
        return None
    if isinstance(said, Mapping):
        name = str(said.get("file") or said.get("path") or "")
        when = said.get("loaded_at") or said.get("loaded")
    else:
        match = _LIST_FILE.search(str(said))
        name = match[0] if match else ""
        moment = _MOMENT.search(str(said))
        when = moment[0] if moment else None
    path = _find(name, context_file, folder) if name else None
    if path is None:
        remarks.append(
            f"The sanctions list {name or said!r} was not found near {context_file}; names are not screened."
        )
        return None
    try:
        return load_sanctions_list(path, _loaded_at(when, context_file))
    except ListRefusedError as error:
        remarks.append(str(error))
        return None


def _find(name: str, context_file: Path, folder: Path | None) -> Path | None:
    """The named file beside the context, in a ``lists`` folder there, or in the three folders above; then from the case."""
    wanted = Path(name)
    if wanted.is_absolute():
        return wanted if wanted.is_file() else None
    starts = [context_file.resolve().parent] + ([folder.resolve()] if folder else [])
    for start in starts:
        for place in [start, *start.parents][:4]:
            for candidate in (place / wanted, place / "lists" / wanted):
                if candidate.is_file():
                    return candidate
    return None


def _loaded_at(when: Any, context_file: Path) -> datetime | None:
    if when is None:
        return None
    try:
        moment = datetime.fromisoformat(str(when))
    except ValueError:
        raise CaseFolderError(f"{context_file}: sanctions_list: {when!r} is no time.") from None
    if moment.tzinfo is None:
        raise CaseFolderError(f"{context_file}: sanctions_list: {when!r} has no time zone.")
    return moment
