"""The table of evaluation protocols: how networks are trained from scratch for a score, and when they are tested (METHODS A0.5).
Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from engine.config import RunConfig, build


@dataclass(frozen=True)
class Protocol:
    """One protocol, stored whole with every score. The score is the accuracy after the last pass; nothing is selected on the
    test set.

    epochs, augment, cutmix: the settings eval_epochs, eval_augment, eval_cutmix. batch: images per step. lr: rate of SGD, which
    is multiplied by `lr_factor` at each of `lr_drops`, shares of the epochs, `late` passes later. `extra`: passes over the set
    beyond `epochs`. `anew`: a drop comes with a new optimiser, whose momentum starts at zero. tests: shares of the passes after
    which a network is tested; the last is always among them.
    """

    epochs: int
    augment: str
    cutmix: float
    name: str = "E-IDC"
    version: int = 1
    batch: int = 64
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    lr_factor: float = 0.2
    lr_drops: tuple[float, ...] = (2 / 3, 5 / 6)
    late: int = 0
    extra: int = 0
    anew: bool = False
    tests: tuple[float, ...] = (1 / 4, 1 / 2, 3 / 4, 1)

    def to_dict(self) -> dict[str, Any]:
        """As JSON gives it back, so that a score read from a file equals the one that was written."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @property
    def passes(self) -> int:
        """How often a network sees the whole set."""
        return self.epochs + self.extra

    def drops(self) -> tuple[int, ...]:
        """The passes, counted from 0, that begin with a lower rate; some may lie beyond the last pass."""
        return tuple(int(self.epochs * share) + self.late for share in self.lr_drops)

    def lr_at(self, number: int) -> float:
        """Learning rate during pass `number`, counted from 0."""
        return self.lr * self.lr_factor ** sum(number >= drop for drop in self.drops())

    def starts_anew(self, number: int) -> bool:
        """Whether pass `number`, counted from 0, begins with a new optimiser."""
        return self.anew and number in self.drops()

    def tested_after(self) -> tuple[int, ...]:
        """The numbers of passes after which a network is tested, ascending, each once; the last is `passes`."""
        counts = {int(self.passes * share) for share in self.tests} | {self.passes}
        return tuple(sorted(counts - {0}))


PROTOCOLS: dict[str, Protocol] = {
    # snu-mllab/Efficient-Dataset-Condensation, train.py
    "E-IDC": Protocol(1000, "color_crop_flip_scale_rotate", 0.5),
    # VICO-UoE/DatasetCondensation, utils.py: epochs 0 to E; the rate drops once epoch E // 2 + 1, counted from 0, is over
    "E-DC": Protocol(300, "", 0.0, "E-DC", batch=256, lr_factor=0.1, lr_drops=(1 / 2,), late=2, extra=1, anew=True, tests=(1,)),
}  # fmt: skip


def protocol(config: RunConfig, epochs: int) -> Protocol:
    """The protocol that the settings name, with their augmentation and CutMix, for `epochs` epochs."""
    return replace(PROTOCOLS[config.protocol], epochs=epochs, augment=config.eval_augment, cutmix=config.eval_cutmix)


@lru_cache(maxsize=4096)
def tested_under(config: RunConfig, name: str) -> RunConfig:
    """The run with the evaluation that the protocol of that name has for it. Its own protocol: its own settings. The other one as
    coresets are reported under both (METHODS, Part B): E-IDC as DREAM+ is tested on the dataset, E-DC as in the table, without
    augmentation. Remembered: a page asks for every row at every tick."""
    if name == config.protocol:
        return config
    usual = build({"dataset": config.dataset, "ipc": config.ipc, "recipe": "dream+"}, check=False)
    if name == usual.protocol:
        epochs, augment, cutmix = usual.eval_epochs, usual.eval_augment, usual.eval_cutmix
    else:
        epochs, augment, cutmix = PROTOCOLS[name].epochs, PROTOCOLS[name].augment, PROTOCOLS[name].cutmix
    return replace(config, protocol=name, eval_epochs=epochs, eval_augment=augment, eval_cutmix=cutmix)


def as_asked(config: RunConfig, params: Mapping[str, Any]) -> RunConfig:
    """The run with the evaluation of an "evaluate" task, whose parameters are whole. Tasks from before the protocol could be
    chosen say nothing of it: the run's own."""
    under = tested_under(config, params.get("protocol", config.protocol))
    return replace(under, eval_networks=tuple(params["networks"]), eval_epochs=params["epochs"], eval_repeats=params["repeats"])  # fmt: skip
