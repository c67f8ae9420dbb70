"""Results: finished runs of a workspace, or of exported files, as the cells of a table beside what was published. Torch-free.

entry: what one finished run says. cells: runs of the same settings, pooled. soon: iterations until
another method's accuracy. files: exported JSON.
"""

from __future__ import annotations

from engine.results.cells import Measured, ResultCell, cells
from engine.results.entry import Entry, of_workspace
from engine.results.files import read, write
from engine.results.soon import Reach, iterations_to

__all__ = ["Entry", "Measured", "Reach", "ResultCell", "cells", "iterations_to", "of_workspace", "read", "write"]
