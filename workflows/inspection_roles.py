"""Who orders and who does which inspection. Holding the role is not enough where an instrument asks for training."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from workflows.inspection_state import Inspection, Method
from workflows.roles import Actor, Right, Role
from workflows.stages import Stage

R = Role
_HANDS = frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER})

#: method -> the roles that do it
DOES: Mapping[Method, frozenset[Role]] = {
    Method.DOCUMENT: frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.PHYTO_VET_SANITARY}),
    Method.VISUAL: frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.PHYTO_VET_SANITARY}),
    Method.COUNT: frozenset({R.CUSTOMS_INSPECTOR, R.TALLY_CLERK}),
    Method.WEIGH: frozenset({R.CUSTOMS_INSPECTOR, R.WEIGHBRIDGE_OPERATOR}),
    Method.XRAY_CARGO: frozenset({R.XRAY_OPERATOR}),
    Method.XRAY_BAGGAGE: frozenset({R.XRAY_OPERATOR}),
    Method.BACKSCATTER: frozenset({R.XRAY_OPERATOR}),
    Method.ENDOSCOPE: _HANDS,
    Method.SEARCH_KIT_CT30: _HANDS,
    Method.DENSITY_METER: _HANDS,
    Method.CANINE_DRUGS: frozenset({R.CANINE_HANDLER}),
    Method.CANINE_EXPLOSIVES: frozenset({R.CANINE_HANDLER}),
    Method.TRACE_DETECTOR: _HANDS,
    Method.DRUG_TEST_KIT: _HANDS,
    Method.SAMPLE_LAB: frozenset({R.CUSTOMS_INSPECTOR, R.PHYTO_VET_SANITARY}),
    Method.PASSPORT_READER: frozenset({R.BORDER_OFFICER}),
    Method.ANPR: frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.GATE_OPERATOR}),
    Method.SEAL_CHECK: _HANDS,
    Method.FULL_UNLOAD: frozenset({R.CUSTOMS_INSPECTOR, R.TALLY_CLERK}),
}

#: who takes the second look at a picture; never a machine, and never whoever read it first
LOOKS: frozenset[Role] = frozenset({R.XRAY_OPERATOR, R.CUSTOMS_INSPECTOR})

#: methods whose result a machine may bring by itself, when its point allows the step of inspection
BY_MACHINE: frozenset[Method] = frozenset(
    {
        Method.XRAY_CARGO,
        Method.XRAY_BAGGAGE,
        Method.BACKSCATTER,
        Method.DENSITY_METER,
        Method.TRACE_DETECTOR,
        Method.PASSPORT_READER,
        Method.ANPR,
    }
)

#: what plant, veterinary and sanitary inspectors order: their own checks
_PHYTO = frozenset({Method.DOCUMENT, Method.VISUAL, Method.SAMPLE_LAB})


def may_order(who: Actor, method: Method) -> bool:
    """True when this person may order that method."""
    if not who.may(Right.ORDER_INSPECTION):
        return False
    others = {R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.RISK_OFFICER}
    return method in _PHYTO or bool(who.roles & others)


def may_do(who: Actor, method: Method) -> bool:
    """True when this person's role does that method, or this machine may bring its result."""
    if who.is_device:
        return method in BY_MACHINE and Stage.INSPECT in who.steps
    return bool(who.roles & DOES[method])


def read_first(one: Inspection, who: Actor, names: Collection[str] = ()) -> bool:
    """True for whoever read the picture first: who recorded it, or whom the machine names as its operator.

    ``names`` is what a machine may call this person: sign-in name, full name.
    """
    operator = one.details.get("operator", "").strip().casefold()
    return who.id == one.done_by or operator in {name.strip().casefold() for name in (who.id, *names)}


def may_look(who: Actor, one: Inspection) -> bool:
    """True when this person may take the second look that this inspection waits for."""
    return one.waits_for_look and not who.is_device and bool(who.roles & LOOKS) and not read_first(one, who)
