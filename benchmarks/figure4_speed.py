"""Figures 4 and 9, how much sooner the host's accuracy is reached: `python -m benchmarks.figure4_speed --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("speed")
