"""From finished runs to the cells of the table: one per method, dataset, number of images per class and version of a protocol."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import provenance
from engine.config import RunConfig
from engine.data.catalog import DATASETS
from engine.events import Pooled, Score, pooled
from engine.recipes import RECIPES
from engine.results import methods
from engine.results import published as publications
from engine.results.entry import Entry
from engine.results.published import PublishedFigure
from engine.results.soon import Reach, iterations_to

CONTEXT = ("initial", "random", "full")
FASTER = ("DREAM", "DREAM+")  # methods whose way to IDC's accuracy is measured
YARDSTICK = "IDC"
BEST_OF_TESTS = frozenset({"IDC", "DREAM", "DREAM+"})
"""Methods whose papers report the best of four tests on the test set, not the last epoch (METHODS A0.5; A6.2, number 6)."""
IPCS = (1, 10, 50)  # columns of the papers' tables
SHORT = 9  # characters of a commit


@dataclass(frozen=True)
class Measured:
    """What our runs of one experiment say; they differ by seed alone, one run per seed, the newest.

    Accuracies in percent: `mean`, `std` over all networks after their last epoch, `std_of_sets` of the sets' means. `best`: the same
    of each network's best test, chosen on the test set as some papers do; None unless every set has recorded it, and where the
    protocol tests once, at the end. `protocol`: whole, as stored with the scores. `seconds`: mean work time of a run. `devices`,
    `commits`: each once; `dirty`: whether any run's code differed from its commit. `departures`: settings that differ from the
    method's own, `departs` the same in words. `data`: last name of the data's place, "" = the workspace's own. `context`: pooled
    scores of CONTEXT as far as measured. `newest`: seconds since the epoch. `reach`: how soon the sets' mean curve met IDC's accuracy.
    """

    mean: float
    std: float
    std_of_sets: float
    n_sets: int
    n_networks: int
    network: str
    protocol: Mapping[str, Any]
    seeds: tuple[int, ...]
    runs: tuple[str, ...]
    devices: tuple[str, ...]
    seconds: float
    commits: tuple[str, ...]
    dirty: bool
    departures: Mapping[str, Any]
    departs: str
    data: str
    context: Mapping[str, Pooled]
    newest: float
    best: Pooled | None = None
    reach: Reach | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return plain | {
            "protocol": dict(self.protocol),
            "departures": dict(self.departures),
            "context": {what: score._asdict() for what, score in self.context.items()},
            "best": self.best._asdict() if self.best else None,
            "reach": self.reach._asdict() if self.reach else None,
        } | {name: list(plain[name]) for name in ("seeds", "runs", "devices", "commits")}  # fmt: skip


@dataclass(frozen=True)
class ResultCell:
    """One cell. `recipe`: "" for a method that is none of ours. `protocol`: its name, and its version after the first; "" where
    nothing was measured. `ours`: the experiment with most sets, the newest of those; `others`: those that compete with it, in the
    same order."""

    method: str
    recipe: str
    dataset: str
    ipc: int
    protocol: str
    ours: Measured | None
    published: PublishedFigure | None
    others: tuple[Measured, ...] = ()

    @property
    def by_best(self) -> bool:
        """Whether the published figure is a best of tests; ours is the last epoch's."""
        return self.published is not None and self.method in BEST_OF_TESTS

    @property
    def order(self) -> tuple[int, int, str]:
        """Where the method's row belongs: the paper's own order, chosen images first; then what only we have, recipes before
        ablations."""
        return method_order(self.method)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain = {name: getattr(self, name) for name in ("method", "recipe", "dataset", "ipc", "protocol")}
        return plain | {
            "ours": self.ours.to_dict() if self.ours else None,
            "published": dataclasses.asdict(self.published) if self.published else None,
            "others": [other.to_dict() for other in self.others],
        }


Key = tuple[str, str, int, str]
"""Method, dataset, images per class, protocol with its version: scores under two versions are not one experiment's."""


def cells(entries: Iterable[Entry]) -> list[ResultCell]:
    """All cells that hold something, by dataset, ipc and protocol, methods in the table's order; what was published and nobody
    has run comes with protocol ""."""
    groups: dict[Key, dict[Any, list[Entry]]] = {}
    for entry in entries:
        if entry.score and _in_the_table(entry.config):
            groups.setdefault(_key(entry), {}).setdefault(methods.identity(entry.config), []).append(entry)
    ours = {key: _ranked(list(some.values())) for key, some in groups.items()}
    measured = [_cell(key, ranked, ours) for key, ranked in ours.items()]
    run = {(cell.method, cell.dataset, cell.ipc) for cell in measured}
    rest = [
        ResultCell(figure.method, methods.recipe_of(figure.method), dataset, ipc, "", None, figure)
        for dataset in DATASETS
        for ipc, figure in _figures(dataset)
        if (figure.method, dataset, ipc) not in run
    ]
    return sorted([*measured, *rest], key=_order)


def _in_the_table(config: RunConfig) -> bool:
    """Not class-incremental runs and pruned training sets: they answer other questions."""
    return config.increments == 1 and config.keep == 1.0


def _key(entry: Entry) -> Key:
    config, score = entry.config, entry.score
    assert score is not None
    return methods.title(config), config.dataset, config.ipc, _protocol(score, config)


def _protocol(score: Score, config: RunConfig) -> str:
    """'E-IDC', 'E-IDC version 2'. Scores from before versions were recorded have the first."""
    name, version = score.protocol.get("name", config.protocol), score.protocol.get("version", 1)
    return str(name) if version == 1 else f"{name} version {version}"


def _ranked(groups: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """Each experiment's entries, one per seed, by seed; the experiment with most sets first, then the newest."""
    sets = [_per_seed(group) for group in groups]
    return sorted(sets, key=lambda some: (len(some), max(entry.finished for entry in some)), reverse=True)


def _per_seed(group: Sequence[Entry]) -> list[Entry]:
    """The same seed gives the same set again: the newest run of each counts."""
    newest: dict[int, Entry] = {}
    for entry in sorted(group, key=lambda entry: entry.finished):
        newest[entry.config.seed] = entry
    return [newest[seed] for seed in sorted(newest)]


def _cell(key: Key, ranked: Sequence[Sequence[Entry]], known: Mapping[Key, Sequence[Sequence[Entry]]]) -> ResultCell:
    method, dataset, ipc, protocol = key
    yardsticks = known.get((YARDSTICK, dataset, ipc, protocol), ()) if method in FASTER else ()
    ours, *others = [_measured(sets, yardsticks) for sets in ranked]
    found = {figure.method: figure for figure in publications.figures(dataset, ipc)}
    return ResultCell(method, methods.recipe_of(method), dataset, ipc, protocol, ours, found.get(method), tuple(others))


def _measured(sets: Sequence[Entry], yardsticks: Sequence[Sequence[Entry]]) -> Measured:
    score, first = pooled(_scores(sets, "distilled")), sets[0]
    departing = methods.departures(first.config)
    host = next((some for some in yardsticks if methods.departures(some[0].config) == departing), None)
    head = first.score
    assert head is not None
    return Measured(
        *score,
        network=head.network,
        protocol=head.protocol,
        seeds=tuple(entry.config.seed for entry in sets),
        runs=tuple(entry.id for entry in sets),
        devices=_once(entry.machine for entry in sets),
        seconds=statistics.fmean(entry.seconds for entry in sets),
        commits=_once(commit[:SHORT] for entry in sets for commit in provenance.commits(entry.provenance)),
        dirty=any(entry.provenance.get("dirty") for entry in sets),
        departures=departing,
        departs=methods.in_words(departing, methods.remark(first.config)),
        data=dict(methods.identity(first.config))["data_dir"],
        context={what: pooled(scores) for what in CONTEXT if (scores := _scores(sets, what))},
        newest=max(entry.finished for entry in sets),
        best=_best(_scores(sets, "distilled")),
        reach=iterations_to(sets, pooled(_scores(host, "distilled")).mean) if host else None,
    )


def _best(scores: Sequence[Score]) -> Pooled | None:
    """Pooled best tests; of some of the sets alone they would be another mean's, and of a single test they are the score again."""
    told = all(score.has_best for score in scores)
    return pooled([dataclasses.replace(score, accuracies=score.best) for score in scores]) if told else None


def _scores(sets: Sequence[Entry], what: str) -> list[Score]:
    return [score for entry in sets if (score := entry.first(what))]


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _figures(dataset: str) -> list[tuple[int, PublishedFigure]]:
    """(images per class, figure) of this dataset; those of the whole training set belong into no column."""
    whole = publications.figures(dataset, 0)
    return [(ipc, figure) for ipc in IPCS for figure in publications.figures(dataset, ipc) if figure not in whole]


_NAMES = dict.fromkeys(figure.method for dataset in DATASETS for _, figure in _figures(dataset))
_PAPER = {name: place for place, name in enumerate(_NAMES)}
_OURS = {recipe.title: place for place, recipe in enumerate(RECIPES.values())}


def method_order(method: str) -> tuple[int, int, str]:
    if method in _PAPER:
        return 0, _PAPER[method], method
    return (1, _OURS[method], method) if method in _OURS else (2, 0, method)


def _order(cell: ResultCell) -> tuple[Any, ...]:
    return list(DATASETS).index(cell.dataset), cell.ipc, cell.protocol, *method_order(cell.method)
