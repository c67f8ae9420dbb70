"""Quantities on the curves."""
