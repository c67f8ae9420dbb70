"""Figure 2(a), typical and odd real images: `python -m benchmarks.figure2_center_boundary --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("center-boundary")
