"""Figure 2(b), how well a batch stands for its class: `python -m benchmarks.figure2_batches --scale digits|paper`. On a GPU with --data-dir, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("mmd")
