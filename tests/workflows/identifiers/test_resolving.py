"""The one entry: what scanners, wedges, cameras and people really deliver."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import biip
import pytest
import stdnum.iso6346
import stdnum.luhn
from biip.gs1_messages import GS1Message
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.identifiers import (
    HouseKind,
    Identifier,
    Kind,
    NoteCode,
    Reason,
    Unreadable,
    checkdigits,
    compare_plates,
    element_string,
    house_label,
    propose,
    read_as,
    read_passport,
    resolve,
    resolving,
    same_seal,
    tariff_code,
    unscramble_layout,
    with_check_digit,
)
from workflows.identifiers.folding import _LAYOUT

TODAY = date(2026, 11, 16)
SSCC = "095212340000000013"
RUSSIAN = str.maketrans(
    {meant: chr(typed) for typed, meant in _LAYOUT.items() if chr(typed) not in "ўЎқҚғҒҳҲ"}
)
UZBEK = str.maketrans({meant: chr(typed) for typed, meant in _LAYOUT.items()})
DIGITS = st.text("0123456789", min_size=17, max_size=17)


def identified(text: str, symbology: str | None = None) -> Identifier:
    result = resolve(text, symbology, today=TODAY)
    assert isinstance(result, Identifier), result
    return result


def refused(text: str, symbology: str | None = None) -> Unreadable:
    result = resolve(text, symbology, today=TODAY)
    assert isinstance(result, Unreadable), result
    return result


@pytest.mark.parametrize(
    "text",
    [
        f"]C100{SSCC}",
        f"]d200{SSCC}\r\n",
        f"]Q300{SSCC}",
        f"]e000{SSCC}",
        f"]C1\x1d00{SSCC}",
        f"00{SSCC}",
        SSCC,
        f"(00){SSCC}",
        "(00) 0 9521234 000000001 3",
        "0 9521234 000000001 3",
        f"https://id.gs1.org/00/{SSCC}",
        f"HTTPS://EXAMPLE.ORG/some/stem/00/{SSCC}?3302=012345",
        "urn:epc:id:sscc:9521234.0000000001",
        f"\x02]C100{SSCC}\x03",
        SSCC.translate({ord("0") + n: ord("۰") + n for n in range(10)}),
    ],
)
def test_one_label_however_it_arrives(text: str) -> None:
    result = identified(text)
    assert (result.kind, result.value) == (Kind.SSCC, SSCC)
    assert result.text == text


def test_everything_else_on_a_label_is_carried_along() -> None:
    pairs = [("02", "19521234000126"), ("17", "271130"), ("37", "48"), ("10", "LOT-7A"), ("00", SSCC)]
    result = identified("]C1" + element_string(pairs))
    assert result.kind is Kind.SSCC
    assert (result.gtin, result.count, result.batch) == ("19521234000126", 48, "LOT-7A")
    assert result.expiry == date(2027, 11, 30)
    weighed = identified(f"]C100{SSCC}3302012345")
    assert weighed.gross_kg == Decimal("123.45")
    assert identified("]C101195212340001263103000750").net_kg == Decimal("0.750")


@pytest.mark.parametrize("substitute", ["<GS>", "{GS}", "\u241d", "^]", "~"])
def test_a_profile_may_name_what_stands_for_the_separator(substitute: str) -> None:
    text = f"]C102195212340001263748{substitute}00{SSCC}"
    result = resolve(text, today=TODAY, separators=("~",))
    assert isinstance(result, Identifier)
    assert (result.value, result.count) == (SSCC, 48)


def test_a_swallowed_separator_is_proposed_never_taken() -> None:
    result = refused("]C10219521234000126374800395212341234567892")
    assert result.reason is Reason.SEPARATOR_LOST
    assert result.proposal == "395212341234567892"


def test_a_bad_element_beside_a_good_key_is_a_warning() -> None:
    result = identified(f"]C100{SSCC}17271345")
    assert result.value == SSCC
    assert result.expiry is None
    assert {note.check for note in result.notes} == {"ID-09"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        (" \r\n", Reason.EMPTY),
        ("]C1", Reason.EMPTY),
        ("x" * 5000, Reason.TOO_LONG),
        ("]C100095212340000000014", Reason.CHECK_DIGIT),
        ("095212340000000014", Reason.CHECK_DIGIT),
        ("]C10009521234000000001", Reason.WRONG_LENGTH),
        ("98ABC\x1d05123", Reason.UNKNOWN_AI),
        ("]C110LOT", Reason.NO_KEY),
        ("9.5212E+16", Reason.NUMBER_ROUNDED),
        ("https://example.org/help", Reason.NOT_A_LINK),
        ("https://[::1", Reason.NOT_A_LINK),
        ("KRV:SHELF:1", Reason.UNKNOWN_HOUSE_LABEL),
        ("KRV:BAY:", Reason.BAD_CHARACTER),
        ("hello world", Reason.UNKNOWN_FORM),
        ("CSQU3054384", Reason.CHECK_DIGIT),
        ("250-12345678", Reason.CHECK_DIGIT),
        ("52881045", Reason.CHECK_DIGIT),
    ],
)
def test_a_refusal_names_its_reason(text: str, reason: Reason) -> None:
    assert refused(text).reason is reason


def test_what_a_spreadsheet_does_to_an_sscc_is_named() -> None:
    lost = read_as(Kind.SSCC, SSCC[1:])
    assert isinstance(lost, Unreadable)
    assert (lost.reason, lost.proposal) == (Reason.LEADING_ZERO_LOST, SSCC)
    rounded = read_as(Kind.SSCC, "95212340000000000.0")
    assert isinstance(rounded, Unreadable)
    assert (rounded.reason, rounded.proposal) == (Reason.NUMBER_ROUNDED, None)


def test_a_letter_o_is_proposed_as_zero_and_not_taken() -> None:
    result = read_as(Kind.SSCC, "O95212340000000013")
    assert isinstance(result, Unreadable)
    assert (result.reason, result.proposal) == (Reason.BAD_CHARACTER, SSCC)


@pytest.mark.parametrize("layout", [RUSSIAN, UZBEK], ids=["russian", "uzbek"])
@pytest.mark.parametrize(
    ("meant", "kind", "value"),
    [
        (f"]C100{SSCC}", Kind.SSCC, SSCC),
        ("]d201195212340001261727113010LOT-7A", Kind.GTIN, "19521234000126"),
        ("CSQU3054383", Kind.CONTAINER, "CSQU3054383"),
        ("KRV:BAY:B-07", Kind.HOUSE, "KRV:BAY:B-07"),
        (f"https://id.gs1.org/00/{SSCC}?37=48", Kind.SSCC, SSCC),
        ("UZB/053/12345", Kind.TIR_HOLDER, "UZB/053/12345"),
    ],
)
def test_a_wedge_under_a_cyrillic_layout_is_understood(
    layout: dict[int, str], meant: str, kind: Kind, value: str
) -> None:
    typed = meant.translate(layout)
    assert unscramble_layout(typed) == meant
    result = identified(typed)
    assert (result.kind, result.value) == (kind, value)
    assert result.notes[0].code is NoteCode.LAYOUT
    assert result.text == typed


def test_caps_lock_on_top_of_the_layout_is_understood() -> None:
    meant = "]d201195212340001261727113010LOT-7a"
    assert unscramble_layout(meant.translate(RUSSIAN).swapcase()) == meant


def test_lookalikes_and_layout_are_told_apart_by_what_is_valid() -> None:
    folded = identified("СSQU3054383")
    assert folded.lookalikes
    assert all(note.code is not NoteCode.LAYOUT for note in folded.notes)
    plate = identified("75 812 СВА")
    assert (plate.kind, plate.value) == (Kind.PLATE, "75812CBA")
    assert plate.lookalikes


@given(st.text(st.sampled_from([chr(c) for c in range(0x20, 0x7F)]), max_size=40))
def test_no_latin_text_is_taken_for_a_scrambled_one(text: str) -> None:
    assert unscramble_layout(text) is None


def test_house_labels_round_trip() -> None:
    for kind in HouseKind:
        label = house_label(kind, "b-07")
        result = identified(label)
        assert result.kind is Kind.HOUSE
        assert dict(result.detail) == {"type": kind.value, "code": "B-07"}
    with pytest.raises(ValueError, match="house label"):
        house_label(HouseKind.BAY, "Б-07")


@given(DIGITS)
def test_gs1_check_digits_agree_with_an_independent_implementation(body: str) -> None:
    assert checkdigits.gs1(body) == str(biip.checksums.gs1_standard_check_digit(body))
    assert isinstance(read_as(Kind.SSCC, with_check_digit(body)), Identifier)


@given(DIGITS, st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_of_an_sscc_is_caught(body: str, place: int, shift: int) -> None:
    good = with_check_digit(body)
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    assert isinstance(read_as(Kind.SSCC, wrong), Unreadable)


@given(st.text("0123456789", min_size=7, max_size=7))
def test_luhn_and_container_digits_agree_with_independent_implementations(serial: str) -> None:
    assert checkdigits.luhn(serial) == stdnum.luhn.calc_check_digit(serial)
    body = "QZQU" + serial[:6]
    assert str(checkdigits.iso6346_remainder(body) % 10) == stdnum.iso6346.calc_check_digit(body)


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [
                ("02", "19521234000126"),
                ("37", "48"),
                ("10", "A-1/b"),
                ("21", "S/N7"),
                ("17", "271130"),
                ("3302", "012345"),
                ("421", "0041701"),
            ]
        ),
        unique=True,
        max_size=7,
    )
)
def test_elements_agree_with_an_independent_parser(pairs: list[tuple[str, str]]) -> None:
    string = element_string([("00", SSCC), *pairs])
    ours = identified("]C1" + string)
    theirs = GS1Message.parse(string)
    assert list(ours.ais.items()) == [(e.ai.ai, e.value) for e in theirs.element_strings]


@given(st.text(max_size=60), st.sampled_from([None, "]C1", "]d2", "EAN13", "nonsense"]))
def test_no_text_whatever_raises(text: str, symbology: str | None) -> None:
    result = resolve(text, symbology, today=TODAY)
    assert isinstance(result, Identifier | Unreadable)
    if isinstance(result, Identifier):
        assert result.value


@given(st.text("0123456789()]C1d2ABCabc/:.\x1d<>GS", max_size=60))
def test_no_code_like_text_raises(text: str) -> None:
    for kind in (Kind.SSCC, Kind.CONTAINER, Kind.AWB, Kind.GDTI, Kind.GINC, Kind.PASSPORT, Kind.PLATE):
        read_as(kind, text)
    resolve(text, "]C1", today=TODAY)


def test_a_digital_link_carries_lot_serial_and_weight() -> None:
    result = identified(
        "https://shop.example/p/01/9521234000129/10/LOT%2F7/21/S1?17=271130&3103=000750&lang=uz"
    )
    assert (result.kind, result.value) == (Kind.GTIN, "09521234000129")
    assert (result.batch, result.serial, result.expiry) == ("LOT/7", "S1", date(2027, 11, 30))
    assert result.net_kg == Decimal("0.750")


def test_kinds_that_share_a_form_are_listed() -> None:
    ean = identified("9521234001003", "EAN13")
    assert ean.kind is Kind.GTIN
    assert (Kind.GLN, "9521234001003") in ean.alternatives
    shipment = identified("95212340000000426")
    assert shipment.alternatives == ((Kind.SSCC, "095212340000000426"),)
    assert identified("96385074", "]E4").kind is Kind.GTIN


def test_plates_are_compared_after_normalising_and_doubt_is_asked() -> None:
    assert compare_plates("75 812 СВА", "75812CBA").equal
    assert compare_plates("75 812 СВА", "75812CBA").lookalikes
    assert compare_plates("75 a 301 bc", "75A301BC").equal
    assert compare_plates("BLH12345L", "12345LBLH").equal
    doubtful = compare_plates("75 4410 AB", "754419AB", 0.85)
    assert (doubtful.equal, doubtful.ask) == (False, True)
    sure = compare_plates("75 4410 AB", "754419AB", 0.97)
    assert (sure.equal, sure.ask) == (False, False)


def test_the_nearest_seen_number_is_proposed_when_it_is_the_only_one() -> None:
    assert propose("52881045", ["28461010", "52881042"]) == "52881042"
    assert propose("095212340005002047", ["095212340005002043", "095212340005002050"]) == "095212340005002043"
    assert propose("52881045", ["52881042", "52881043"]) is None


def test_seals_compare_by_letters_and_digits() -> None:
    assert same_seal("H-UZ 550-0192", "huz5500192")
    assert same_seal("TRS 330417", "TRS330417")
    assert not same_seal("4471206", "4471260")


@pytest.mark.parametrize(
    ("text", "digits", "restored", "unsure"),
    [
        ("6301.40", "630140", False, False),
        ("3004 90 000 0", "3004900000", False, False),
        ("40221", "040221", True, False),
        ("402210000", "0402210000", True, False),
        ("402", "0402", True, True),
        ("40221.0", "040221", True, False),
        ("8516.79", "851679", False, False),
        ("9503.00", "950300", False, False),
        ("2841", "2841", False, False),
        ("63О140", "630140", False, False),
    ],
)
def test_tariff_codes_become_digits(text: str, digits: str, restored: bool, unsure: bool) -> None:
    code = tariff_code(text)
    assert code is not None
    assert (code.digits, code.zero_restored, code.unsure) == (digits, restored, unsure)


@pytest.mark.parametrize("text", ["", "n/a", "12345678901", "soap"])
def test_no_tariff_code_is_seen_where_there_is_none(text: str) -> None:
    assert tariff_code(text) is None


def test_a_passport_gives_names_and_dates() -> None:
    zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
    passport = read_passport(zone, TODAY)
    assert not isinstance(passport, Unreadable)
    assert (passport.surname, passport.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (passport.born, passport.valid_until) == (date(1974, 8, 12), date(2012, 4, 15))


@given(
    DIGITS,
    st.sampled_from(["", "00", "]C100", "]C1", "]d200", "]c100", "0"]),
    st.sampled_from([None, "]C1", "]C0", "]E0", "gs1-128", "ean13", "code128", "nonsense"]),
    st.booleans(),
)
def test_a_plain_sscc_is_found_at_once_as_the_whole_reading_finds_it(
    body: str, head: str, symbology: str | None, sound: bool
) -> None:
    digit = checkdigits.gs1(body) if sound else str((int(checkdigits.gs1(body)) + 1) % 10)
    at_once = resolve(head + body + digit, symbology, today=TODAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolving, "_sscc_alone", lambda *_: None)
        assert at_once == resolve(head + body + digit, symbology, today=TODAY)


def test_two_neighbours_swapped_are_one_slip_too() -> None:
    assert propose("52881024", ["52881042", "24105900"]) == "52881042"
    assert propose("52881024", ["52881204"]) == "52881204"  # two others swapped: as near
    assert propose("52881024", ["52881042", "52881204"]) is None  # which of them is meant, nobody can tell
    assert propose("52881024", ["25881024x"]) is None
    assert propose("52881024", ["52882014"]) is None  # no neighbours
