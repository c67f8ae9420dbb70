"""Figures: pure functions from a table of points to a plotly Figure, one file each, listed in `app.charts.catalog`."""
