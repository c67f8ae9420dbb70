"""Every run of the workspace, newest first; where there is none, how to start."""

from __future__ import annotations

from app.parts import undo
from app.views.runs import overview

undo.bar()
overview.overview()
