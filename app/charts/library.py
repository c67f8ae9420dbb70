"""plotly.js, the two builds of it that a browser may need."""

from __future__ import annotations

from pathlib import Path

import plotly

BASIC = Path(__file__).parents[2] / "assets" / "plotly" / "plotly-basic.min.js"
"""For scatter and bar traces, a quarter of the whole; out of npm's plotly.js-basic-dist-min (docs/DECISIONS.md, 2026-11-21)."""

WHOLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
"""For every trace there is; out of the installed package."""
