"""Numbers, dates, plural forms and the choice of a language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.web.i18n import LANGUAGES, choose, words

EN, RU, UZ, FA, PS = (words(code) for code in ("en", "ru", "uz", "fa", "ps"))


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (EN.number(1234567), "1,234,567"),
        (RU.number(1234567), "1\u00a0234\u00a0567"),
        (UZ.number(Decimal("1234.50")), "1\u00a0234,50"),
        (FA.number(1234), "۱٬۲۳۴"),
        (PS.number(Decimal("-1234.5")), "\u200e\u2212۱٬۲۳۴٫۵"),
        (PS.kg(Decimal("38140.000")), "۳۸٬۱۴۰\u00a0کیلو"),
        (RU.kg(Decimal("21840.500")), "21\u00a0840,5\u00a0кг"),
        (EN.kg(Decimal("38140.000")), "38,140\u00a0kg"),
        (EN.kg(Decimal("1E+3")), "1,000\u00a0kg"),
        (EN.kg(None), "–"),
        (RU.tonnes(Decimal("21840.5")), "21,840\u00a0т"),
    ],
)
def test_numbers_are_written_as_people_here_write_them(said: str, number: str) -> None:
    assert said == number


@given(st.decimals(min_value=-(10**7), max_value=10**7, places=3))
def test_no_weight_loses_a_digit(value: Decimal) -> None:
    text = RU.kg(value).removesuffix("\u00a0кг").replace("\u00a0", "").replace(",", ".").replace("−", "-")
    assert Decimal(text) == value


def test_times_are_of_the_terminal_not_of_the_server() -> None:
    moment = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    assert RU.datetime(moment) == "25.11.2026 01:30"
    assert FA.time(moment) == PS.time(moment) == "۰۱:۳۰"
    assert EN.date(date(2026, 3, 1)) == "01.03.2026"
    assert EN.date(moment) == "25.11.2026"


def test_receivers_read_the_time_of_kabul_and_are_told_so() -> None:
    moment = datetime(2026, 11, 24, 19, 15, tzinfo=UTC)
    assert EN.in_kabul().datetime(moment) == "24.11.2026 23:45\u00a0(Kabul)"
    assert EN.datetime(moment) == "25.11.2026 00:15"
    assert PS.in_kabul().time(moment) == "۲۳:۴۵\u00a0(کابل)"
    assert EN.in_kabul().date(moment) == "24.11.2026"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (95, "1 h 35 min"), (1510, "1 d 1 h"), (2880, "2 d")],
)
def test_durations_are_coarse(minutes: int, text: str) -> None:
    assert EN.duration(minutes).replace("\u00a0", " ") == text
    assert EN.duration(timedelta(minutes=minutes)).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1, "задержание"),
        (2, "задержания"),
        (5, "задержаний"),
        (11, "задержаний"),
        (21, "задержание"),
        (22, "задержания"),
        (112, "задержаний"),
    ],
)
def test_russian_plural_forms(n: int, text: str) -> None:
    assert RU.ngettext("%(num)s hold", "%(num)s holds", n) == f"%(num)s {text}"


def test_uzbek_and_dari_have_one_form() -> None:
    for language in (UZ, FA):
        said = {language.ngettext("%(num)s hold", "%(num)s holds", n) for n in (0, 1, 2, 5, 21)}
        assert len(said) == 1


@pytest.mark.parametrize(("n", "text"), [(1, "بندیز"), (0, "بندیزونه"), (2, "بندیزونه"), (21, "بندیزونه")])
def test_pashto_tells_one_from_many(n: int, text: str) -> None:
    assert PS.ngettext("%(num)s hold", "%(num)s holds", n) == f"%(num)s {text}"


@pytest.mark.parametrize(
    ("cookie", "user", "accept", "language"),
    [
        (None, None, None, "en"),
        ("fa", "ru", "uz", "fa"),
        ("xx", "ru", "uz", "ru"),
        (None, None, "uz-Cyrl-UZ, ru;q=0.5", "uz-Cyrl"),
        (None, None, "uz-Latn;q=0.5, ru-RU;q=0.9, en;q=0.1", "ru"),
        (None, None, "prs", "fa"),
        (None, None, "ps-AF, fa;q=0.8", "ps"),
        (None, None, "pbu", "ps"),
        (None, None, "de-DE, fr;q=0.8", "en"),
        (None, None, "ru;q=oops, uz", "uz"),
        (None, None, ";;;,q=1", "en"),
    ],
)
def test_which_language_is_spoken(
    cookie: str | None, user: str | None, accept: str | None, language: str
) -> None:
    assert choose(cookie=cookie, user=user, accept=accept) == language


@given(st.text(max_size=80))
def test_no_header_breaks_the_choice(accept: str) -> None:
    assert choose(accept=accept) in LANGUAGES


def test_an_unknown_language_speaks_english() -> None:
    assert words("xx").gettext("Gate") == "Gate"
