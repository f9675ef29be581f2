"""The journal told to people: one line an entry, and one line for a run of the same thing done many times.

Ten pallets loaded by one person at one dock within minutes are one line that opens; what happened to a consignment
can be read at a glance however large it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from terminal import texts
from terminal.store.journal import Entry
from terminal.web import telling_devices
from terminal.web.i18n import Words
from terminal.web.wording import word
from workflows.discretion import discreet_facts
from workflows.outcomes import Reason

#: event -> (icon, tone)
TONES: dict[str, tuple[str, str]] = {
    "ConsignmentAnnounced": ("file-plus", "note"),
    "ConsignmentAmended": ("file-text", "look"),
    "StageChanged": ("arrow-right", "go"),
    "PermissionGranted": ("badge-check", "go"),
    "PermissionDropped": ("triangle-alert", "look"),
    "ChecksRun": ("shield-check", "note"),
    "VisitScreened": ("shield-check", "note"),
    "SealsSeen": ("lock", "note"),
    "HoldPlaced": ("octagon-pause", "hold"),
    "HoldLiftProposed": ("users", "look"),
    "HoldLifted": ("lock-open", "go"),
    "ExemptionStated": ("file-text", "look"),
    "StepRefused": ("octagon-x", "stop"),
    "ScanSetAside": ("history", "look"),
    "ReviewClosed": ("history", "go"),
    "VisitWeighed": ("scale", "note"),
    "UnitWeighed": ("scale", "note"),
    "TareRegistered": ("scale", "go"),
    "TareDiffered": ("triangle-alert", "stop"),
    "UnitTallied": ("clipboard-list", "go"),
    "UnitLoaded": ("arrow-up-from-line", "go"),
    "UnitUnloaded": ("arrow-down-to-line", "go"),
    "UnitMoved": ("warehouse", "go"),
    "ScanUndone": ("undo-2", "look"),
    "VisitEntered": ("door-open", "go"),
    "VisitSealed": ("lock", "go"),
    "HandoverLinkIssued": ("qr-code", "note"),
    "HandoverLinkEnded": ("ban", "look"),
    "HandoverRecorded": ("badge-check", "go"),
    "UnitHandedOver": ("badge-check", "go"),
    "FileImported": ("upload", "note"),
    "ReferenceDataLoaded": ("upload", "look"),
    "InspectionOrdered": ("search", "look"),
    "InspectionStarted": ("search", "note"),
    "InspectionDone": ("search", "go"),
    "InspectionLookedAt": ("eye", "go"),
    "SeizureRecorded": ("ban", "stop"),
    "SecurityEvent": ("key-round", "note"),
    "DeviceChanged": ("cpu", "note"),
    "WeightSeen": ("scale", "note"),
    **telling_devices.TONES,
}
#: neighbours further apart than this begin a new run
GAP = timedelta(minutes=5)
#: kinds of subjects of which many have the same done to them
_MANY = frozenset({"unit", "device", "label"})


def look(kind: str) -> tuple[str, str]:
    """Icon and tone of an event."""
    return TONES.get(kind, ("circle-dot", "note"))


def runs(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in their order, those of one run together."""
    run: list[Entry] = []
    for entry in entries:
        if run and (_same(run[-1]) != _same(entry) or abs(run[-1].at - entry.at) > GAP):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _same(entry: Entry) -> tuple[str, ...]:
    """What two entries of one run share; an entry that stands alone shares nothing."""
    kind = entry.subject.partition(":")[0]
    holds = entry.type == "HoldPlaced" and entry.data["hold"].get("check") is not None
    if not holds and kind not in _MANY:
        return (str(entry.seq),)
    data = entry.data
    what = str(data.get("stage") or data.get("reason") or data.get("state") or data.get("condition") or "")
    place = str(data.get("place") or "") if entry.type == "UnitMoved" else ""
    point = str(entry.facts.get("point") or "")
    return (entry.type, kind, entry.who, point, what, place)


def run_title(run: list[Entry], words: Words) -> str:
    """What a run of two or more entries is called."""
    first, n = run[0], len(run)
    facts = {"num": words.number(n)}
    match first.type:
        case "UnitDeclared":
            text = words.ngettext("%(num)s unit declared", "%(num)s units declared", n)
        case "UnitTallied":
            text = words.ngettext("%(num)s unit tallied", "%(num)s units tallied", n)
        case "UnitLoaded":
            text = words.ngettext("%(num)s unit loaded", "%(num)s units loaded", n)
        case "UnitUnloaded":
            text = words.ngettext("%(num)s unit unloaded", "%(num)s units unloaded", n)
        case "UnitMoved":
            text = words.ngettext("%(num)s unit moved", "%(num)s units moved", n)
        case "UnitWeighed":
            text = words.ngettext("%(num)s unit weighed", "%(num)s units weighed", n)
        case "StepRefused":
            text = words.ngettext("%(num)s scan refused", "%(num)s scans refused", n)
        case "HoldPlaced":
            text = words.ngettext("%(num)s hold placed", "%(num)s holds placed", n)
        case "StageChanged":
            facts["step"] = texts.figure("stage", first.data["stage"], words)
            text = words.ngettext("%(num)s unit: %(step)s", "%(num)s units: %(step)s", n)
        case _:
            facts["title"] = words.gettext(word("event", first.type))
            text = words.gettext("%(title)s, %(num)s times")
    return text % facts


def run_detail(run: list[Entry], words: Words) -> str:
    """What all entries of a run say; nothing where their details differ or the title said it."""
    first = run[0]
    if first.type in ("StageChanged", "UnitWeighed"):
        return ""
    details = {detail(entry, words) for entry in run}
    return details.pop() if len(details) == 1 else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def detail(entry: Entry, words: Words) -> str:
    """What an entry says beyond its title, from its own figures."""
    data = entry.data
    match entry.type:
        case "StageChanged":
            steps = (texts.figure("stage", data["start"], words), texts.figure("stage", data["stage"], words))
            return " → ".join(steps)
        case "HoldPlaced":
            hold = data["hold"]
            said = [texts.figure("reason", hold["reason"], words)]
            if hold.get("check"):
                said.append(texts.check_title(hold["check"], words))
            return " · ".join((*said, texts.figure("authority", hold["authority"], words)))
        case "HoldLifted" | "HoldLiftProposed":
            return f"{texts.figure('outcome', data['outcome'], words)} · {data.get('note', '')}".rstrip(" ·")
        case "ExemptionStated":
            basis = words.gettext(word("exemption_basis", data["basis"]))
            return f"{basis} · {data.get('note', '')}".rstrip(" ·")
        case "PermissionGranted":
            return texts.figure("permission", data["permission"]["kind"], words)
        case "PermissionDropped":
            return texts.figure("permission", data["kind"], words)
        case "StepRefused":
            missing = data.get("missing") or []
            first = missing[0] if missing else {"reason": data["reason"], "facts": {}}
            try:
                facts = discreet_facts(first.get("facts", {}))  # a story says no more than the gate was told
                return texts.sentence(Reason(first["reason"]), facts, words)
            except ValueError:
                return str(data["reason"])
        case "TareDiffered":
            alarm = data["alarm"]
            return " → ".join(texts.figure("kg", alarm[name], words) for name in ("known_kg", "measured_kg"))
        case "VisitWeighed" | "UnitWeighed" | "TareRegistered":
            weighing = data["weighing"]
            return f"{words.gettext(word('weighing', weighing['what']))} {texts.figure('kg', weighing['kg'], words)}"
        case "VisitEntered":
            return " · ".join(_text(data.get(name)) for name in ("plate", "trailer") if data.get(name))
        case "UnitMoved":
            where = (texts.figure("stage", data["stage"], words), _text(data.get("place")))
            return " · ".join(filter(None, where))
        case "UnitTallied":
            condition = texts.figure("condition", data.get("condition", "GOOD"), words)
            return " · ".join(filter(None, (condition, _text(data.get("note")))))
        case "ScanUndone":
            why = (
                texts.figure("step", data["step"], words),
                words.gettext(word("undo_reason", data["reason"])),
            )
            return " · ".join(filter(None, (*why, _text(data.get("note")))))
        case "InspectionOrdered":
            return texts.figure("method", data["inspection"]["method"], words)
        case "InspectionDone":
            outcome = (texts.figure("result", data["result"], words), _text(data.get("note")))
            return " · ".join(filter(None, outcome))
        case "InspectionLookedAt":
            looked = word("second_look", "AGREES" if data["agrees"] else "DOUBTS")
            return " · ".join(filter(None, (words.gettext(looked), _text(data.get("note")))))
        case "InspectionCancelled" | "InspectionWaived":
            return _text(data.get("reason"))
        case "ReviewClosed":
            how = words.gettext(word("review", _text(data.get("resolution"))))
            return " · ".join(filter(None, (how, _text(data.get("note")))))
        case "UnitHandedOver":
            state = (word("found", data["found"]), word("short_for", data["why"]) if data.get("why") else "")
            return " · ".join(words.gettext(one) for one in state if one)
        case "HandoverRecorded":
            stated = data["handover"]
            return " · ".join((stated["name"], words.gettext(word("via", stated["via"]))))
        case "FileImported" | "FileAttached":
            return _text(data.get("name"))
        case "ReferenceDataLoaded":
            return " · ".join(filter(None, (_text(data.get("table")), _text(data.get("note")))))
        case "DeviceChanged":
            return words.gettext(word("device_state", _text(data.get("state"))))
        case "SecurityEvent":
            return words.gettext(word("security", _text(data.get("action"))))
        case _:
            return telling_devices.detail(entry.type, data, words)
