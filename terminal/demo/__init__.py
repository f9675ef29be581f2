"""The demo terminal: simulated devices, invented people and consignments, and a day that can be played step by step.

Demo accounts exist here and nowhere else. What the day does it does by the same use cases and over the same wires as
everybody: a step that somebody has already done by hand is simply done.
"""
