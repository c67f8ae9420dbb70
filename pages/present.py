"""The story of one run, told on the full screen."""

from __future__ import annotations

from app.parts import chosen
from app.views.present import presenting

presenting.present(chosen.run_from_url())
