"""How things speak: bytes, frames and readings of scanners, scales, cameras and gate devices.

This room knows nothing of consignments. ``devices.protocols`` holds the pure wire codecs,
``devices.links`` the wires, ``devices.adapters`` what a frame means as a reading, and
``devices.fleet`` runs them all and hands out one stream of readings.
"""
