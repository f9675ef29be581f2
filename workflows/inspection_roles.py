"""Who orders and who does which inspection. Holding the role is not enough where an instrument asks for training."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.inspection_state import Method
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
