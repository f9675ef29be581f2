"""Risk profiles: written, changed and ended by risk officers; every version of the whole table is kept and journalled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.rules_in_force import RulesRoom
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.checks.tables import PROFILES
from workflows.events_data import ReferenceDataLoaded
from workflows.events_routing import RiskProfileChanged
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.plain import to_plain
from workflows.profiles import Profile, dump_profiles, unfit
from workflows.roles import RIGHTS, Right

Found = tuple[Outcome, str, Mapping[str, Any]]


def put(books: Books, new: Profile, note: str, request: Request, room: RulesRoom) -> Answer:
    """Write a profile, or change the one of that id (its version grows); ``note`` is why it changes.

    A profile is ended by giving it a last day: its past decisions go on naming the version that they rest on.
    """
    subject = f"profile:{new.id[:40]}"

    def act() -> Found:
        if not request.who.may(Right.MANAGE_PROFILES):
            who = RIGHTS[Right.MANAGE_PROFILES]
            return (
                refuse(Reason.NOT_PERMITTED, who=who, step="manage_profiles", person=request.who.id),
                subject,
                {},
            )
        missing = [
            Missing(Reason.PROFILE_UNFIT, {"field": field, "wrong": wrong}) for field, wrong in unfit(new)
        ]
        if not note.strip():
            missing.append(Missing(Reason.REASON_NEEDED, {"step": "manage_profiles"}))
        rules = room.in_force(books)
        if new.indicator is not None and new.indicator not in rules.reference.points:
            missing.append(
                Missing(Reason.PROFILE_UNFIT, {"field": "indicator", "wrong": "no such indicator"})
            )
        codes = {office.code for office in rules.reference.offices}
        if set(new.offices) - codes:
            missing.append(Missing(Reason.PROFILE_UNFIT, {"field": "offices", "wrong": "no such office"}))
        if missing:
            return Refused(tuple(missing)), subject, {}
        before = next((one for one in rules.reference.profiles if one.id == new.id), None)
        after = replace(new, version=before.version + 1 if before is not None else 1)
        if before is not None and replace(after, version=before.version) == before:
            return AlreadyDone({"profile": new.id}), subject, {"profile": new.id, "version": before.version}
        others = tuple(one for one in rules.reference.profiles if one.id != new.id)
        data = dump_profiles((*others, after)).encode()
        room.replaced(rules, {PROFILES: data}, request.at)
        sha256 = hashlib.sha256(data).hexdigest()
        room.keep_file(sha256, data)
        told: dict[str, Any] = to_plain(after)
        was: dict[str, Any] = to_plain(before) if before is not None else {}
        changes = {
            key: {"from": was.get(key), "to": value} for key, value in told.items() if was.get(key) != value
        }
        events = (
            ReferenceDataLoaded(
                f"data:{PROFILES}", PROFILES, sha256, rules.tables.get(PROFILES), len(data), note
            ),
            RiskProfileChanged(f"profile:{new.id}", told, sha256, changes, note),
        )
        return Accepted(events), subject, {"profile": new.id, "version": after.version}

    return once(books, request, "manage_profiles", act)


def profiles(reader: Reader, room: RulesRoom) -> tuple[Profile, ...]:
    """Every profile as it stands, in the order of ids."""
    return room.in_force(reader).reference.profiles


def history(reader: Reader, identity: str, limit: int = 100) -> list[dict[str, Any]]:
    """Who changed a profile when, newest first: version, changes with old and new value, and the reason."""
    return [
        {
            "event": entry.seq,
            "at": entry.at.isoformat(),
            "by": entry.who,
            "version": entry.event.profile.get("version"),
            "changes": to_plain(entry.event.changes),
            "note": entry.event.note,
            "table_sha256": entry.event.sha256,
        }
        for entry in reader.history(f"profile:{identity}", limit=limit)
        if isinstance(entry.event, RiskProfileChanged)
    ]
