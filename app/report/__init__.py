"""The story of one run: as slides on the screen, and as one HTML file that needs nothing else. `python -m app.report RUN_ID`."""
