"""``/api/v1``: what integrators, stations and gateways speak. Endpoints say who, what and which answers; they decide nothing."""
