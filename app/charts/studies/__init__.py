"""Figures of studies: pure functions from the rows of a study to a plotly Figure, listed in `app.charts.studies.catalog`."""
