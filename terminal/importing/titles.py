"""Title blocks, footers and keys: the label/value pairs around the tables of a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.importing.dates import read_date, slash_orders
from terminal.importing.numbers import Figure, read_number, settle
from terminal.importing.numbers import Mark as DecimalMark
from terminal.importing.results import HeaderFacts, MentionedDocument, OpenTotal
from terminal.importing.sheets import Cell, Sheet, is_number, shown
from terminal.importing.vocabulary import Heading, heading, normalise, unit_word
from workflows.identifiers import fold_code
from workflows.papers import PaperDate

_SEGMENTS = re.compile(r"\n|\s{3,}|(?<=[^\s.])[.;]\s+(?=[^\W\d_])|,\s*(?=[^,:;.]{2,40}:\s)")
_REFERENCE = re.compile(r"(?:№|\bN[o°]\.?|#|\bREF\b:?)\s*([A-Z0-9][\w./-]{3,39})", re.IGNORECASE)
_BARE_REFERENCE = re.compile(r"\b([A-Z]{2,6}(?:-[A-Z0-9]{2,12}){1,4})\b")
_PAPER_TITLE = re.compile(
    r"packing list|packlist|request form|упаковочн|ведомость|вагонн|список груз|roʻyxat|royxat|рўйхат|yuk xati|qadoqlash|"
    r"manifest|манифест|waybill|накладн|لیست|فهرست|liste de colisage|çeki listesi",
    re.IGNORECASE,
)
_AWB = re.compile(r"(?<!\d)(\d{3}[- ]\d{4}[ ]?\d{4})(?!\d)")
_TRAILER_WORD = re.compile(
    r"[,;/(]?\s*\b(?:п/прицеп|полуприцеп\w*|прицеп\w*|semi-?trailer|trailer|yarim pritsep|pritsep\w*|tirkama|ярим прицеп|тиркама|تریلر)\b[\s.:№#]*",
    re.IGNORECASE,
)
_DOCUMENT_FIELDS = {"cmr_no": "CMR", "smgs_no": "SMGS", "awb_no": "AWB", "tir_no": "TIR"}
_NOTE_WORDS = {
    "SMGS": re.compile(r"\b(смгс|smgs|станци\w+|stansiya\w*|станция\w*)\b"),
    "AWB": re.compile(r"\b(awb|air waybill|авианакладн\w+|avia yuk xati|авиа)\b"),
    "CMR": re.compile(r"\b(cmr|цмр|смр)\b"),
}
_NOT_A_VALUE = re.compile(r"[_\s.…]+")
_LABEL_STRENGTH = 1


@dataclass(slots=True)
class Labels:
    """Everything found beside labels, in the order met: canonical field -> (text, cell, heading)."""

    found: dict[str, list[tuple[str, Cell, Heading]]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)  # labels and titles as met, normalised

    def add(self, head: Heading, value: Cell) -> None:
        """Keep one value; blanks and underscored lines for handwriting are none."""
        text = shown(value)
        if text and not _NOT_A_VALUE.fullmatch(text):
            self.found.setdefault(head.field, []).append((text, value, head))

    def first(self, *names: str) -> str | None:
        """The first value of any of the fields."""
        return next((self.found[name][0][0] for name in names if name in self.found), None)


def _label(text: str) -> Heading | None:
    words = normalise(text).split()
    if not 0 < len(words) <= 8 or len(text) > 70:
        return None
    found = heading(text.strip(" :.-–"))
    return found if found is not None and found.strength >= _LABEL_STRENGTH else None


def collect(sheet: Sheet, rows: Iterable[int], labels: Labels) -> None:
    """Read the label/value pairs of some rows of a sheet into ``labels``."""
    for at in rows:
        filled = [cell for cell in sheet.rows[at] if cell is not None and shown(cell)]
        place = 0
        while place < len(filled):
            cell = filled[place]
            follower = filled[place + 1] if place + 1 < len(filled) else None
            place += 1
            if not isinstance(cell, str):
                continue
            head = _label(cell)
            labels.words.append(normalise(cell))
            if head is not None and head.strength < 3 and cell.partition(":")[2].strip():
                head = None  # "Получатель: ..." holds its value itself
            if head is not None and follower is not None and not _is_label(follower):
                labels.add(head, follower)
                if head.field == "vehicle_plate" and (second := _second_label(cell)) is not None:
                    _add_pair(labels, head, second, shown(follower))
                place += 1
                continue
            _inline(cell, labels)


def _is_label(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return False
    found = _label(cell)
    return found is not None and (found.strength == 3 or cell.rstrip().endswith(":"))


def _second_label(text: str) -> Heading | None:
    """The other half of a label for two things: ``Vehicle / trailer``."""
    _, _, rest = text.partition("/")
    found = heading(rest.strip(" :")) if rest else None
    return found if found is not None and found.field == "trailer_plate" else None


def _add_pair(labels: Labels, head: Heading, second: Heading, text: str) -> None:
    left, slash, right = text.partition("/")
    if slash:
        labels.found[head.field][-1] = (left.strip(), left.strip(), head)
        labels.add(second, right.strip())


def _inline(text: str, labels: Labels) -> None:
    """Labels inside one cell: ``Отправитель: ... Пломба: ...``, ``УПАКОВОЧНЫЙ ЛИСТ № AB-12``."""
    waiting: Heading | None = None
    for segment in _SEGMENTS.split(text):
        if waiting is not None and segment.strip() and ":" not in segment:
            labels.add(waiting, segment.strip())
            waiting = None
            continue
        label, colon, value = segment.partition(":")
        if not colon:
            label, dash, value = _dashed(segment)
            if not dash:
                _title_reference(segment, labels)
                continue
        head = _label(label)
        if head is None:
            # "Total: 10 pallets" and titles such as "Упаковочный лист № 7 от: ..." are looked at as a whole
            _title_reference(segment, labels)
            continue
        labels.add(head, value.strip())
        waiting = None if value.strip() else head
        if head.field == "vehicle_plate" and (second := _second_label(label)) is not None and value.strip():
            _add_pair(labels, head, second, value)


def _dashed(segment: str) -> tuple[str, str, str]:
    for dash in (" - ", " – ", " — "):
        if dash in segment:
            label, _, value = segment.partition(dash)
            head = _label(label)
            if head is not None and head.strength == 3 and not _PAPER_TITLE.search(label):
                return label, dash, value
    return segment, "", ""


def _title_reference(text: str, labels: Labels) -> None:
    if not _PAPER_TITLE.search(text):
        return
    match = _REFERENCE.search(text) or _BARE_REFERENCE.search(text)
    if match is not None and any(character.isdigit() for character in match[1]):
        labels.add(Heading("reference"), match[1])


_FIELDS = {"package_count": "packages", "any_weight": "gross_kg"}
#: Kilograms that one package may weigh, for telling apart readings a thousand apart.
_PER_PACKAGE = (Decimal("0.05"), Decimal(3000))


def nearest(readings: Sequence[Decimal], expected: Decimal | None) -> Decimal | None:
    """The one reading of the expected order of magnitude, or None; readings lie a thousand apart."""
    if not expected:
        return None
    near = [reading for reading in readings if Decimal("0.1") < reading / expected < 10]
    return near[0] if len(near) == 1 else None


def header_facts(
    labels: Labels, mark: DecimalMark | None = None, sums: dict[str, Decimal] | None = None
) -> tuple[HeaderFacts, list[OpenTotal]]:
    """Header facts of the collected labels.

    ``mark`` is the decimal mark the tables prove, ``sums`` what their rows add up to: of two readings of a
    total, a thousand apart, the one of the rows' order of magnitude is meant. What stays undecided is listed.
    """
    undecided: list[OpenTotal] = []
    sums = sums or {}
    plate, trailer = _vehicle(labels)
    values = {
        name: _total(labels, name, mark, sums.get(name), undecided)
        for name in ("package_count", "gross_kg", "net_kg", "volume_m3")
    }
    if values["gross_kg"] is None and "any_weight" in labels.found:
        values["gross_kg"] = _total(labels, "any_weight", mark, sums.get("gross_kg"), undecided)
    packages = values["package_count"]
    if packages and undecided:
        low, high = _PER_PACKAGE
        for total in [t for t in undecided if t.name == "gross_kg"]:
            fitting = [r for r in total.readings if low < r / packages < high]
            if len(fitting) == 1:
                values["gross_kg"] = fitting[0]
                undecided.remove(total)
    seals = labels.first("seal_no")
    facts = HeaderFacts(
        reference=labels.first("reference"),
        sender=labels.first("shipper"),
        consignee=labels.first("consignee"),
        notify=labels.first("notify"),
        donor=labels.first("donor"),
        carrier=labels.first("carrier"),
        driver=labels.first("driver"),
        plate=plate,
        trailer=trailer,
        seal=seals,
        container=labels.first("container_no"),
        goods=labels.first("description"),
        packages=int(packages) if packages is not None and packages == int(packages) else None,
        gross_kg=values["gross_kg"],
        net_kg=values["net_kg"],
        volume_m3=values["volume_m3"],
        departure=labels.first("departure"),
        destination=labels.first("destination"),
        dated=_dated(labels),
        documents=tuple(_documents(labels)),
        raw={name: entries[0][0] for name, entries in labels.found.items()},
    )
    return facts, undecided


def _vehicle(labels: Labels) -> tuple[str | None, str | None]:
    plate, trailer = labels.first("vehicle_plate"), labels.first("trailer_plate")
    if plate is not None and (match := _TRAILER_WORD.search(plate)):
        trailer = trailer or plate[match.end() :].strip(" ,;.)")
        plate = plate[: match.start()].strip(" ,;/(")
    elif plate is not None and trailer is None and plate.count("/") == 1:
        left, _, right = plate.partition("/")
        if len(fold_code(left).text) >= 5 and len(fold_code(right).text) >= 5:
            plate, trailer = left.strip(), right.strip()
    return plate or None, trailer or None


def _total(
    labels: Labels,
    name: str,
    mark: DecimalMark | None,
    expected: Decimal | None,
    undecided: list[OpenTotal],
) -> Decimal | None:
    for text, cell, head in labels.found.get(name, ()):
        figure = Figure(text, Decimal(shown(cell))) if is_number(cell) else settle(read_number(text), mark)
        unit = unit_word(figure.unit) if figure.unit else None
        if unit is None or unit.family == "count":
            unit = head.unit
        factor = unit.factor if unit is not None and unit.family in ("mass", "volume") else Decimal(1)
        if figure.value is not None:
            return figure.value * factor
        if not figure.readings:
            continue
        readings = tuple(reading * factor for reading in figure.readings)
        if name == "package_count":
            return readings[1]  # places are whole
        near = nearest(readings, expected)
        if near is None and name != "volume_m3":
            undecided.append(OpenTotal(_FIELDS.get(name, name), text, readings))
        return near
    return None


def _dated(labels: Labels) -> PaperDate | None:
    texts = [text for name in ("date", "loading_date") for text, _, _ in labels.found.get(name, ())]
    orders = slash_orders(texts)
    first = labels.first("date")
    return None if first is None else read_date(first, orders)


def _documents(labels: Labels) -> Iterable[MentionedDocument]:
    for name, kind in _DOCUMENT_FIELDS.items():
        for text, _, _ in labels.found.get(name, ()):
            yield MentionedDocument(kind, text)
    for text, _, _ in labels.found.get("consignment_note_no", ()):
        match = _AWB.search(text)
        note = "AWB" if match is not None else _note_kind(labels)
        if note is not None:
            yield MentionedDocument(note, text if match is None else match[1])


def _note_kind(labels: Labels) -> str | None:
    """Which consignment note a paper is, by the words on it; None when it does not say."""
    words = " ".join([*labels.words, *(normalise(text) for text, _, _ in labels.found.get("form", ()))])
    for kind, pattern in _NOTE_WORDS.items():
        if pattern.search(words):
            return kind
    return None
