"""Figure 11, the memory of a continual learner: `python -m benchmarks.figure11_continual --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("continual")
