"""Sentences for people: what a verdict says aloud and what to do now, for every reason, in every language.

Rules answer with codes and figures; here they become words. English stands here as message ids, the other languages
in ``terminal/web/locale``. A sentence with a figure is used only when the figure is there; each reason also has one
that needs none, so that no fact can be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from terminal.check_titles import CHECK_TITLES
from terminal.importing.saying import WORDS
from terminal.reason_text import Text
from terminal.texts_announce import ANNOUNCE_REASONS
from terminal.texts_gatepass import GATEPASS_REASONS, PASS_SEEN
from terminal.texts_handling import HANDLING_REASONS, UNDONE
from terminal.texts_handover import HANDOVER_REASONS
from terminal.texts_inspection import INSPECTION_REASONS
from terminal.texts_letters import LETTER_REASONS
from terminal.texts_release import RELEASE_REASONS
from terminal.texts_shift import SHIFT_REASONS
from terminal.texts_weighing import WEIGHING_REASONS
from terminal.web.i18n import N_, Words
from terminal.web.wording import word
from workflows.outcomes import Missing, Reason

REASONS: Mapping[Reason, Text] = {
    **INSPECTION_REASONS,
    **GATEPASS_REASONS,
    **HANDOVER_REASONS,
    **RELEASE_REASONS,
    **ANNOUNCE_REASONS,
    **HANDLING_REASONS,
    **SHIFT_REASONS,
    **WEIGHING_REASONS,
    **LETTER_REASONS,
    Reason.UNREADABLE: Text(
        N_("This label cannot be read."),
        (
            N_("Clean the label and scan again."),
            N_("If it stays unreadable, type the number printed under the bars."),
        ),
    ),
    Reason.BAD_CHECK_DIGIT: Text(
        N_("The number on this label is wrong: its check digit does not fit."),
        (N_("Scan again. If it stays, set the unit aside and call the document officer."),),
        (N_("The number is wrong: its check digit does not fit. It may have been %(proposal)s."),),
    ),
    Reason.UNKNOWN_LABEL: Text(
        N_("Nobody announced this label."),
        (N_("Set the unit aside."), N_("Ask the document officer whether the packing list was imported.")),
        (N_("Nobody announced the label %(label)s."),),
    ),
    Reason.WRONG_KIND: Text(
        N_("This is another kind of label than the one needed here."),
        (N_("Scan the label of the unit, the one with (00) in front of the number."),),
    ),
    Reason.WRONG_STAGE: Text(
        N_("This step is not next."),
        (N_("Take the steps in their order; the page of the consignment shows which one is next."),),
        (
            N_("%(consignment)s is at “%(stage)s”; “%(step)s” is not next."),
            N_("%(unit)s is at “%(stage)s”; “%(step)s” is not next."),
            N_("%(consignment)s is only at “%(stage)s”. It must be screened first."),
            N_("It is at “%(stage)s”; “%(step)s” is not next."),
        ),
    ),
    Reason.NOT_PERMITTED: Text(
        N_("You may not take this step."),
        (N_("Ask somebody who may."),),
        (N_("You may not take the step “%(step)s”."),),
    ),
    Reason.NO_VISIT: Text(
        N_("No vehicle stands here."),
        (N_("Let the vehicle in at the gate first, or choose it on this page."),),
    ),
    Reason.UNIT_ELSEWHERE: Text(
        N_("This unit stands on another vehicle."),
        (N_("Take it off that vehicle first, or leave it there."),),
        (
            N_("This unit stands on another vehicle: %(plate)s."),
            N_("This unit stands on another vehicle: %(visit)s."),
        ),
    ),
    Reason.NOT_TALLIED: Text(
        N_("This unit was not counted in yet."), (N_("Tally the unit first: scan it at the tally station."),)
    ),
    Reason.OPEN_HOLD: Text(
        N_("It is on hold."),
        (N_("Do not move it. The authority that placed the hold must end it."),),
        (N_("On hold: %(reason)s (%(authority)s)."),),
    ),
    Reason.NO_AFGHAN_APPROVAL: Text(
        N_("The Afghan import approval has not come."),
        (N_("Keep the goods here. The document officer asks the agency for the paper from Kabul."),),
        (
            N_("The Afghan import approval ended on %(valid_until)s."),
            N_("The Afghan import approval for %(consignment)s has not come."),
        ),
    ),
    Reason.DOCUMENTS_INCOMPLETE: Text(
        N_("The documents are not complete."),
        (N_("Open the consignment: the missing papers are marked. Add and verify them."),),
        (N_("The documents of %(consignment)s are not complete."),),
    ),
    Reason.SAME_PERSON: Text(
        N_("The two approvals must come from two different people, neither of them the sender's."),
        (N_("Ask another officer to give this approval."),),
    ),
    Reason.EDITED_TODAY: Text(
        N_("You changed this consignment today, so you may not approve it today."),
        (N_("Ask an officer who did not work on it today."),),
    ),
    Reason.CHANGED_AFTER_APPROVAL: Text(
        N_("Something changed after the approval, so the approval fell away."),
        (N_("Look at what changed, then give the approval again."),),
        (N_("%(consignment)s changed after the approval “%(permission)s”, so it fell away."),),
    ),
    Reason.PLATE_DIFFERS: Text(
        N_("The plate is not the one on the papers."),
        (N_("Read the plate again. If it differs, stop the vehicle and call customs."),),
        (N_("The plate read is %(seen)s, expected is %(expected)s."),),
    ),
    Reason.SEAL_DIFFERS: Text(
        N_("The seal is not the one that was put on."),
        (N_("Do not open the vehicle. Read the number again and call the customs inspector."),),
        (N_("The seal seen is %(seen)s, expected is %(expected)s."),),
    ),
    Reason.SEAL_BROKEN: Text(
        N_("The seal is not intact."),
        (N_("Do not touch it. Take a photo and call the customs inspector."),),
        (N_("The seal %(seal)s is not intact: %(state)s."),),
    ),
    Reason.NOT_SEALED: Text(
        N_("The load was not sealed."), (N_("Close and seal the vehicle, then weigh it out."),)
    ),
    Reason.NOT_WEIGHED: Text(
        N_("The vehicle was not weighed."), (N_("Send it over the weighbridge first."),)
    ),
    Reason.WEIGHT_DIFFERS: Text(
        N_("The weight does not fit the load."),
        (N_("Weigh again. If it stays, unload and count: something is missing or too much."),),
        (
            N_(
                "The load weighs %(measured_kg)s, the papers say %(declared_kg)s; %(tolerance_kg)s are allowed."
            ),
        ),
    ),
    Reason.TARE_UNKNOWN: Text(
        N_("The empty weight of the vehicle is not known."),
        (N_("Weigh the vehicle empty before it is loaded."),),
    ),
    Reason.ALREADY_INSIDE: Text(
        N_("This vehicle is inside already."),
        (N_("Look whether it left without being let out; if so, call the shift leader."),),
        (N_("%(plate)s is inside already."),),
    ),
    Reason.CARGO_ABOARD: Text(
        N_("There are still goods on this vehicle."),
        (N_("Finish unloading and say at the dock that the vehicle is empty."),),
        (N_("Still on this vehicle: %(consignments)s."),),
    ),
    Reason.HOLD_NOT_FOUND: Text(N_("There is no such hold."), (N_("Open the list of holds again."),)),
    Reason.HOLD_NOT_YOURS: Text(
        N_("This hold is not yours to end."), (N_("The roles that may end it are named on the hold."),)
    ),
    Reason.HOLD_ALREADY_LIFTED: Text(
        N_("This hold was ended before."),
        (N_("Nothing is left to do. The journal shows who ended it and why."),),
    ),
    Reason.BLOCK_NOT_WAIVABLE: Text(
        N_("A block cannot be waived or cleared."),
        (
            N_(
                "Correct the fact, or record the decision of the authority: returned, seized, handed over, destroyed."
            ),
        ),
    ),
    Reason.SECOND_PERSON_NEEDED: Text(
        N_("A second person must decide the same."),
        (N_("Your proposal is kept. Another officer opens the hold and agrees or not."),),
    ),
    Reason.REASON_NEEDED: Text(
        N_("Write down why."), (N_("Fill in the reason: what you saw, or which paper you hold."),)
    ),
    Reason.NONCE_REUSED: Text(
        N_("This message was sent before with another content."),
        (N_("Both versions are kept. The document officer compares them on the page “Late scans”."),),
    ),
    Reason.TOO_OLD: Text(
        N_("This scan came too late to be applied by itself."),
        (N_("It is kept. The document officer decides on the page “Late scans”."),),
        (N_("This scan of %(scanned_at)s came too late to be applied by itself."),),
    ),
    Reason.NOT_FOUND: Text(
        N_("Nothing is known by this name."),
        (N_("Check the number and search again."),),
        (N_("There is no consignment %(consignment)s."), N_("There is no vehicle visit %(visit)s.")),
    ),
    Reason.NOT_YOURS: Text(
        N_("This belongs to another organisation."), (N_("Ask the terminal if you think that is wrong."),)
    ),
    Reason.ALREADY_ANNOUNCED: Text(
        N_("This consignment is known already, with other papers."),
        (N_("Change it on its page instead of announcing it again."),),
        (N_("%(consignment)s is known already, with other papers."),),
    ),
    Reason.INVALID: Text(
        N_("Something on this form is missing or wrong."),
        (N_("Correct the marked field and send it again."),),
        (N_("This field is missing or wrong: %(field)s."),),
    ),
}

_DONE: Mapping[str, str] = {
    "accepted": N_("Recorded."),
    "already_done": N_("This was done before. Nothing changed."),
    "attention": N_("Somebody must look at this."),
}
_DONE_STEP: Mapping[str, str] = {
    "accepted": N_("%(step)s: recorded."),
    "already_done": N_("%(step)s: done before. Nothing changed."),
}
_PLACE = N_("Bay %(place)s is chosen. Scan the units that go there.")
_WHO = N_("May do it: %(roles)s.")
_ALSO = N_("Also: %(sentence)s")

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class Answered(Protocol):
    """The answer of a use case (terminal.cases.answers.Answer), as much as the words need."""

    @property
    def verdict(self) -> str:
        """accepted, already_done, refused or attention."""

    @property
    def subject(self) -> str:
        """ "unit:LABEL", "visit:ID" ..."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was done or found."""

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that stands in the way."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words: the sentence to say first, and what to do now."""

    sentence: str
    next: tuple[str, ...]


def sentence(reason: Reason, facts: Mapping[str, Any], words: Words) -> str:
    """What is wrong, with its figures where they are known."""
    text = REASONS[reason]
    shown = figures(facts, words)
    for better in text.better:
        if set(_PLACEHOLDER.findall(better)) <= shown.keys():
            return words.gettext(better) % shown
    return words.gettext(text.plain)


def next_steps(missing: Missing, words: Words) -> tuple[str, ...]:
    """What to do now, and who may do it."""
    shown = figures(missing.facts, words)
    fit = [one for one in REASONS[missing.reason].next if set(_PLACEHOLDER.findall(one)) <= shown.keys()]
    steps = [words.gettext(step) % shown if "%(" in step else words.gettext(step) for step in fit]
    if missing.who:
        roles = ", ".join(sorted(words.gettext(word("role", role.value)) for role in missing.who))
        steps.append(words.gettext(_WHO) % {"roles": roles})
    return tuple(steps)


def say(answer: Answered, words: Words) -> Said:
    """An answer in words. The first thing missing is the sentence; the rest follows what to do about it."""
    if answer.missing:
        first, *others = answer.missing
        also = (
            words.gettext(_ALSO) % {"sentence": sentence(item.reason, item.facts, words)} for item in others
        )
        return Said(sentence(first.reason, first.facts, words), _unique((*next_steps(first, words), *also)))
    facts = answer.facts
    if "undone" in facts and answer.verdict in UNDONE:
        return Said(words.gettext(UNDONE[answer.verdict]), ())
    if answer.verdict != "attention":  # only what its sentences can name: this is said at every scan
        facts = {name: facts[name] for name in ("place", "step") if name in facts}
    shown = figures(facts, words)
    if answer.subject.startswith("place:") and "place" in shown:
        return Said(words.gettext(_PLACE) % shown, ())
    if {"pass", "plate"} <= shown.keys() and answer.verdict == "attention":
        return Said(words.gettext(PASS_SEEN) % shown, ())
    if "step" in shown and answer.verdict in _DONE_STEP:
        return Said(words.gettext(_DONE_STEP[answer.verdict]) % shown, ())
    return Said(words.gettext(_DONE.get(answer.verdict, _DONE["attention"])), ())


def subject_text(subject: str) -> str:
    """The part of a subject that people know: "unit:340..." is 340..."""
    return subject.partition(":")[2]


def check_title(code: str, words: Words) -> str:
    """What a check is called; an unknown code comes back as it is."""
    return words.gettext(CHECK_TITLES.get(code, code))


_LINE, _UNIT = N_("line %(no)s"), N_("unit %(no)s")


def target(of: str | None, words: Words) -> str:
    """What a check is about, in words: "line:3", "unit:5", "document:CMR"; nothing for the whole consignment."""
    kind, _, name = (of or "").partition(":")
    if kind == "document":
        return words.gettext(word("document", name))
    if kind in ("line", "unit"):
        number = words.number(int(name)) if name.isascii() and name.isdigit() and len(name) < 9 else name
        return words.gettext(_LINE if kind == "line" else _UNIT) % {"no": number}
    return "" if kind == "consignment" else (of or "")


class RowSaid(Protocol):
    """What is wrong with a row of a file (terminal.importing.RowProblem), as much as the words need."""

    @property
    def sentence(self) -> str:
        """In English."""

    @property
    def code(self) -> str:
        """Of terminal.importing.saying.WORDS; empty where there are no other words."""

    @property
    def facts(self) -> Mapping[str, str]:
        """The figures of the sentence."""


def row_sentence(problem: RowSaid, words: Words) -> str:
    """What is wrong with a row of a file, in the reader's words."""
    if problem.code not in WORDS:
        return problem.sentence
    isolated = words.language.dir == "rtl"
    facts = {k: f"\u2068{v}\u2069" if isolated else v for k, v in problem.facts.items()}
    return words.gettext(WORDS[problem.code]) % facts


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


# --- figures in words ----------------------------------------------------------------------------------------


def figures(facts: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Facts as text in the reader's language; facts that are None are left out.

    In right-to-left languages each value is isolated, so that numbers and codes keep their own order.
    """
    shown = {}
    for name, value in facts.items():
        if value is None or value in ([], "", ()):
            continue
        text = figure(name, value, words)
        shown[name] = f"\u2068{text}\u2069" if words.language.dir == "rtl" else text
    return shown


def figure(name: str, value: Any, words: Words) -> str:
    """One fact as text: codes become words, weights and dates are written as people here write them."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(figure(name, item, words) for item in value)
    if isinstance(value, bool):
        return words.gettext(N_("yes")) if value else words.gettext(N_("no"))
    if kind := _KINDS.get(name):
        return words.gettext(word(kind, str(value)))
    if name == "on_what":
        return target(str(value), words)
    if name.endswith("kg"):
        try:
            return words.kg(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    if isinstance(value, (int, Decimal)):
        return words.number(value)
    if isinstance(value, (date, datetime)) or name in _MOMENTS:
        return _moment(value, name in _TIMES, words)
    text = str(value)
    if text.partition(":")[0] in ("consignment", "unit", "visit"):
        return subject_text(text)
    return text


_KINDS: Mapping[str, str] = {
    "stage": "stage",
    "step": "stage",
    "start": "stage",
    "reason": "hold_reason",
    "authority": "authority",
    "severity": "severity",
    "permission": "permission",
    "gave": "permission",
    "state": "seal_state",
    "outcome": "hold_outcome",
    "condition": "condition",
    "field": "field",
    "method": "inspection_method",
    "progress": "inspection_progress",
    "result": "inspection_result",
    "equipment_kind": "equipment_kind",
    "equipment_state": "equipment_state",
    "revoked_for": "revoked_for",
    "ended_for": "link_end",
    "handling": "handling",
    "missing_fact": "missing_fact",
    "needed": "handling",
}
_TIMES = frozenset({"scanned_at", "received_at", "since", "at", "until", "expires_at", "offline_at"})
_MOMENTS = _TIMES | frozenset(
    {
        "valid_until",
        "verified_until",
        "calibrated_until",
        "expires",
        "day",
        "expiry",
        "best_before",
        "produced",
    }
)


def _moment(value: Any, with_time: bool, words: Words) -> str:
    try:
        moment = value if isinstance(value, date) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return words.datetime(moment) if with_time and isinstance(moment, datetime) else words.date(moment)
