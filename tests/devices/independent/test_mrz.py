"""The machine readable zone by other hands: the ``mrz`` package checks our lines, and we read the ones it writes."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td3 import TD3CodeChecker
from mrz.generator.td3 import TD3CodeGenerator

from devices.protocols import codec
from devices.protocols.mrz import zone_lines
from devices.protocols.results import Message

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
names = st.text(LETTERS, min_size=1, max_size=13)
numbers = st.text(LETTERS + "0123456789", min_size=6, max_size=9)
#: the package doubts people who are not born yet and papers that ran out long ago: let it have its way
births = st.dates(date(1950, 1, 1), date(1999, 12, 31)).map(lambda day: f"{day:%y%m%d}")
expiries = st.dates(date(2030, 1, 1), date(2034, 12, 31)).map(lambda day: f"{day:%y%m%d}")
people = st.fixed_dictionaries(
    {
        "doc_type": st.just("P"),
        "issuer": st.sampled_from(["UZB", "AFG", "TJK", "KAZ", "UTO"]),
        "surname": names,
        "given": names,
        "number": numbers,
        "nationality": st.sampled_from(["UZB", "AFG", "TJK", "KAZ", "UTO"]),
        "birth": births,
        "sex": st.sampled_from("MF"),
        "expiry": expiries,
    }
)


@settings(deadline=None)
@given(people)
def test_the_check_digits_we_write_are_right(person: dict[str, Any]) -> None:
    lines = zone_lines({"format": "TD3", **person})
    theirs = TD3CodeChecker("\n".join(lines))
    assert bool(theirs), theirs.report.falses
    fields = theirs.fields()
    assert (fields.surname, fields.name) == (person["surname"], person["given"])
    assert (fields.document_number, fields.country) == (person["number"], person["issuer"])


@settings(deadline=None)
@given(people)
def test_identity_cards_too(person: dict[str, Any]) -> None:
    lines = zone_lines({"format": "TD1", **person, "doc_type": "I"})
    assert bool(TD1CodeChecker("\n".join(lines)))


@settings(deadline=None)
@given(people, st.text(LETTERS + "0123456789", max_size=14))
def test_we_read_the_lines_that_others_write(person: dict[str, Any], optional: str) -> None:
    written = str(
        TD3CodeGenerator(
            "P",
            person["issuer"],
            person["surname"],
            person["given"],
            person["number"],
            person["nationality"],
            person["birth"],
            person["sex"],
            person["expiry"],
            optional,
        )
    )
    (found,) = codec("mrz").feed(written.replace("\n", "\r").encode() + b"\r")
    assert isinstance(found, Message), found
    assert {key: found.fields[key] for key in person} == person
