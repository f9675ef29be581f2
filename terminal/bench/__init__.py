"""Figures that a person can check: what is measured, on which pictures and loads, and how it is printed."""
