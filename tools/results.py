"""Writes docs/RESULTS.md from the runs recorded in benchmarks/results/runs-*.json: `python -m tools.results [--check]`.

No figure on that page is typed by hand, and no sentence about one: tools/readings.py computes them. A test holds that the file is fresh; --check says so with its exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from engine.cli.text import span
from engine.data.catalog import DATASETS
from engine.events import Pooled
from engine.results import Entry, Measured, ResultCell, cells, read
from engine.store.published import PublishedFigure
from tools.readings import readings

ROOT = Path(__file__).resolve().parents[1]
PAGE, RECORDS = ROOT / "docs" / "RESULTS.md", ROOT / "benchmarks" / "results"
NONE = "–"
INTRODUCTION = """\
# Results

Written by `python -m tools.results` from the runs recorded in `benchmarks/results/runs-*.json`; a test holds that it is fresh. The
app's page "Results" and `python -m engine results` show the same of your own workspace.

A number is the test accuracy in percent of networks trained from scratch, after their last epoch: mean ± standard deviation over all
networks, and in brackets how many synthetic sets (runs that differ by their seed) and how many networks for each. Numbers of two
protocols do not compare. `†`: some settings are not the method's own; the second table of each section names them. Published figures
are those of the papers' tables, each method under the protocol of its paper. What nobody has run stays empty.

Times are those of whole runs, evaluations and baselines included, on a machine that may have done other work beside:
[PERFORMANCE.md](PERFORMANCE.md) is about speed.

How to run what is missing: `make bench-paper` lists the scripts, each with its command.

The published figures of IDC, DREAM and DREAM+ are the best of four tests on the test set, ours is the last epoch: compare them with
care. "Best of the tests" in the second tables is ours chosen in the same way, for that comparison alone.

The digits' own settings (image learning rate, number of clusters, lengths), and those of MNIST in `benchmarks/tables.py` (distance,
image learning rate, lengths), were chosen by looking at the test accuracy of seed 0: their figures are optimistic. Nothing else on this
page was chosen that way.
"""
EMPTY = "\nNo run is recorded yet.\n"


def page(entries: Sequence[Entry]) -> str:
    """The whole of docs/RESULTS.md."""
    found = cells(entries)
    parts = [INTRODUCTION, *readings(found, entries)]
    for dataset, some in groupby(found, lambda cell: cell.dataset):
        parts += _dataset(dataset, list(some))
    return "\n".join(parts) if len(parts) > 1 else INTRODUCTION + EMPTY


def _dataset(dataset: str, some: Sequence[ResultCell]) -> Iterator[str]:
    for protocol in sorted({cell.protocol for cell in some if cell.ours}):
        measured = [cell for cell in some if cell.ours and cell.protocol == protocol]
        yield f"## {DATASETS[dataset].title}, protocol {protocol}\n\n" + accuracies(measured)
        yield "How these were measured:\n\n" + _table(HOW, (_how(*pair) for pair in _pairs(measured)))
        if rows := list(_soon(measured)):
            yield "How soon IDC's final accuracy is reached (by the mean curve of the sets, linear between its measurements):\n\n" + _table(SOON, rows)  # fmt: skip
        if rows := [row for cell in measured for row in _others(cell)]:
            yield "The same methods with other settings:\n\n" + _table(OTHERS, rows)


def accuracies(measured: Sequence[ResultCell]) -> str:
    """Rows: methods; two columns per number of images: ours, published."""
    ipcs = sorted({cell.ipc for cell in measured})
    found = {(cell.method, cell.ipc): cell for cell in measured}
    names = [cell.method for cell in sorted(measured, key=lambda cell: cell.order)]
    head = ["method", *(text for ipc in ipcs for text in (f"ipc {ipc}", "published"))]
    rows = []
    for method in dict.fromkeys(names):
        row = [method]
        for ipc in ipcs:
            cell = found.get((method, ipc))
            row += [_ours(cell.ours), _published(cell.published)] if cell and cell.ours else ["", ""]
        rows.append(row)
    return _table(head, rows)


def _ours(ours: Measured) -> str:
    return f"**{ours.mean:.1f} ± {ours.std:.1f}** ({ours.n_sets} x {ours.n_networks / ours.n_sets:.3g}){' †' if ours.departs else ''}"


def _published(figure: PublishedFigure | None) -> str:
    if figure is None:
        return NONE
    return f"{figure.accuracy:.1f}" + ("" if figure.std is None else f" ± {figure.std:.1f}")


HOW = ("method", "ipc", "best of the tests", "before distilling", "random images", "full data", "epochs", "time per run", "device", "commit", "settings that depart")  # fmt: skip


def _pairs(measured: Sequence[ResultCell]) -> Iterator[tuple[ResultCell, Measured]]:
    yield from ((cell, cell.ours) for cell in measured if cell.ours)


def _how(cell: ResultCell, ours: Measured) -> Sequence[str]:
    context = (_pooled(ours.context.get(what)) for what in ("initial", "random", "full"))
    return (cell.method, str(cell.ipc), _pooled(ours.best) if ours.best else "", *context, str(ours.protocol.get("epochs", NONE)), span(ours.seconds), "; ".join(ours.devices),
            _commit(ours), _departs(ours))  # fmt: skip


def _pooled(score: Pooled | None) -> str:
    return f"{score.mean:.1f} ± {score.std:.1f}" if score else NONE


def _commit(ours: Measured) -> str:
    return (", ".join(ours.commits) + (" with changes" if ours.dirty else "")) or "not recorded"


def _departs(ours: Measured) -> str:
    data = [f"data from {ours.data}"] if ours.data else []
    return ", ".join(filter(None, [ours.departs.partition(": ")[2], *data])) or NONE


SOON = ("method", "ipc", "IDC's accuracy", "reached after")


def _soon(measured: Sequence[ResultCell]) -> Iterator[Sequence[str]]:
    for cell, ours in _pairs(measured):
        if ours.reach:
            yield cell.method, str(cell.ipc), f"{ours.reach.target:.1f}", ours.reach.words


OTHERS = ("method", "ipc", "accuracy", "time per run", "settings that depart")


def _others(cell: ResultCell) -> Iterator[Sequence[str]]:
    for other in cell.others:
        accuracy = _ours(other).replace("**", "").replace(" †", "")
        yield cell.method, str(cell.ipc), accuracy, span(other.seconds), _departs(other)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines)


def fresh() -> str:
    """The page as it should be."""
    return page(read(sorted(RECORDS.glob("runs-*.json"))))


def main(words: Sequence[str]) -> int:
    if "--check" in words:
        same = PAGE.read_text(encoding="utf-8") == fresh()
        print(f"{PAGE} is {'fresh' if same else 'stale: run python -m tools.results'}")
        return 0 if same else 1
    PAGE.write_text(fresh(), encoding="utf-8")
    print(f"Wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
