"""The house rules: which room may import which. Walks the syntax trees and names the offending file and import."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("workflows", "devices", "simulators", "terminal")
STDLIB = set(sys.stdlib_module_names)
NO_CLOCK_NO_IO = {
    "asyncio",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "urllib",
    "http",
    "random",
    "serial",
}


def imports(path: Path) -> list[tuple[int, str]]:
    """Every module imported by a file, with its line; lazy imports inside functions count as well."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append((node.lineno, node.module))
    return found


def complaints(folder: str, allowed: object, exclude: tuple[str, ...] = ()) -> list[str]:
    """Imports of files under ``folder`` for which ``allowed(module)`` is false."""
    assert callable(allowed)
    wrong = []
    for path in sorted((HOUSE / folder).rglob("*.py")):
        name = path.relative_to(HOUSE).as_posix()
        if name.startswith(exclude) if exclude else False:
            continue
        wrong += [f"{name}:{line} imports {module}" for line, module in imports(path) if not allowed(module)]
    return wrong


def top(module: str) -> str:
    """The first part of a dotted name."""
    return module.partition(".")[0]


def test_workflows_are_pure() -> None:
    libraries = {"biip", "stdnum", "rapidfuzz", "workflows"}

    def allowed(module: str) -> bool:
        name = top(module)
        return (
            name in libraries or module == "urllib.parse" or (name in STDLIB and name not in NO_CLOCK_NO_IO)
        )

    assert complaints("workflows", allowed) == []


def test_workflows_never_ask_what_time_it_is() -> None:
    for path in sorted((HOUSE / "workflows").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
                called = ast.unparse(node)
                assert not called.startswith(("datetime", "date.")), (
                    f"{path.name}:{node.lineno} reads the clock: {called}"
                )


def test_codecs_are_pure_standard_library() -> None:
    def allowed(module: str) -> bool:
        name = top(module)
        return module.startswith("devices.protocols") or (name in STDLIB and name not in NO_CLOCK_NO_IO)

    assert complaints("devices/protocols", allowed) == []


def test_devices_know_nothing_of_consignments() -> None:
    assert (
        complaints("devices", lambda module: top(module) not in ("terminal", "workflows", "simulators")) == []
    )


def test_links_know_nothing_of_what_travels_on_them() -> None:
    def allowed(module: str) -> bool:
        return top(module) != "devices" or module.startswith(("devices.links", "devices.errors"))

    assert complaints("devices/links", allowed) == []


def test_simulators_use_the_codecs_and_nothing_else_of_ours() -> None:
    def allowed(module: str) -> bool:
        return top(module) not in ROOMS or module.startswith(("devices.protocols", "simulators"))

    assert complaints("simulators", allowed) == []


def test_the_service_never_imports_the_simulators() -> None:
    assert complaints("terminal", lambda module: top(module) != "simulators") == []


def test_rows_stay_behind_one_door() -> None:
    """SQL libraries are imported by the store alone."""
    libraries = ("sqlalchemy", "sqlmodel", "sqlite3", "psycopg", "alembic")
    exclude = ("terminal/store/", "terminal/bench/")
    assert complaints("terminal", lambda module: top(module) not in libraries, exclude) == []


def test_a_page_never_decides() -> None:
    """Screens and endpoints ask the use cases; they do not call the rules themselves."""
    rules = (
        "workflows.decide",
        "workflows.steps",
        "workflows.release",
        "workflows.evolve",
        "workflows.holds",
    )
    for folder in ("terminal/web", "terminal/api"):
        assert complaints(folder, lambda module: not module.startswith(rules)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_thing_says_what_it_is(room: str) -> None:
    """Modules, classes and functions without a leading underscore carry a docstring."""
    bare = []
    for path in sorted((HOUSE / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(HOUSE).as_posix()
        if ast.get_docstring(tree) is None and tree.body:
            bare.append(name)
        for node in tree.body:
            if (
                isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                bare.append(f"{name}:{node.lineno} {node.name}")
    assert bare == []


def test_no_file_is_too_long_to_live_in() -> None:
    long = {}
    for room in ROOMS:
        for path in (HOUSE / room).rglob("*.py"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > 450:
                long[path.relative_to(HOUSE).as_posix()] = lines
    assert long == {}
