"""Six languages: catalogues, plural rules, numbers and times as people at the terminal write them.

Catalogues are plain ``.po`` files, read at start; English is the language of the message ids. Times are shown in
Asia/Tashkent (UTC+5, no daylight saving), and to receivers across the bridge in Asia/Kabul (UTC+4:30), which is named
beside each. Weights are Decimal kilograms and are never turned into floats.
"""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from workflows.uzbek_cyrillic import from_latin

LOCALE_DIR = Path(__file__).resolve().parent / "locale"
DOMAIN = "karvon"
ZONE = ZoneInfo("Asia/Tashkent")
#: where receivers are; the name is written beside each time, because the terminal's clock is half an hour ahead
KABUL = ZoneInfo("Asia/Kabul")
NBSP = "\N{NO-BREAK SPACE}"


def N_(msgid: str) -> str:  # noqa: N802 - the name that message extractors know
    """Mark a sentence for the catalogues without translating it here."""
    return msgid


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the screens: its code in URLs and cookies, its own name, its direction, its locale."""

    code: str
    name: str
    dir: str
    locale: Locale
    html: str  # the lang attribute
    spelled_from: str | None = None  # the language whose catalogue it is, in other letters


LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        Language("uz", "Oʻzbekcha", "ltr", Locale("uz", script="Latn", territory="UZ"), "uz-Latn"),
        Language(
            "uz-Cyrl",
            "Ўзбекча",
            "ltr",
            Locale("uz", script="Cyrl", territory="UZ"),
            "uz-Cyrl",
            spelled_from="uz",
        ),
        Language("ru", "Русский", "ltr", Locale("ru", "RU"), "ru"),
        Language("en", "English", "ltr", Locale("en", "GB"), "en"),
        Language("fa", "دری", "rtl", Locale("fa", "AF"), "fa-AF"),
        Language("ps", "پښتو", "rtl", Locale("ps", "AF"), "ps-AF"),
    )
}
DEFAULT = "en"
#: the languages that have a catalogue of their own on disk
TRANSLATED = tuple(
    code for code, language in LANGUAGES.items() if code != DEFAULT and not language.spelled_from
)
#: figures of more digits are written as they came
MOST_DIGITS = 20


def choose(
    *,
    cookie: str | None = None,
    user: str | None = None,
    accept: str | None = None,
    terminal: str = DEFAULT,
) -> str:
    """The language of an answer: the cookie wins, then the person's own setting, then Accept-Language, then the
    terminal's."""
    for wish in (cookie, user):
        if wish is not None and wish in LANGUAGES:
            return wish
    wishes: list[tuple[float, str]] = []
    for part in (accept or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        code = {"prs": "fa", "pbu": "ps", "pst": "ps"}.get(base := tag.split("-")[0].lower(), base)
        if code == "uz" and "cyrl" in tag.lower():
            code = "uz-Cyrl"
        if code in LANGUAGES and weight.replace(".", "", 1).isdigit():
            wishes.append((-float(weight), code))
    return min(wishes, key=lambda wish: wish[0])[1] if wishes else terminal


@dataclass(frozen=True, slots=True)
class Words:
    """One catalogue, ready to ask. A message that it lacks comes back in English."""

    language: Language
    single: Mapping[str, str] = field(default_factory=dict)
    plural: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    form_of: Callable[[int], int] = lambda n: 0 if n == 1 else 1
    zone: ZoneInfo = ZONE

    def in_kabul(self) -> Words:
        """The same words with the times of Kabul, for receivers: ``25.11.2026 01:00 (Kabul)``."""
        return replace(self, zone=KABUL)

    def gettext(self, msgid: str) -> str:
        """The sentence in this language."""
        return self.single.get(msgid, msgid)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The sentence that fits the number ``n``."""
        if forms := self.plural.get(one):
            return forms[self.form_of(n)]
        return one if n == 1 else many

    __call__ = gettext

    # numbers -------------------------------------------------------------------------------------------------

    def _decimal(self, value: Decimal | int, pattern: str) -> str:
        system = "arabext" if self.language.dir == "rtl" else "latn"
        with localcontext() as context:  # rounding must not fail on figures with more digits than usual
            context.prec = max(context.prec, len(str(value)) + 9)
            text = format_decimal(value, format=pattern, locale=self.language.locale, numbering_system=system)
        if self.language.dir == "rtl" and text.startswith("-"):  # or the sign would stand behind the figure
            text = "\N{LEFT-TO-RIGHT MARK}\N{MINUS SIGN}" + text[1:]
        return self._digits(text.replace("\N{NARROW NO-BREAK SPACE}", NBSP))

    def number(self, value: Decimal | int | None) -> str:
        """A count or quantity with the language's grouping; a dash when it is not known."""
        if value is None:
            return "–"
        if (
            Decimal(value).adjusted() > MOST_DIGITS
        ):  # no figure of ours; shown as it came rather than not at all
            return str(value)
        decimals = 0 if isinstance(value, int) else max(0, -int(value.as_tuple().exponent))
        return self._decimal(value, "#,##0" + ("." + "0" * decimals if decimals else ""))

    def kg(self, value: Decimal | None) -> str:
        """A weight in kilograms, with the decimals it was measured with."""
        if value is None:
            return "–"
        if value.adjusted() > MOST_DIGITS:
            return f"{value}{NBSP}{self.gettext('kg')}"
        plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
        return f"{self.number(plain)}{NBSP}{self.gettext('kg')}"

    def tonnes(self, value: Decimal | None) -> str:
        """A weight given in kilograms, shown in tonnes with three decimals."""
        if value is None:
            return "–"
        return f"{self._decimal(value / 1000, '#,##0.000')}{NBSP}{self.gettext('t')}"

    # times ---------------------------------------------------------------------------------------------------

    def _digits(self, text: str) -> str:
        if self.language.dir != "rtl":
            return text
        return text.translate(_PERSIAN_DIGITS)

    def _named(self, text: str) -> str:
        text = self._digits(text)
        return f"{text}{NBSP}({self.gettext(ACROSS)})" if self.zone is KABUL else text

    def date(self, value: date | datetime | None) -> str:
        """DD.MM.YYYY, in the time of the zone (the terminal's)."""
        if value is None:
            return "–"
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date() if value.tzinfo else value.date()
        return self._digits(format_date(value, "dd.MM.yyyy", locale="en"))

    def time(self, value: datetime | None) -> str:
        """HH:MM on the 24-hour clock, in the time of the zone (the terminal's)."""
        if value is None:
            return "–"
        return self._named(format_time(value.astimezone(self.zone), "HH:mm", locale="en"))

    def datetime(self, value: datetime | None) -> str:
        """DD.MM.YYYY HH:MM in the time of the zone (the terminal's)."""
        if value is None:
            return "–"
        return self._named(format_datetime(value.astimezone(self.zone), "dd.MM.yyyy HH:mm", locale="en"))

    def duration(self, value: timedelta | int | None) -> str:
        """How long something took or waits, coarse: minutes, hours and minutes, or days and hours. An int is minutes."""
        if value is None:
            return "–"
        minutes = value if isinstance(value, int) else max(0, int(value.total_seconds() // 60))
        days, rest = divmod(minutes, 24 * 60)
        hours, minutes = divmod(rest, 60)
        parts = {"d": days, "h": hours, "min": minutes}
        if days:
            shown = {"d": days, "h": hours}
        elif hours:
            shown = {"h": hours, "min": minutes}
        else:
            shown = {"min": minutes}
        words = {"d": self.gettext("d"), "h": self.gettext("h"), "min": self.gettext("min")}
        kept = [name for name in shown if parts[name]] or ["min"]
        return " ".join(f"{self._digits(str(parts[name]))}{NBSP}{words[name]}" for name in kept)


_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
#: Units that durations and weights are printed with; marked here because they are asked for by variable.
UNIT_WORDS = (N_("kg"), N_("t"), N_("d"), N_("h"), N_("min"))
#: What stands beside a time of the other bank.
ACROSS = N_("Kabul")


def catalogue_path(code: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALE_DIR / code / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache(maxsize=8)
def words(code: str) -> Words:
    """The catalogue of a language, read once. An unknown code gives English; a damaged file raises at start."""
    language = LANGUAGES.get(code, LANGUAGES[DEFAULT])
    if language.code == DEFAULT:
        return Words(language)
    if language.spelled_from is not None:
        origin = words(language.spelled_from)
        return Words(
            language,
            {msgid: from_latin(text) for msgid, text in origin.single.items()},
            {msgid: tuple(map(from_latin, forms)) for msgid, forms in origin.plural.items()},
            origin.form_of,
        )
    with catalogue_path(language.code).open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, (list, tuple)):
            forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
            if all(forms):
                plural[message.id[0]] = tuple(str(form) for form in forms)
                single.setdefault(message.id[0], str(forms[0]))
        elif message.string:
            single[message.id] = str(message.string)
    return Words(language, single, plural, gettext_module.c2py(catalogue.plural_expr))


def all_words() -> Iterable[Words]:
    """Every language, for start-up checks and tests."""
    return [words(code) for code in LANGUAGES]
