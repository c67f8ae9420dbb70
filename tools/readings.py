"""What docs/RESULTS.md says about its figures in sentences. Each is computed from the recorded runs, or is not there: a sentence that
stops being true changes with the figures.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.data.catalog import DATASETS
from engine.hosts import HOSTS
from engine.results import Entry, Measured, ResultCell

WIDTH = 140
COUNTS = {1: "one", 10: "ten"}
UNTUNED = ("dc", "dsa", "dm")
CHOSEN_AT_ONE = "The image learning rate was chosen at one image per class, and nothing was tuned for ten."


class Recorded(NamedTuple):
    """What is known of one dataset: its cells with a number of ours, and every run by its id."""

    cells: Sequence[ResultCell]
    entries: Mapping[str, Entry]

    def of(self, ipc: int, protocol: str = "E-IDC") -> list[tuple[ResultCell, Measured]]:
        """The cells of one table's column, in the table's order."""
        return [(c, c.ours) for c in self.cells if c.ours and (c.ipc, c.protocol) == (ipc, protocol)]

    def runs(self, cell: ResultCell) -> list[Entry]:
        """Behind the cell's number, by seed."""
        return [self.entries[run] for run in cell.ours.runs] if cell.ours else []


def readings(cells: Sequence[ResultCell], entries: Sequence[Entry]) -> dict[str, str]:
    """Dataset -> its paragraph, for those that have one."""
    known, paragraphs = {entry.id: entry for entry in entries}, {}
    for dataset, (title, sentences) in PARAGRAPHS.items():
        found = Recorded([cell for cell in cells if cell.ours and cell.dataset == dataset], known)
        if found.cells:
            said = filter(None, (one if isinstance(one, str) else one(found) for one in sentences))
            text = f"How to read {title}: {' '.join(said)}"
            paragraphs[dataset] = textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
    return paragraphs


def formation(found: Recorded) -> str:
    """Which methods keep several images in one."""
    factors = {cell.method: run.config.factor for cell in found.cells for run in found.runs(cell)}
    said = [
        f"{listed(names)} {_s(names, 'keep')} {factor**2} smaller images in each stored one (factor {factor})"
        for factor in sorted(set(factors.values()) - {1})
        if (names := [method for method, own in factors.items() if own == factor])
    ]
    return f"{', '.join(said)}, the others one." if said else ""


def untuned(found: Recorded) -> str:
    """The hosts whose lengths nobody has chosen by an accuracy; what is built on one has them too."""
    used = {run.config.host for cell in found.cells for run in found.runs(cell)}
    titles = [HOSTS[host].title for host in UNTUNED if host in used]
    hosts = f"host{'s' * (len(titles) > 1)} {listed(titles)}"
    return f"Every method on the {hosts} has lengths of our own for two cores, not tuned." if titles else ""


def switches(found: Recorded) -> str:
    """What DREAM's switches change of each host's accuracy."""
    said = []
    for ipc in COUNTS:
        means = {cell.recipe: ours.mean for cell, ours in found.of(ipc)}
        moved = {
            HOSTS[host].title: [
                mean - means[host] for recipe, mean in means.items() if recipe.startswith(f"{host}-dream")
            ]
            for host in UNTUNED
            if host in means
        }
        parts = [f"{title} by {_span(points)}" for title, points in moved.items() if points]
        said += [f"{listed(parts)} points with {_per_class(ipc)}"] if parts else []
    return f"DREAM's switches change {'; '.join(said)}." if said else ""


def twins(found: Recorded, ipc: int = 1) -> str:
    """Coresets whose every network scores alike, seed by seed, under every protocol: they have chosen the same images."""
    scores: dict[str, tuple[object, ...]] = {}
    for cell in found.cells:
        for run in found.runs(cell):
            if cell.ipc == ipc and run.config.host == "coreset" and run.score:
                scores[cell.method] = (
                    *scores.get(cell.method, ()),
                    cell.protocol,
                    run.config.seed,
                    run.score.accuracies,
                )
    groups: dict[tuple[object, ...], list[str]] = {}
    for method, behind in scores.items():
        groups.setdefault(behind, []).append(method)
    return " ".join(
        f"With {_per_class(ipc)} {listed(names)} are the same image, the one nearest to the class's mean."
        for names in groups.values()
        if len(names) > 1
    )


def ceiling(found: Recorded, ipc: int = 10) -> str:
    """Which methods are as good as the full data, as far as the test set can tell."""
    there, starts, whole = [], [], 0.0
    for cell, ours in found.of(ipc):
        if (full := ours.context.get("full")) is None:
            continue
        whole = full.mean
        there += [cell.method] if full.mean - ours.mean <= ours.std else []
        start = ours.context.get("initial")
        starts += [cell.method] if start and full.mean - start.mean <= start.std else []
    if len(there) < 2:
        return ""
    tests = DATASETS[found.cells[0].dataset].test
    begun = f" The starts of {listed(starts)} are there already, which leaves little to gain." if starts else ""
    return (
        f"With {_per_class(ipc)}, {listed(there)} lie within a standard deviation of the full data ({whole:.1f}): one of the {tests} test "
        f"images is {100 / tests:.2f} points, so that table cannot rank them.{begun}"
    )


def protocols(found: Recorded) -> str:
    """What the protocol makes of the same chosen real images."""
    said = []
    for ipc in COUNTS:
        plain = {cell.method: ours.mean for cell, ours in found.of(ipc, "E-DC")}
        gains = [
            ours.mean - plain[cell.method]
            for cell, ours in found.of(ipc)
            if cell.method in plain and any(run.config.host == "coreset" for run in found.runs(cell))
        ]
        if gains:
            said.append(f"{min(gains):+.1f} to {max(gains):+.1f} points with {_per_class(ipc)}")
    if not said:
        return ""
    return (
        "What augmentation makes, with the rest of the protocol: the same choices of real images score otherwise under E-IDC, which "
        f"augments, than under plain E-DC, by {', '.join(said)}. What distilling gains is the distance to real images under the same protocol."
    )


def lengths(found: Recorded) -> str:
    """How much shorter and narrower than the papers' the runs are."""
    loops: dict[tuple[int, int], list[str]] = {}
    widths, seeds = set(), set()
    for cell in found.cells:
        for run in found.runs(cell)[:1]:
            usual = run.config.usual()
            widths.add((run.config.width, usual.width))
            if run.config.total_steps < usual.total_steps:
                names = loops.setdefault((run.config.total_steps, usual.total_steps), [])
                names += [cell.method] if cell.method not in names else []
        seeds.add(cell.ours.n_sets if cell.ours else 0)
    said = [f"{listed(names)} ran {own:,} inner loops of the paper's {papers:,}" for (own, papers), names in loops.items()]  # fmt: skip
    said += [f"the width is {own} instead of {papers}" for own, papers in sorted(widths) if own != papers]
    said += [f"{listed([str(count) for count in sorted(seeds)])} seed{'s' * (max(seeds) > 1)}"]
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def gains(found: Recorded) -> str:
    """Which distilled sets are better than what they started from, and which are not."""
    said = []
    for ipc in COUNTS:
        rise = {cell.method: ours.mean - start.mean for cell, ours in found.of(ipc) if (start := ours.context.get("initial"))}  # fmt: skip
        below = [method for method, points in rise.items() if points <= 0]
        if below:
            most = max(-rise[method] for method in below)
            said.append(f'With {_per_class(ipc)}, {listed(below)} {_s(below, "end")} no higher than before distilling, up to {most:.2f} points lower.')  # fmt: skip
        elif rise:
            said.append(f"With {_per_class(ipc)} every distilled method ends above its start.")
    return " ".join(said)


def listed(names: Sequence[str]) -> str:
    """'A, B and C'."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _span(points: Sequence[float]) -> str:
    """'+1.6', '+1.6 to +3.6'."""
    ends = dict.fromkeys(f"{end:+.1f}" for end in (min(points), max(points)))
    return " to ".join(ends)


def _s(names: Sequence[str], verb: str) -> str:
    return f"{verb}s" if len(names) == 1 else verb


def _per_class(ipc: int) -> str:
    return f"{COUNTS[ipc]} image{'s' * (ipc > 1)} per class"


Sentence = Callable[[Recorded], str]
PARAGRAPHS: dict[str, tuple[str, tuple[Sentence | str, ...]]] = {
    "digits": ("the digits", (formation, untuned, switches, gains, twins, ceiling, protocols)),
    "mnist": ("MNIST", (lengths, twins, gains, CHOSEN_AT_ONE, protocols)),
}
"""Dataset -> its name in a sentence, and its paragraph: computed sentences, and those about how the runs were chosen."""
