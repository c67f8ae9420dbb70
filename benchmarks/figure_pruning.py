"""Dynamic uncertainty, how many training images can be left out: `python -m benchmarks.figure_pruning --scale digits|paper`. On a GPU, hours."""

from __future__ import annotations

from benchmarks import paper

if __name__ == "__main__":
    paper.study("pruning")
