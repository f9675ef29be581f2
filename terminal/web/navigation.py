"""What a person finds in the menu: only the screens that one of their roles can use."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from terminal.web.i18n import N_
from workflows.inspection_roles import DOES
from workflows.roles import RIGHTS, STEP_ROLES, Right, Role
from workflows.stages import Stage


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the menu, its label already in the reader's language."""

    key: str
    href: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries that belong together, under a heading."""

    label: str
    items: tuple[NavItem, ...]


def _step(*steps: Stage) -> frozenset[Role]:
    return frozenset().union(*(STEP_ROLES[step] for step in steps))


_INSPECT = RIGHTS[Right.READ_INSPECTIONS].union(*DOES.values())
_ENTRIES: tuple[tuple[str, tuple[tuple[str, str, str, str, frozenset[Role]], ...]], ...] = (
    (
        N_("Today"),
        (
            ("board", "/", N_("Board"), "layout-dashboard", RIGHTS[Right.READ_BOARD]),
            ("visits", "/visits", N_("Vehicles"), "truck", RIGHTS[Right.READ_BOARD]),
            ("workload", "/workload", N_("Workload"), "calendar", RIGHTS[Right.READ_BOARD]),
            ("trips", "/trips", N_("On the way"), "map-pin", RIGHTS[Right.READ_BOARD]),
            ("consignments", "/consignments", N_("Consignments"), "boxes", RIGHTS[Right.READ_CONSIGNMENTS]),
            (
                "holds",
                "/holds",
                N_("Holds"),
                "octagon-pause",
                RIGHTS[Right.PLACE_HOLD] | RIGHTS[Right.LIFT_HOLD] | {Role.SITUATION_CENTRE, Role.AUDITOR},
            ),
            ("shift", "/shift", N_("Shift hand-over"), "repeat", RIGHTS[Right.READ_BOARD]),
            (
                "reports",
                "/reports",
                N_("Reports"),
                "file-check",
                RIGHTS[Right.READ_BOARD] | RIGHTS[Right.READ_CONSIGNMENTS],
            ),
        ),
    ),
    (
        N_("Stations"),
        (
            ("gate", "/gate", N_("Gate"), "door-open", _step(Stage.GATE_IN, Stage.GATE_OUT)),
            ("weighbridge", "/weighbridge", N_("Weighbridge"), "scale", _step(Stage.WEIGH_IN)),
            (
                "rail",
                "/rail",
                N_("Trains"),
                "train-front",
                (_step(Stage.GATE_IN, Stage.WEIGH_IN) | RIGHTS[Right.ANNOUNCE]) & RIGHTS[Right.READ_BOARD],
            ),
            ("unit-scale", "/unit-scale", N_("Pallet scale"), "weight", RIGHTS[Right.WEIGH]),
            ("tally", "/tally", N_("Tally"), "clipboard-list", _step(Stage.TALLY, Stage.UNLOAD)),
            ("storage", "/storage", N_("Storage"), "warehouse", _step(Stage.STORAGE, Stage.PICK)),
            ("load", "/load", N_("Loading"), "arrow-up-from-line", _step(Stage.LOAD)),
            ("stock", "/stock", N_("Stock"), "map-pin", RIGHTS[Right.READ_STOCK]),
        ),
    ),
    (
        N_("Desk"),
        (
            ("inspections", "/inspections", N_("Inspections"), "eye", _INSPECT),
            (
                "seizures",
                "/seizures",
                N_("Seizures"),
                "package",
                RIGHTS[Right.READ_SEIZURES] | RIGHTS[Right.SEIZE],
            ),
            (
                "complaints",
                "/complaints",
                N_("Complaints"),
                "clipboard-list",
                RIGHTS[Right.READ_COMPLAINTS] | {Role.AGENCY_USER},
            ),
            ("messages", "/messages", N_("Messages"), "inbox", RIGHTS[Right.READ_MESSAGES]),
            ("lanes", "/lanes", N_("Lanes"), "shield-check", RIGHTS[Right.READ_RISK]),
            ("watch-list", "/watch-list", N_("Watch list"), "search", RIGHTS[Right.KEEP_WATCH_LIST]),
            ("portal", "/portal", N_("Announcements"), "inbox", RIGHTS[Right.ANNOUNCE]),
            (
                "trouble",
                "/trouble",
                N_("Without notice"),
                "circle-help",
                RIGHTS[Right.MATCH_ARRIVAL] | _step(Stage.GATE_IN),
            ),
            ("import", "/import", N_("Import papers"), "upload", RIGHTS[Right.ANNOUNCE]),
            ("priorities", "/priorities", N_("What goes ahead"), "flag", RIGHTS[Right.SET_PRIORITIES]),
            ("review", "/review", N_("Late scans"), "history", RIGHTS[Right.REVIEW_SCANS]),
            ("journal", "/journal", N_("Journal"), "list", RIGHTS[Right.READ_JOURNAL]),
        ),
    ),
    (
        N_("Running the terminal"),
        (
            ("devices", "/devices", N_("Devices"), "cpu", RIGHTS[Right.READ_DEVICES]),
            ("equipment", "/equipment", N_("Equipment"), "gauge", RIGHTS[Right.READ_EQUIPMENT]),
            ("people", "/people", N_("People"), "users", RIGHTS[Right.MANAGE_PEOPLE]),
            ("organisations", "/organisations", N_("Organisations"), "building", RIGHTS[Right.MANAGE_DATA]),
            ("data", "/data", N_("Reference data"), "file-text", RIGHTS[Right.MANAGE_DATA]),
        ),
    ),
)


def navigation(roles: Collection[str], path: str, translate: Callable[[str], str]) -> tuple[NavGroup, ...]:
    """The menu for these roles; the entry whose address the page's path begins with is current."""
    mine = frozenset(Role(role) for role in roles)
    groups = []
    for heading, entries in _ENTRIES:
        items = tuple(
            NavItem(
                key,
                href,
                translate(label),
                icon,
                path == href or (href != "/" and path.startswith(href + "/")),
            )
            for key, href, label, icon, who in entries
            if mine & who
        )
        if items:
            groups.append(NavGroup(translate(heading), items))
    return tuple(groups)
