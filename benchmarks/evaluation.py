"""Times the evaluation of a synthetic set: `python -m benchmarks.evaluation [--device D] [--dataset digits|cifar10] [--epochs N]`.

n networks trained by protocol E-IDC on ten decoded images per class of the real data (which stand for a synthetic set), our way
and the plain way: one network after another, differentiated automatically, with PyTorch's default threads. Both ways take turns,
draw the same and are tested on the same images. Prints seconds, ratio and both accuracies.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import torch

from engine.config import RunConfig, build
from engine.cores import threads
from engine.data.dataset import Dataset
from engine.data.load import load
from engine.devices import finish, resolve
from engine.evaluate import Exam, architecture, evaluate
from engine.events import Score
from engine.precision import use
from engine.protocols import protocol


def scores(config: RunConfig, data: Dataset, epochs: int) -> tuple[float, float]:
    """Seconds, and the mean accuracy in percent."""
    few = torch.cat([members[:10] for members in data.members])
    pair = data.train_images[few], data.train_labels[few]
    arch = architecture(config, data, "convnet", config.norm)
    started, found = time.perf_counter(), float("nan")
    exam = Exam("noise", lambda _: pair, [arch], protocol(config, epochs), config.eval_repeats, 0)
    for item in evaluate(exam, data):
        if isinstance(item, tuple) and isinstance(item[0], Score):
            found = item[0].mean
    finish(data.device)
    return time.perf_counter() - started, found


def plain(config: RunConfig, data: Dataset, epochs: int, default_threads: int) -> tuple[float, float]:
    """As eager PyTorch does it."""
    torch.set_num_threads(default_threads)
    with (
        patch("engine.training.knows", lambda _: False),
        patch("engine.evaluate.train.can_be_stacked", lambda _: False),
        patch("engine.evaluate.score.networks_at_once", lambda _: 1),
    ):
        return scores(config, data, epochs)


def ours(config: RunConfig, data: Dataset, epochs: int) -> tuple[float, float]:
    torch.set_num_threads(threads(config))
    return scores(config, data, epochs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dataset", default="digits", choices=("digits", "cifar10"))
    parser.add_argument("--data-dir", default="")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--networks", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    config = build({"dataset": given.dataset, "data_dir": given.data_dir, "eval_repeats": given.networks})
    default_threads, device = torch.get_num_threads(), resolve(given.device)
    use(config.precision)
    with TemporaryDirectory() as cache:
        data = load(config, Path(cache), lambda _: None).to(device)
    rows = []
    for _ in range(given.repeats + 1):
        rows.append((*plain(config, data, given.epochs, default_threads), *ours(config, data, given.epochs)))
    rows = rows[1:]  # the first pair warms up
    columns = list(zip(*rows, strict=True))
    ratios = [row[0] / row[2] for row in rows]
    print(
        f"{given.networks} networks, {given.epochs} epochs of {10 * data.num_classes} images, width {config.width}, on {device}:"
    )
    print(f"plain {statistics.median(columns[0]):.2f} s ({columns[1][0]:.2f} %), ours {statistics.median(columns[2]):.2f} s "
          f"({columns[3][0]:.2f} %), {statistics.median(ratios):.2f} times faster ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
