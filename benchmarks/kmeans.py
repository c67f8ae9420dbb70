"""Compares ways to pick representatives as a run goes on: `python -m benchmarks.kmeans [--case digits|cifar10] [--device cuda]`.

A network is trained on real data as a run trains it; every 10 inner loops each way picks anew from the same features of the same
classes. Beside the seconds per class: squared MMD of the picks, inertia of the clustering (both as a ratio to the library from
scratch, pick by pick), how many picks are distinct, how many were already in use, and how many different images an outer
iteration sees. The record goes to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from engine.config import RunConfig, build
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.devices import finish, resolve
from engine.evaluate import architecture
from engine.metrics.mmd import ClassKernel
from engine.nets import build_network
from engine.sampling import random_sample, representative
from engine.sampling.kmeans import lloyd, representatives, stacked
from engine.sampling.representative import k_means
from engine.streams import Permutations, derive_seed, generator
from engine.training import Regularisation, Student, embed, train_epoch

RESULTS = Path(__file__).parent / "results"
CASES: dict[str, dict[str, object]] = {"digits": {"dataset": "digits"}, "cifar10": {"dataset": "cifar10"}}
BASE, PROJECTED = "library", 64  # what all others are compared with; dimensions of the random projection


@dataclass(frozen=True)
class Way:
    """A way to pick: `kind` library, ours, projected or random; Lloyd iterations from scratch (`fresh`), and from the last picks
    (`warm`, 0 = always from scratch); `kept`: the last picks are used under the next fresh network too. Ways with the same
    `draws` start from the same images. `share`: of each class's images, drawn anew at each pick, that may be picked."""

    kind: str
    fresh: int = 25
    warm: int = 0
    kept: bool = False
    draws: str = "starts"
    share: float = 1.0


WAYS: dict[str, Way] = {
    BASE: Way("library"),
    "library again": Way("library", draws="other starts"),  # what chance does
    **{f"fresh {n}": Way("ours", n) for n in (5, 10, 25)},
    **{f"warm {n}": Way("ours", warm=n) for n in (1, 2, 3, 5)},
    **{f"kept {n}": Way("ours", warm=n, kept=True) for n in (2, 5)},
    f"projected {PROJECTED}": Way("projected"),
    "a quarter": Way("ours", 10, draws="quarters", share=0.25),
    "random": Way("random"),
}


def trajectory(
    config: RunConfig, data: Dataset, labels: Sequence[int], outers: int, picks: int
) -> Iterator[tuple[int, list[Tensor]]]:
    """(outer iteration, features of each class [n, d]) at every pick of a run, without its images."""
    draws, how = generator(config.seed, "benchmark"), Regularisation(config.net_augment, config.net_cutmix)
    batches = Permutations(data.num_train, config.batch_real, draws)
    steps = config.interval * -(-config.net_samples_per_step // config.batch_real)
    for outer in range(outers):
        arch = architecture(config, data, config.network, config.norm)
        network = build_network(arch, derive_seed(config.seed, "network", outer)).to(data.device)
        student = Student(network, config.net_lr, data.side)
        for _ in range(config.pretrain_epochs):
            for _ in train_epoch(student, data, config.batch_real, how, draws):
                pass
        for pick in range(picks):
            for _ in range(steps if pick else 0):
                at = batches.next().to(data.device)
                images = data.normalise(data.train_images[at])
                student.step(images, data.train_labels[at], how, draws)
            yield outer, [embed(network, data.train_images[data.members[k]], data.normalise) for k in labels]


def pick_by(way: Way, features: list[Tensor], clusters: int, number: int, last: list[Tensor] | None) -> list[Tensor]:
    """The picks of one way, one per cluster, from draws of its own for each pick."""
    draws = generator(number, way.draws)
    if way.kind == "random":
        return [random_sample(f, clusters, 1, draws) for f in features]
    if way.kind == "library":
        return [representative(f, clusters, 1, draws) for f in features]
    if way.kind == "projected":
        d = features[0].shape[1]
        plane = (torch.randn(d, PROJECTED, generator=draws) / PROJECTED**0.5).to(features[0].device)
        features = [f @ plane for f in features]
    some = [_some(len(f), way.share, clusters, draws).to(f.device) for f in features]
    features = [f[positions] for f, positions in zip(features, some, strict=True)] if way.share < 1 else features
    chosen = representatives(features, clusters, 1, draws, last, way.warm if last is not None else way.fresh)
    return [positions[p] for positions, p in zip(some, chosen, strict=True)]


def _some(count: int, share: float, clusters: int, draws: Generator) -> Tensor:
    """`share` of the positions 0..count-1, at random, at least as many as there are clusters; without draws when it is all."""
    if share == 1:
        return torch.arange(count)
    return torch.randperm(count, generator=draws)[: max(clusters, int(share * count))]


def inertias(way: Way, features: list[Tensor], clusters: int, number: int, last: list[Tensor] | None) -> list[float]:
    """Sum of squared distances to the nearest centre, per class, of the clustering behind `pick_by`; empty where that is not of whole classes."""
    draws, found = generator(number, way.draws), []
    for k, f in enumerate(features):
        if way.kind not in ("library", "ours") or way.share < 1:
            continue
        if way.kind == "library":
            centres = k_means(f, clusters, draws)
        else:
            fresh = torch.randperm(len(f), generator=draws)[:clusters].to(f.device)
            start = f[fresh if last is None else last[k]].unsqueeze(0)
            centres = lloyd(*stacked([f]), start, way.fresh if last is None else way.warm)[0]
        found.append(float(torch.cdist(f, centres).min(1).values.square().sum()))
    return found


def compare(pieces: Iterable[tuple[int, list[Tensor]]], clusters: int) -> dict[str, dict[str, list[float]]]:
    """Per way, its measurements: ms per class once a pick, the others once a pick and class."""
    values: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in WAYS}
    last: dict[str, list[Tensor]] = {}
    seen: dict[tuple[str, int], list[Tensor]] = defaultdict(list)
    before = -1
    for number, (outer, features) in enumerate(pieces):
        kernels = [ClassKernel(f) for f in features]
        for name, way in WAYS.items():
            start = last.get(name) if way.warm and (way.kept or outer == before) else None
            finish(features[0].device)
            started = time.perf_counter()
            picks = pick_by(way, features, clusters, number, start)
            finish(features[0].device)
            row = values[name]
            row["ms" if start is not None or not way.warm else "ms_fresh"].append(
                1e3 * (time.perf_counter() - started) / len(features)
            )
            if start is not None or not way.warm:  # the first pick of a warm way is a fresh one, and counted there
                row["inertia"] += inertias(way, features, clusters, number, start)
                row["mmd"] += [float(k.mmd(f[p])) for k, f, p in zip(kernels, features, picks, strict=True)]
                row["number"] += [number] * len(features)
                row["distinct"] += [float(len(p.unique())) for p in picks]
            if outer == before:
                row["in_use"] += [
                    float(torch.isin(p, q).float().mean()) for p, q in zip(picks, last[name], strict=True)
                ]
            last[name] = picks
            seen[name, outer].append(torch.stack(picks).cpu())
        before = outer
        print(f"pick {number} of outer iteration {outer} done", flush=True)
    for (name, _), sets in seen.items():
        values[name]["seen"] += [float(len(positions.unique())) for positions in torch.cat(sets, 1)]
    return values


def summary(values: dict[str, dict[str, list[float]]], classes: int) -> dict[str, dict[str, Any]]:
    """Medians; `mmd` and `inertia` are ratios to the library's on the same features, with their quartiles."""
    base, rows = values[BASE], {}
    for name, row in values.items():
        at = [int(number) * classes + i % classes for i, number in enumerate(row["number"])]
        rows[name] = {"ms": statistics.median(row["ms"]), "ms_spread": [min(row["ms"]), max(row["ms"])],
                      "distinct": min(row["distinct"]), "in_use": statistics.median(row["in_use"]),
                      "seen": statistics.median(row["seen"])}  # fmt: skip
        for what in ("mmd", "inertia"):
            ratios = [value / base[what][i] for value, i in zip(row[what], at, strict=bool(row[what]))]
            rows[name][what] = statistics.quantiles(ratios, n=4, method="inclusive") if ratios else None
        rows[name]["mmd_itself"] = statistics.median(row["mmd"])
    return rows


def table(rows: dict[str, dict[str, Any]]) -> str:
    lines = [
        f"{'way':14}{'ms/class':>10}  {'MMD^2 / library':24}{'inertia / library':26}{'distinct':>9}{'in use':>8}{'seen':>6}"
    ]
    for name, row in rows.items():
        mmd, inertia = (
            "{1:.3f} ({0:.3f} to {2:.3f})".format(*row[what]) if row[what] else "-" for what in ("mmd", "inertia")
        )
        lines.append(
            f"{name:14}{row['ms']:10.1f}  {mmd:24}{inertia:26}{row['distinct']:9.0f}{100 * row['in_use']:6.0f} %{row['seen']:6.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--case", default="digits", choices=list(CASES))
    parser.add_argument("--data-dir", default="", help="archive or folder with the case's images")
    parser.add_argument("--classes", type=int, default=10, help="how many classes are compared")
    parser.add_argument("--outers", type=int, default=4)
    parser.add_argument("--picks", type=int, default=6, help="picks in each outer iteration")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    config = build(CASES[arguments.case] | {"data_dir": arguments.data_dir, "device": arguments.device})
    device = resolve(config.device)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        data = load(config, Path(folder) / "cache").to(device)
    pieces = trajectory(config, data, range(arguments.classes), arguments.outers, arguments.picks)
    rows = summary(compare(pieces, config.clusters), arguments.classes)
    print(table(rows))
    record = {"machine": platform.processor() or platform.machine(), "device": str(device), "torch": torch.__version__,
              "given": vars(arguments), "clusters": config.clusters, "ways": rows}  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"kmeans-{arguments.case}-{time.strftime('%Y%m%d')}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"Recorded in {path}.")


if __name__ == "__main__":
    main()
