"""Figures of several runs at once: pure functions from curves and settings to a plotly Figure."""
