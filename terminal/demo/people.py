"""The people of the demo: one for each kind of work. Their password is printed at the start and on the sign-in page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal import access
from terminal.store import Books
from workflows.roles import Role

#: accounts of the demo only; a production terminal has none
PASSWORD = "caravan-demo"  # noqa: S105 -- printed for everybody to see


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A demo account."""

    login: str
    name: str
    language: str
    roles: frozenset[Role]
    organisation: str | None = None


R = Role
PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson("gulnora", "Gulnora Gʻaniyeva", "uz", frozenset({R.GATE_OPERATOR})),
    DemoPerson("wali", "Wali Karimov", "uz", frozenset({R.WEIGHBRIDGE_OPERATOR})),
    DemoPerson("zafar", "Zafar Umarov", "ru", frozenset({R.WEIGHBRIDGE_OPERATOR, R.GATE_OPERATOR})),
    DemoPerson("timur", "Timur Saidov", "ru", frozenset({R.TALLY_CLERK})),
    DemoPerson("kamola", "Kamola Tosheva", "uz", frozenset({R.WAREHOUSE_KEEPER})),
    DemoPerson("dilnoza", "Dilnoza Rahimova", "ru", frozenset({R.DOCUMENT_OFFICER})),
    DemoPerson("chori", "Chori Mirzayev", "ru", frozenset({R.CUSTOMS_INSPECTOR})),
    DemoPerson("charos", "Charos Ergasheva", "uz", frozenset({R.CUSTOMS_INSPECTOR, R.RISK_OFFICER})),
    DemoPerson("rustam", "Rustam Qodirov", "ru", frozenset({R.RELEASE_OFFICER})),
    DemoPerson("robiya", "Robiya Nazarova", "uz", frozenset({R.RELEASE_OFFICER})),
    DemoPerson("sardor", "Sardor Aliyev", "ru", frozenset({R.SANCTIONS_OFFICER})),
    DemoPerson("shahlo", "Shahlo Yusupova", "uz", frozenset({R.SANCTIONS_OFFICER})),
    DemoPerson("bahrom", "Bahrom Toʻrayev", "uz", frozenset({R.BORDER_OFFICER})),
    DemoPerson("lola", "Lola Hamidova", "ru", frozenset({R.PHYTO_VET_SANITARY})),
    DemoPerson("situation", "Situation centre", "en", frozenset({R.SITUATION_CENTRE})),
    DemoPerson("auditor", "Auditor", "en", frozenset({R.AUDITOR})),
    DemoPerson("admin", "Administrator", "en", frozenset({R.ADMINISTRATOR})),
    DemoPerson("agency-a", "Agency A", "en", frozenset({R.AGENCY_USER}), "Agency A"),
    DemoPerson("agency-b", "Agency B", "en", frozenset({R.AGENCY_USER}), "Agency B"),
)


def add_people(books: Books, hashed: str, at: datetime) -> int:
    """Add the demo accounts that are not there yet; returns how many were added. ``hashed`` is the password's hash."""
    added = 0
    for one in PEOPLE:
        if books.people.by_login(one.login) is not None:
            continue
        access.new_person(
            books,
            one.login,
            one.name,
            one.roles,
            "demo",
            at,
            organisation=one.organisation,
            language=one.language,
            hashed=hashed,
        )
        added += 1
    return added
