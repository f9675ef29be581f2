"""Tables of the documentation that are made from the code, so that they cannot say anything else than it.

Each stands in a page between ``<!-- table: NAME -->`` and ``<!-- end -->``. After a change of the code::

    .venv/bin/python -m tests.docs.tables

writes them anew; a test insists that the pages hold what this module makes.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from devices.protocols import CODECS, codec_class
from terminal.app import create_app
from terminal.papers.shelf import PAPERS
from terminal.running import open_service
from terminal.settings import build
from terminal.texts import REASONS
from terminal.web.wording import word
from workflows.checks.registry import CHECKS
from workflows.checks.tables import TITLES
from workflows.checks.texts import title
from workflows.findings import Finding
from workflows.holds import OWNERS
from workflows.holds_by_check import opens
from workflows.inspection_roles import DOES
from workflows.inspection_state import Method
from workflows.outcomes import Reason
from workflows.roles import RIGHTS, STEP_ROLES, Role
from workflows.seizure_state import READERS
from workflows.stages import Stage
from workflows.state import OPENS

HOUSE = Path(__file__).parents[2]
_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

#: page of each protocol family under docs/integrators/, in the order of the index
PAGES: Mapping[str, tuple[str, ...]] = {
    "yaohua-keli.md": ("yaohua_a9", "yaohua_cmd", "equals", "yaohua_a12e", "wg_ascii", "keli_bcd5"),
    "tenzo-massak.md": ("tenzo_m", "tenzo_643", "massak_100", "massak_1c"),
    "mettler-toledo.md": ("mt_sics", "mt_print", "toledo_continuous", "toledo_extended", "toledo_8217"),
    "cas.md": ("cas_22", "cas_pd2"),
    "text-indicators.md": (
        "and_standard",
        "dini_argeo",
        "ohaus",
        "kern_de",
        "sartorius_sbi",
        "condec",
        "rinstrum_m4222",
        "nci_ecr",
        "sma",
    ),
    "modbus.md": ("modbus_rtu", "laumas_ascii"),
    "generic.md": ("generic",),
    "scanners.md": ("scan_text", "ssi", "honeywell_menu", "honeywell_packet", "newland_cmd"),
    "network-readers.md": ("keyence_tcp", "cognex_dmcc", "sick_cola_a", "sick_cola_b"),
    "plate-cameras.md": ("hikvision_anpr", "dahua_anpr"),
    "gate-devices.md": ("mrz", "llrp", "rpm_vm250", "zpl_hs"),
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(head)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _words(code: str) -> str:
    return code.replace("_", " ").lower()


def _shown(kind: str, code: str) -> str:
    """The English word that the screens have for a code."""
    return str(word(kind, code))


def _roles(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(_shown("role", role.value) for role in roles))


def _said(text: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: f"‹{_words(found[1])}›", text)


def reasons() -> str:
    """Every reason of a refusal: what the screen says, and what to do."""
    rows = []
    for reason in Reason:
        text = REASONS[reason]
        says = " <br> ".join(_said(sentence) for sentence in (text.plain, *text.better))
        rows.append((f"`{reason.value}`", says, " ".join(text.next)))
    return _table(("code", "the screen says (with figures, where they are known)", "what to do"), rows)


def checks() -> str:
    """Every check with the hold that it opens."""
    rows = []
    for check in CHECKS:
        shape = opens(Finding(check.code, check.severity, "consignment", {}))
        hold = (
            f"{_shown('authority', shape.authority.value)}: {_shown('hold_reason', shape.reason.value)}"
            if shape
            else "none"
        )
        rows.append((check.code, check.severity.value, title(check.code), hold))
    return _table(("code", "severity", "what it finds", "hold it opens: whose, why"), rows)


def hold_owners() -> str:
    """Who may end a hold of which authority."""
    rows = ((_shown("authority", authority.value), _roles(roles)) for authority, roles in OWNERS.items())
    return _table(("hold of", "may be ended by"), rows)


def permissions() -> str:
    """The permissions and the steps that are refused without them."""
    by_order = list(Stage)
    rows = (
        (
            _shown("permission", kind.value),
            ", ".join(_shown("stage", step.value) for step in sorted(steps, key=by_order.index)),
        )
        for kind, steps in OPENS.items()
    )
    return _table(("permission", "without it these steps are refused"), rows)


def roles() -> str:
    """The roles with their steps and rights."""
    rows = []
    for role in Role:
        steps = [_shown("stage", step.value) for step in Stage if role in STEP_ROLES.get(step, ())]
        rights = [_words(right.value) for right, holders in RIGHTS.items() if role in holders]
        rows.append(
            (
                f"{_shown('role', role.value)} `{role.value}`",
                ", ".join(steps) or "none",
                ", ".join(rights) or "none",
            )
        )
    return _table(("role", "steps", "rights"), rows)


def _line(serial: Mapping[str, object]) -> str:
    if not serial:
        return "network"
    return f"{serial['baudrate']} {serial['bytesize']}{serial['parity']}{serial['stopbits']}"


def protocols() -> str:
    """Every protocol with the page that tells how to set the device up."""
    rows = []
    for page, names in PAGES.items():
        for name in names:
            info = codec_class(name).info
            unit = "on the wire" if info.carries_unit else "in `unit`"
            asked = "asked" if info.polled else "sends by itself"
            rows.append(
                (
                    f"[`{name}`](integrators/{page})",
                    info.devices,
                    _line(info.serial),
                    asked,
                    unit if info.kind == "scale" else "",
                )
            )
    return _table(("protocol", "devices", "line as delivered", "asked?", "unit"), rows)


def endpoints() -> str:
    """Every address of the API, with the first sentence of what it says about itself."""
    with tempfile.TemporaryDirectory() as folder:
        service = open_service(build({"data_dir": "."}, base=Path(folder)))
        try:
            paths = create_app(service).openapi()["paths"]
        finally:
            service.store.close()
    rows = []
    for path, methods in paths.items():
        if path.startswith("/api/v1/demo"):
            continue
        for method, said in methods.items():
            told = " ".join(said["description"].split()).replace("``", "`")
            rows.append((f"`{method.upper()} {path}`", told))
    return _table(("address", "what it does"), rows)


def inspections() -> str:
    """Every method of inspection with the roles that do it."""
    rows = ((_shown("inspection_method", method.value), _roles(DOES[method])) for method in Method)
    return _table(("inspection", "done by"), rows)


def handling() -> str:
    """The handling codes of seizures with their readers."""
    rows = ((_shown("handling", code.value), _roles(readers)) for code, readers in READERS.items())
    return _table(("handling code", "read and printed by, besides whoever recorded it"), rows)


def papers() -> str:
    """Every paper that can be printed, and what it is about."""
    about = {"consignment": "consignment or unit", "visit": "vehicle"}
    rows = ((paper.title, about.get(paper.about, paper.about)) for paper in PAPERS.values())
    return _table(("paper", "printed from the page of the"), rows)


def data() -> str:
    """Every table of reference data that an administrator may replace."""
    return _table(("what it is", "table"), [(title, f"`{name}`") for name, title in TITLES.items()])


TABLES: Mapping[str, Callable[[], str]] = {
    "data": data,
    "inspections": inspections,
    "handling": handling,
    "papers": papers,
    "reasons": reasons,
    "checks": checks,
    "hold_owners": hold_owners,
    "permissions": permissions,
    "roles": roles,
    "protocols": protocols,
    "endpoints": endpoints,
}


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [*sorted(HOUSE.glob("*.md")), *sorted((HOUSE / "docs").rglob("*.md"))]


def filled(text: str) -> str:
    """The page with its tables made anew. Raises ``KeyError`` for a table that nobody makes."""
    return _BLOCK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


def main() -> None:
    """Write every table into its page."""
    assert {name for names in PAGES.values() for name in names} <= set(CODECS)
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"{page.relative_to(HOUSE)}: tables written")


if __name__ == "__main__":
    main()
