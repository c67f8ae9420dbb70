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
from engine.results.published import PublishedFigure
from tools.readings import readings

ROOT = Path(__file__).resolve().parents[1]
PAGE, RECORDS = ROOT / "docs" / "RESULTS.md", ROOT / "benchmarks" / "results"
NONE = "–"
INTRODUCTION = """\
# Results

Written by `python -m tools.results` from the runs recorded in `benchmarks/results/runs-*.json`; a test holds that it is fresh. The
app's page "Results" and `python -m engine results` show the same of your own workspace, the page also methods that are known from
papers alone.

A number is the test accuracy in percent of networks trained from scratch, after their last epoch: mean ± standard deviation over all
networks, and in brackets how many synthetic sets (runs that differ by their seed) and how many networks for each. Numbers of two
protocols do not compare. `†`: some settings are not the method's own; [how the numbers were measured](#how-the-numbers-were-measured)
names them. Published figures are those of the papers' tables, each method under the protocol of its paper; "–" where there is none.
What nobody has run stays empty: `make bench-paper` lists the scripts for it, each with its command.

The published figures of IDC, DREAM and DREAM+ are the best of four tests on the test set, ours is the last epoch: compare them with
care. "Best of the tests" is ours chosen in the same way, for that comparison alone; "–" where a protocol tests once, at the end.

The digits' own settings (image learning rate, number of clusters, lengths), and those of MNIST in `benchmarks/tables.py` (distance,
image learning rate, lengths), were chosen by looking at the test accuracy of seed 0: their figures are optimistic. Nothing else on this
page was chosen that way.
"""
EMPTY = "\nNo run is recorded yet.\n"
MEASURED = """\
## How the numbers were measured

Times are those of whole runs, evaluations and baselines included, on a machine that may have done other work beside:
[PERFORMANCE.md](PERFORMANCE.md) is about speed.
"""


def page(entries: Sequence[Entry]) -> str:
    """The whole of docs/RESULTS.md: first the accuracies of all datasets, then what stands behind them."""
    found = [cell for cell in cells(entries) if cell.ours or cell.recipe]
    if not any(cell.ours for cell in found):
        return INTRODUCTION + EMPTY
    said = readings(found, entries)
    parts = [INTRODUCTION]
    for dataset, some in groupby(found, lambda cell: cell.dataset):
        parts += _overview(dataset, list(some), said.get(dataset, ""))
    return "\n".join([*parts, MEASURED, *_behind([cell for cell in found if cell.ours])])


# ---- what was reached


def _overview(dataset: str, some: Sequence[ResultCell], reading: str) -> Iterator[str]:
    """A dataset's section."""
    yield f"## {DATASETS[dataset].title}\n\n" + accuracies(some)
    if reading:
        yield reading
    if rows := list(_soon(some)):
        yield "How soon IDC's final accuracy is reached (by the mean curve of the sets, linear between its measurements):\n\n" + _table(SOON, rows)  # fmt: skip


def accuracies(some: Sequence[ResultCell]) -> str:
    """Rows: a dataset's methods, once per protocol that they were measured under. Columns: ours and the published figure for each
    number of images; those without an entry are left out."""
    ours = {(cell.method, cell.protocol, cell.ipc): cell.ours for cell in some if cell.ours}
    papers = {(cell.method, cell.ipc): cell.published for cell in some if cell.published}
    ipcs = sorted({cell.ipc for cell in some})
    compared = {ipc for _, ipc in papers}
    head = ["method", "protocol"]
    for ipc in ipcs:
        head += [f"ipc {ipc}", "published"] if ipc in compared else [f"ipc {ipc}"]
    rows = []
    for method, protocol in _rows(some):
        row = [method, protocol]
        for ipc in ipcs:
            row += [_ours(ours.get((method, protocol, ipc)))]
            row += [_published(papers.get((method, ipc)))] if ipc in compared else []
        rows.append(row)
    return _table(head, rows)


def _rows(some: Sequence[ResultCell]) -> list[tuple[str, str]]:
    """(method, protocol) in the table's order; a method that nobody has run has protocol ""."""
    ran = {cell.method for cell in some if cell.ours}
    wanted = (cell for cell in some if cell.ours or cell.method not in ran)
    return list(
        dict.fromkeys((cell.method, cell.protocol) for cell in sorted(wanted, key=lambda c: (c.order, c.protocol)))
    )


def _ours(ours: Measured | None) -> str:
    """Empty where nobody has run it."""
    return f"**{ours.mean:.1f} ± {ours.std:.1f}** {_counts(ours)}{' †' if ours.departs else ''}" if ours else ""


def _counts(ours: Measured) -> str:
    return f"({ours.n_sets} x {ours.n_networks / ours.n_sets:.3g})"


def _published(figure: PublishedFigure | None) -> str:
    if figure is None:
        return NONE
    return f"{figure.accuracy:.1f}" + ("" if figure.std is None else f" ± {figure.std:.1f}")


SOON = ("method", "ipc", "IDC's accuracy", "reached after")


def _soon(some: Sequence[ResultCell]) -> Iterator[Sequence[str]]:
    for cell, ours in _pairs(some):
        if ours.reach:
            yield cell.method, str(cell.ipc), f"{ours.reach.target:.1f}", ours.reach.words


# ---- how it was measured


HOW = ("method", "ipc", "best of the tests", "before distilling", "random images", "full data", "epochs", "time per run", "device", "commit", "settings that depart")  # fmt: skip
OTHERS = ("method", "ipc", "accuracy", "time per run", "settings that depart")


def _behind(measured: Sequence[ResultCell]) -> Iterator[str]:
    """For each dataset and protocol: what was measured beside the accuracy, with what, and what else was run."""
    for dataset, some in groupby(measured, lambda cell: cell.dataset):
        found = list(some)
        for protocol in sorted({cell.protocol for cell in found}):
            own = [cell for cell in found if cell.protocol == protocol]
            details = _details([_how(*pair) for pair in _pairs(own)])
            yield f"### {DATASETS[dataset].title}, protocol {protocol}\n\n{details}"
            if rows := [row for cell in own for row in _others(cell)]:
                yield "The same methods with other settings:\n\n" + _table(OTHERS, rows)


def _details(rows: Sequence[Sequence[str]]) -> str:
    """The table; what all of its rows have in common is said once, above it, instead of in a column."""
    common = [len(rows) > 1 and len(set(column)) == 1 for column in zip(*rows, strict=True)]
    same = [False, False, *common[2:]]  # a row always says which method and number of images it is about
    said = "; ".join(f"{head} {value}" for head, value, one in zip(HOW, rows[0], same, strict=True) if one)
    lines = [[value for value, one in zip(line, same, strict=True) if not one] for line in (HOW, *rows)]
    return (f"For all of them: {said}.\n\n" if said else "") + _table(lines[0], lines[1:])


def _pairs(some: Sequence[ResultCell]) -> Iterator[tuple[ResultCell, Measured]]:
    yield from ((cell, cell.ours) for cell in some if cell.ours)


def _how(cell: ResultCell, ours: Measured) -> Sequence[str]:
    context = (_pooled(ours.context.get(what)) for what in ("initial", "random", "full"))
    return (cell.method, str(cell.ipc), _pooled(ours.best), *context, str(ours.protocol.get("epochs", NONE)), span(ours.seconds), "; ".join(ours.devices),
            _commit(ours), _departs(ours))  # fmt: skip


def _pooled(score: Pooled | None) -> str:
    return f"{score.mean:.1f} ± {score.std:.1f}" if score else NONE


def _commit(ours: Measured) -> str:
    return (", ".join(ours.commits) + (" with changes" if ours.dirty else "")) or "not recorded"


def _departs(ours: Measured) -> str:
    data = [f"data from {ours.data}"] if ours.data else []
    return ", ".join(filter(None, [ours.departs.partition(": ")[2], *data])) or NONE


def _others(cell: ResultCell) -> Iterator[Sequence[str]]:
    for other in cell.others:
        yield (
            cell.method,
            str(cell.ipc),
            f"{other.mean:.1f} ± {other.std:.1f} {_counts(other)}",
            span(other.seconds),
            _departs(other),
        )


# ---- Markdown


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
