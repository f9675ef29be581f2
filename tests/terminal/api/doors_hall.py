"""The endpoints of units, tallies, places, losses and counts, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Mapping

from tests.terminal.api.door import Door
from tests.terminal.api.who import AGENCY, DESK, HANDLES, SEES_BOARD, SEES_CARGO, asked
from workflows.roles import Role

LABEL = "doors-label"
DOORS: Mapping[str, Door] = {
    "GET /units/{label}": Door(SEES_CARGO | AGENCY),
    "GET /units/{label}/label": Door(SEES_BOARD),
    "POST /units/{label}/damage": Door(
        HANDLES | {Role.CUSTOMS_INSPECTOR}, "refused", asked(condition="WET", note="rain"), device="refused"
    ),
    "POST /units/{label}/split": Door(HANDLES, "refused", asked(gross_kg=["1"]), device="refused"),
    "POST /units/{label}/apart": Door(HANDLES, "refused", asked(), device="refused"),
    "POST /units/together": Door(HANDLES, "refused", asked(units=[LABEL]), device="refused"),
    "GET /tallies/{ref}": Door(SEES_CARGO | AGENCY),
    "POST /tallies/{ref}/close": Door(
        frozenset({Role.TALLY_CLERK}), "refused", asked(note="counted"), device="refused"
    ),
    "POST /tallies/{ref}/units": Door(frozenset({Role.TALLY_CLERK}), "refused", asked(), device="refused"),
    "GET /picks/{ref}": Door(SEES_CARGO | AGENCY),
    "GET /places": Door(SEES_BOARD),
    "GET /losses": Door(SEES_BOARD),
    "GET /losses.csv": Door(SEES_BOARD),
    "GET /counts": Door(SEES_BOARD),
    "GET /counts/{count_id}": Door(frozenset(), hidden=SEES_BOARD),  # there is none
    "POST /counts": Door(HANDLES, "refused", asked(zone="A"), device="refused"),
    "POST /counts/{count_id}/scans": Door(
        HANDLES, "refused", asked(code=LABEL, place="A-01"), device="refused"
    ),
    "POST /counts/{count_id}/close": Door(HANDLES, "refused", asked(), device="refused"),
    "POST /counts/{count_id}/settle": Door(
        DESK, "refused", asked(label=LABEL, settlement="LEFT", note="seen"), device="refused"
    ),
}
