"""What every paper needs while it is made: the open reader, the words, who asks, and how things are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from terminal.access import Caller
from terminal.api.cargo import only_agency
from terminal.papers.sheet import Block, Sheet
from terminal.settings import TerminalSettings
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from terminal.web import i18n, wording
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind, house_label
from workflows.roles import Right
from workflows.state import Consignment, Visit

#: languages that papers are printed in
LANGUAGES = ("en", "ru", "uz", "uz-Cyrl")


class NotReady(Exception):  # noqa: N818 - it is an answer to a person
    """A paper that cannot be printed yet; the text is an English message id that says what is missing."""


class Unknown(LookupError):  # noqa: N818 - it is an answer to a person
    """There is no such thing, or it is not this reader's to see."""


@dataclass(frozen=True, slots=True)
class Making:
    """One paper being made for one reader, in one language, at one moment (UTC)."""

    reader: Reader
    caller: Caller
    terminal: TerminalSettings
    now: datetime
    language: str
    #: the address of a handover link by its code, and stored bytes by their SHA-256: for the papers that show them
    link_to: Callable[[str], str] | None = None
    file: Callable[[str], bytes | None] | None = None

    @property
    def words(self) -> i18n.Words:
        """The catalogue of the paper's language."""
        return i18n.words(self.language)

    def say(self, msgid: str) -> str:
        """A sentence in the paper's language."""
        return self.words.gettext(msgid)

    def word(self, kind: str, code: str) -> str:
        """What a code is called."""
        return self.words.gettext(wording.word(kind, code))

    def kg(self, value: Decimal | None) -> str:
        """A weight, or nothing when it is not known."""
        return "" if value is None else self.words.kg(value)

    def name(self, identity: str | None) -> str:
        """Who a person is: their name; a device or an unknown id as it is."""
        if not identity:
            return ""
        person = self.reader.people.get(identity)
        return person.name if person else identity.removeprefix("device:")

    def may(self, right: Right) -> bool:
        """True when the reader has the right."""
        return self.caller.actor.may(right)

    # --- subjects -------------------------------------------------------------------------------------
    def consignment(self, ref: str) -> Consignment:
        """The consignment, if this reader may know of it. Raises Unknown."""
        found = self.reader.consignment(self.reader.reference_of(ref) or ref)
        own = self.caller.actor.organisation
        if found is None or (only_agency(self.caller) and found.papers.sender != own):
            raise Unknown(ref)
        return found

    def visit(self, identity: str) -> Visit:
        """The visit, for readers of the board. Raises Unknown."""
        found = self.reader.visit(identity) if self.may(Right.READ_BOARD) else None
        if found is None:
            raise Unknown(identity)
        return found

    def entry(
        self, subject: str, *types: str, where: Callable[[Mapping[str, Any]], bool] = lambda _: True
    ) -> Entry | None:
        """The newest journal entry of a subject of one of these types whose data is the wanted one."""
        before = None
        while page := self.reader.history(subject, before, 200):
            for entry in page:
                if entry.type in types and where(entry.data):
                    return entry
            before = page[-1].seq
        return None

    # --- the sheet --------------------------------------------------------------------------------------
    def sheet(
        self,
        title: str,
        number: str,
        blocks: list[Block],
        *,
        code: str = "",
        code_note: str = "",
        lead: str = "",
        large: bool = False,
        entry: Entry | None = None,
        mark: str = "",
    ) -> Sheet:
        """A paper with what every paper carries: the terminal, who printed it when, and the journal's number.

        The number is that of ``entry``, the event that the paper stands on; without one the paper stands on all that
        was known when it was printed, so the last number of the journal. ``mark`` is repeated at every page's foot.
        """
        foot = self.say(N_("Printed %(time)s by %(name)s. Journal entry %(seq)s.")) % {
            "time": self.words.datetime(self.now),
            "name": self.caller.name,
            "seq": entry.seq if entry is not None else self.reader.head().seq,
        }
        if mark:
            foot = f"{mark} · {foot}"
        return Sheet(
            title,
            number,
            f"{self.terminal.name} · {self.terminal.place}",
            self.words.language.html,
            tuple(blocks),
            code=code,
            code_note=code_note,
            large=large,
            lead=lead,
            foot=foot,
            page_of=self.say(N_("Page %(page)s of %(pages)s")),
        )


def label(kind: HouseKind, code: str) -> str:
    """Our own label of a thing; a name that no label carries stands in the symbol as it is."""
    try:
        return house_label(kind, code)
    except ValueError:
        return code


def plate_of(visit: Visit) -> str:
    """The plate of a vehicle, or what it is known by."""
    return visit.plate or visit.expected_plate or visit.id


def grouped(text: str) -> str:
    """An SSCC in groups that can be read aloud; another label as it is."""
    if len(text) != 18 or not text.isdigit():
        return text
    return f"{text[0]} {text[1:8]} {text[8:17]} {text[17]}"
