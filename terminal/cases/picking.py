"""The pick list of a consignment."""

from __future__ import annotations

from terminal.cases import looking
from terminal.store.reader import Reader
from workflows import picking
from workflows.state import Consignment


def pick_list(reader: Reader, consignment: Consignment) -> tuple[picking.PickLine, ...]:
    """What of a release is to be picked, was picked, and is loaded; scans with the list refuse any other unit."""
    return picking.pick_list(consignment, looking.units(reader, consignment.ref))
