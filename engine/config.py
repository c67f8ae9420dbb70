"""RunConfig: the one place where a setting, its default, bounds, unit and help text live. Form, `--set`, JSON config and
docs/SETTINGS.md are made from its fields.

A config is always whole: `build` fills what was not given: field default -> recipe -> dataset -> host -> preset -> what
the person set; later wins. Torch-free. The names that settings may take are checked against the engine's tables by tests/test_config.py.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from engine.data.catalog import DATASETS, DatasetSpec
from engine.errors import BadConfig, unknown
from engine.hosts import COSINE_WEIGHT, HOSTS, Host
from engine.presets import PRESETS
from engine.recipes import RECIPES
from engine.validation import Setting, bound_problems, coerce, joint_problems

NETWORKS = ("convnet", "resnet10", "resnet18", "densenet121")
PROTOCOLS = ("E-IDC", "E-DC")
CORESETS = ("herding", "k-center", "medoids", "forgetting", "least-forgotten")
PRUNERS = ("uncertainty", "random", "forgetting", "hard", "easy", "el2n")
LEADING = ("factor", "objective")  # settings that others follow from, besides those that name dataset and method
MAX_FILE_BYTES = 1_000_000  # a config is a few hundred bytes; anything larger is not one


def _setting(default: Any, section: str, words: str, unit: str = "", low: float | None = None, high: float | None = None,
             choices: tuple[str, ...] = ()) -> Any:  # fmt: skip
    return dataclasses.field(default=default, metadata={"setting": Setting(section, words, unit, low, high, choices)})


TASK, DATA, MATCHING, IMAGES, NETWORK, EVALUATION, RECORDING, MACHINE = SECTIONS = (
    "Task", "Training data", "Matching", "Synthetic images", "Network", "Evaluation", "Recording", "Machine",
)  # fmt: skip
_AUGMENT = "Augmentations joined by '_': any of color, crop, cutout, flip, scale, rotate; empty for none. With one_ in front, one of them is drawn per batch (DSA's way)."


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's result. Build one with `build`; the defaults are the paper's CIFAR-10 column."""

    # fmt: off
    dataset: str = _setting("digits", TASK, "The dataset to distil.", choices=tuple(DATASETS))
    data_dir: str = _setting("", TASK, "Folder or archive (.zip, .tar, .tar.gz, .tar.xz, .tar.bz2) with the images; empty = the workspace's own copy, downloaded when needed.")
    side: int = _setting(0, TASK, "Side that images are resized to; 0 = the dataset's own (32 for a folder).", "pixels", 0, 256)
    colour: str = _setting("auto", TASK, "Read images in grey or in colour; auto = as the dataset is (colour for a folder).", choices=("auto", "grey", "colour"))
    ipc: int = _setting(10, TASK, "Images per class that are stored.", "images", 1, 500)
    factor: int = _setting(2, TASK, "Multi-formation: each stored image is cut into factor x factor tiles, each enlarged to a training image.", "", 1, 3)
    recipe: str = _setting("dream+", TASK, "Named method; it sets the host and the switches below.", choices=tuple(RECIPES))
    increments: int = _setting(1, DATA, "Class-incremental: the classes arrive in so many steps; each step's are distilled alone and join a memory. 1 = all at once.", "steps", 1, 100)
    keep: float = _setting(1.0, DATA, "Share of the training set that is kept before anything else is done, the best by `prune`.", "", 0.01, 1.0)
    prune: str = _setting("uncertainty", DATA, "What decides which training images are kept when keep is below 1.", choices=PRUNERS)
    keep_per: str = _setting("dataset", DATA, "Keep that share of the whole dataset, or of every class.", choices=("dataset", "class"))

    host: str = _setting("idc", MATCHING, "Framework that images are matched in; it brings its own paper's numbers.", choices=tuple(HOSTS))
    init: str = _setting("clustered", MATCHING, "Starting images: nearest to k-means centres, random real ones, the first in the files (as in the released code of IDC), noise, or a coreset.", choices=("clustered", "random", "first", "noise", *CORESETS))
    sampler: str = _setting("representative", MATCHING, "Which real images a batch holds: k-means representatives of the class, random ones, or those nearest to (center) or farthest from (boundary) the class's mean feature.", choices=("representative", "random", "center", "boundary"))
    clusters: int = _setting(128, MATCHING, "K-means clusters per class.", "clusters", 1, 2048)
    per_cluster: int = _setting(1, MATCHING, "Images taken from each cluster, nearest to its centre first.", "images", 1, 64)
    clustering: str = _setting("distinct", MATCHING, "K-means starts from distinct images and refills clusters that run empty; official = as the released code of DREAM: starts may repeat, an empty cluster stays at zero.", choices=("distinct", "official"))
    embedding: str = _setting("normalised", MATCHING, "Pixels that k-means features are computed from; raw = in [0, 1], not normalised, as the released code of DREAM does.", choices=("normalised", "raw"))
    interval: int = _setting(10, MATCHING, "Representatives are picked anew every so many inner loops.", "inner loops", 1, 10_000)
    objective: str = _setting("both", MATCHING, "What is matched: network gradients, mean features, or both.", choices=("gradient", "feature", "both"))
    metric: str = _setting("mse", MATCHING, "Distance of both terms: sum of squared (mse) or of absolute (l1) differences, or of one minus the cosine per output row (cosine, DC's).", choices=("mse", "l1", "cosine"))
    feature_weight: float = _setting(1.0, MATCHING, "Weight of the feature term when both are matched; 1000 where the metric is cosine, which balances the two.", "", 0.0, 1e4)
    batch_real: int = _setting(128, MATCHING, "Real images per class and step for the random sampler, and per network step.", "images", 1, 8192)
    batch_syn_max: int = _setting(128, MATCHING, "Most decoded synthetic images per class and step; a random choice when there are more.", "images", 1, 8192)
    augment: str = _setting("color_crop_cutout", MATCHING, "Shared by the real and the synthetic batch. " + _AUGMENT)

    outer: int = _setting(1200, IMAGES, "Outer iterations: each starts a fresh network. 0 = no matching, the starting images are the result.", "", 0, 100_000)
    inner: int = _setting(100, IMAGES, "Inner loops per outer iteration: each sweeps all classes once.", "inner loops", 1, 10_000)
    image_lr: float = _setting(5e-3, IMAGES, "Base learning rate of the images; used x ipc/10 x (side/32)^2 (side/28 for MNIST) by host idc, as it is by the others, on normalised pixels.", "", 0.0, 1e3)
    image_momentum: float = _setting(0.5, IMAGES, "Momentum of the images' optimiser.", "", 0.0, 0.999)

    network: str = _setting("convnet", NETWORK, "Architecture the images are distilled through.", choices=NETWORKS)
    depth: int = _setting(3, NETWORK, "Blocks of the ConvNet; each halves the side.", "blocks", 1, 6)
    width: int = _setting(128, NETWORK, "Channels of the ConvNet.", "channels", 4, 1024)
    norm: str = _setting("instance", NETWORK, "Normalisation inside the network.", choices=("instance", "batch", "none"))
    pretrain_epochs: int = _setting(1, NETWORK, "Epochs on real data that each fresh network starts with.", "epochs", 0, 100)
    net_lr: float = _setting(0.01, NETWORK, "Learning rate of the network (host idc: momentum 0.9, weight decay 5e-4; dc and dsa: neither).", "", 0.0, 10.0)
    net_samples_per_step: int = _setting(2000, NETWORK, "Host idc: real images the network is trained on after each inner loop.", "images", 0, 1_000_000)
    net_epochs: int = _setting(1, NETWORK, "Hosts dc and dsa: epochs on the synthetic images after each inner loop but the last of an outer iteration.", "epochs", 0, 1000)
    net_augment: str = _setting("color_crop", NETWORK, "While the network trains. " + _AUGMENT)
    net_cutmix: float = _setting(0.5, NETWORK, "Probability of CutMix per network batch.", "", 0.0, 1.0)

    eval_networks: tuple[str, ...] = _setting(("convnet",), EVALUATION, "Architectures trained from scratch on the result; the first gives the headline accuracy.", choices=NETWORKS)
    protocol: str = _setting("E-IDC", EVALUATION, "How networks are trained for a score: IDC's protocol (batch 64, rate x 0.2 at 2/3 and 5/6) or DC's (batch 256, rate x 0.1 at half, momentum anew).", choices=PROTOCOLS)
    eval_epochs: int = _setting(1000, EVALUATION, "Epochs of the protocol.", "epochs", 1, 100_000)
    eval_repeats: int = _setting(3, EVALUATION, "Networks trained per architecture.", "networks", 1, 50)
    eval_augment: str = _setting("color_crop_flip_scale_rotate", EVALUATION, "While evaluation networks train. " + _AUGMENT)
    eval_cutmix: float = _setting(0.5, EVALUATION, "Probability of CutMix per evaluation batch.", "", 0.0, 1.0)
    full_epochs: int = _setting(100, EVALUATION, "Epochs of the full-data baseline (an epoch has many more steps there); the rest of the protocol is the same. 0 = not measured.", "epochs", 0, 10_000)
    evaluate_every: int = _setting(4000, EVALUATION, "Accuracy is measured every so many inner loops, besides start and end; 0 = only then.", "inner loops", 0, 10_000_000)

    metrics_every: int = _setting(50, RECORDING, "MMD and feature difference are measured every so many inner loops.", "inner loops", 1, 1_000_000)
    snapshot_every: int = _setting(100, RECORDING, "The synthetic images are kept every so many inner loops.", "inner loops", 1, 1_000_000)
    migration_every: int = _setting(2000, RECORDING, "Distance d over which feature migration is measured (the paper: 20 outer iterations).", "inner loops", 1, 1_000_000)
    reference_epochs: int = _setting(10, RECORDING, "Epochs of the fixed network that feature migration is measured with; 0 = no such curve.", "epochs", 0, 1000)

    seed: int = _setting(0, MACHINE, "Everything random follows from it.", "", 0, 2**31 - 1)
    precision: str = _setting("tf32", MACHINE, "Arithmetic of convolutions; all else is float32. tf32: 10-bit mantissas on GPUs, PyTorch's own default and what the papers' code ran with; exact float32 on CPUs. float32: exact everywhere. bf16: 8-bit mantissas, fast where the processor has them.", choices=("tf32", "float32", "bf16"))
    device: str = _setting("auto", MACHINE, "auto (a free GPU, else the CPU), cpu, cuda or cuda:<number>.")
    # fmt: on

    @property
    def spec(self) -> DatasetSpec:
        """The dataset's catalogue entry."""
        return DATASETS[self.dataset]

    @property
    def framework(self) -> Host:
        """The host's entry in its table."""
        return HOSTS[self.host]

    @property
    def image_side(self) -> int:
        """Side in pixels that images really have: `side`, else the dataset's own."""
        return self.side or self.spec.side or 32

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (colour)."""
        return {"grey": 1, "colour": 3, "auto": self.spec.channels or 3}[self.colour]

    @property
    def total_steps(self) -> int:
        """Inner loops of the whole run: the length of every step axis. A step of a class-incremental run counts at least one,
        so that its scores have places on that axis."""
        loops = self.outer * self.inner
        return loops if self.increments == 1 else self.increments * max(loops, 1)

    @property
    def effective_image_lr(self) -> float:
        """Learning rate the images really get: base x ipc/10 x (side/base side)^2 (METHODS A4; base side 28 for MNIST only).
        Hosts with normalised images take it as it is."""
        if self.framework.normalised:
            return self.image_lr
        base_side = 28 if self.dataset == "mnist" else 32
        return self.image_lr * (self.ipc / 10) * (self.image_side / base_side) ** 2

    @property
    def picks_per_class(self) -> int:
        """Real images of one class in one matching batch."""
        return self.clusters * self.per_cluster if self.sampler != "random" else self.batch_real

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, flat."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    def usual(self) -> RunConfig:
        """What this dataset and recipe would give by themselves, at this ipc, and what else follows from the settings in
        `LEADING`: hosts' schedules and datasets' numbers depend on them."""
        same = {name: getattr(self, name) for name in ("dataset", "recipe", "data_dir", "ipc")}
        plain = build(same, check=False)
        own = {name: getattr(plain, name) for name in LEADING}
        led = {name: getattr(self, name) for name in LEADING}
        return plain if led == own else dataclasses.replace(build(same | led, check=False), **own)

    def departures(self) -> dict[str, Any]:
        """Settings that differ from the usual ones."""
        usual = self.usual().to_dict()
        differ = {k: v for k, v in self.to_dict().items() if v != usual[k]}
        return ({"ipc": self.ipc} if self.ipc != DEFAULTS["ipc"] else {}) | differ


SETTINGS: dict[str, Setting] = {f.name: f.metadata["setting"] for f in dataclasses.fields(RunConfig)}
DEFAULTS: dict[str, Any] = {f.name: f.default for f in dataclasses.fields(RunConfig)}
_TYPES: dict[str, Any] = {name: hint for name, hint in get_type_hints(RunConfig).items() if name in SETTINGS}


def build(given: Mapping[str, object], preset: str = "", check: bool = True) -> RunConfig:
    """A whole config from what a person gave, which may come from a form, `--set`, or a file: values may be strings.

    Raises BadConfig with one sentence per wrong setting (all of them at once). `check=False` skips the bounds.
    """
    if preset and preset not in PRESETS:
        raise BadConfig({"preset": unknown("preset", preset, PRESETS)})
    asked: dict[str, object] = dict(PRESETS[preset].settings if preset else {}) | dict(given)
    problems = {str(k): unknown("setting", k, SETTINGS) for k in asked if k not in SETTINGS}
    values: dict[str, Any] = {}
    for name in SETTINGS:
        if name in asked:
            try:
                values[name] = coerce(name, _TYPES[name], asked[name])
            except ValueError as error:
                problems[name] = str(error)
    config = RunConfig(**(_by_themselves(values) | values))
    if check or problems:
        problems = dict(bound_problems(config, SETTINGS)) | problems or dict(joint_problems(config))
    if problems:
        raise BadConfig(problems)
    return config


def _by_themselves(values: Mapping[str, Any]) -> dict[str, Any]:
    """What recipe, dataset and host bring along, where `values` names ones that there are."""
    base: dict[str, Any] = {}
    recipe, dataset = values.get("recipe", DEFAULTS["recipe"]), values.get("dataset", DEFAULTS["dataset"])
    if recipe in RECIPES:
        base |= RECIPES[recipe].settings()
    if dataset in DATASETS:
        base |= DATASETS[dataset].settings
        host = values.get("host", base.get("host"))
        if host in HOSTS:
            base |= HOSTS[host].settings(dataset, values.get("ipc", DEFAULTS["ipc"]), values.get("factor"))
            base |= DATASETS[dataset].hosts.get(host, {})
            base |= _of_the_features(HOSTS[host], {**base, **values})
    return base


def _of_the_features(host: Host, values: Mapping[str, Any]) -> dict[str, Any]:
    """Metric and weight of the feature term, where what is matched decides them."""
    objective = values.get("objective", DEFAULTS["objective"])
    if objective == "feature" and host.feature_metric:
        return {"metric": host.feature_metric}
    cosines = objective == "both" and values.get("metric") == "cosine"
    return {"feature_weight": COSINE_WEIGHT} if cosines else {}


def load_file(path: str | Path) -> dict[str, object]:
    """Settings from a JSON file handed in by a person. Raises BadConfig when it is not a flat JSON object."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadConfig(
                {"config": f"Config file '{path}' is larger than 1 MB; a config is a small flat JSON object."}
            )
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            {"config": f"Config file '{path}' cannot be read ({error}); give the path of a JSON file."}
        ) from None
    except (ValueError, RecursionError) as error:  # no JSON, or a number of thousands of digits
        raise BadConfig(
            {"config": f"Config file '{path}' is not JSON ({error}); give a flat object of settings."}
        ) from None
    if not isinstance(value, dict):
        raise BadConfig(
            {"config": f"Config file '{path}' holds a {type(value).__name__}; give a flat object of settings."}
        )
    return value
