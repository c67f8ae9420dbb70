"""Figure 6, how steadily the images learn: `python -m benchmarks.figure6_stability --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("stability")
