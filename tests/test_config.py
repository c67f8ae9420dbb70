"""RunConfig: derived values against METHODS A6.5, the order of precedence, and one sentence per fault."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import config as config_module
from engine.config import DEFAULTS, NETWORKS, SECTIONS, SETTINGS, RunConfig, build, load_file
from engine.coresets import CORESETS
from engine.data.catalog import DATASETS, IDC, idc_settings
from engine.errors import BadConfig
from engine.nets import NETWORKS as NETWORK_TABLE
from engine.objectives import DISTANCES, OBJECTIVES
from engine.presets import PRESETS
from engine.sampling import INITS, SAMPLERS


def problems(**settings: object) -> dict[str, str]:
    with pytest.raises(BadConfig) as caught:
        build(settings)
    return caught.value.problems


@pytest.mark.parametrize(
    ("dataset", "rates"),
    [
        ("cifar10", (5e-4, 5e-3, 2.5e-2)),
        ("cifar100", (5e-4, 5e-3, 2.5e-2)),
        ("svhn", (5e-4, 5e-3, 2.5e-2)),
        ("mnist", (1e-5, 1e-4, 5e-4)),
        ("fashion-mnist", (7.66e-6, 7.66e-5, 3.83e-4)),
        ("tinyimagenet", (2e-3, 2e-2, 2e-5)),
    ],
)
@pytest.mark.parametrize("recipe", ["idc", "dream", "dream+"])
def test_image_learning_rates_of_the_paper(recipe: str, dataset: str, rates: tuple[float, ...]) -> None:
    for ipc, rate in zip((1, 10, 50), rates, strict=True):
        config = build({"dataset": dataset, "recipe": recipe, "ipc": ipc, "data_dir": "x"})
        assert config.effective_image_lr == pytest.approx(rate, rel=1e-3)


_CROP, _CUTOUT = "color_crop", "color_crop_cutout"
_PLAIN, _FLIP = "color_crop_scale_rotate", "color_crop_flip_scale_rotate"


@pytest.mark.parametrize("recipe", ["idc", "dream", "dream+"])
@pytest.mark.parametrize(
    ("dataset", "factor", "ipc", "metric", "samples", "augment", "cutmix", "eval_cutmix", "eval_augment"),
    [
        ("cifar10", 1, 1, "mse", 2000, _CUTOUT, 0.5, 0.5, _FLIP),
        ("cifar10", 2, 50, "mse", 2000, _CUTOUT, 0.5, 0.5, _FLIP),
        ("cifar100", 2, 10, "mse", 2000, _CUTOUT, 0.5, 0.5, _FLIP),
        ("svhn", 2, 1, "mse", 500, _CUTOUT, 0.5, 0.5, _PLAIN),
        ("svhn", 2, 10, "mse", 500, _CUTOUT, 0.5, 0.5, _PLAIN),
        ("svhn", 1, 1, "mse", 500, _CUTOUT, 0.5, 0.0, "color_crop_cutout_scale_rotate"),
        ("svhn", 1, 10, "mse", 500, _CUTOUT, 0.5, 0.5, _PLAIN),
        ("mnist", 2, 1, "l1", 500, _CROP, 0.0, 0.0, _PLAIN),
        ("mnist", 3, 10, "l1", 500, _CROP, 0.0, 0.0, _PLAIN),
        ("mnist", 1, 1, "l1", 500, _CUTOUT, 0.5, 0.5, _PLAIN),
        ("mnist", 1, 50, "l1", 500, _CUTOUT, 0.5, 0.5, _PLAIN),
        ("fashion-mnist", 1, 10, "l1", 500, _CUTOUT, 0.5, 0.5, _FLIP),
        ("fashion-mnist", 2, 10, "l1", 500, _CUTOUT, 0.5, 0.5, _FLIP),
        ("tinyimagenet", 2, 10, "mse", 1000, _CUTOUT, 0.5, 0.5, _FLIP),
        ("tinyimagenet", 2, 50, "mse", 1000, _CUTOUT, 0.5, 0.5, _FLIP),
    ],
)
def test_numbers_of_host_idc_on_each_dataset(
    recipe: str, dataset: str, factor: int, ipc: int, metric: str, samples: int, augment: str, cutmix: float,
    eval_cutmix: float, eval_augment: str,
) -> None:  # fmt: skip
    """METHODS A6.5 with its line on factor 1, and A4's notes on SVHN and MNIST."""
    own = {"dataset": dataset, "recipe": recipe, "ipc": ipc, "factor": factor, "data_dir": "x"}
    c = build(own)
    assert (c.metric, c.net_samples_per_step, c.augment, c.net_augment) == (metric, samples, augment, _CROP)
    assert (c.net_cutmix, c.eval_cutmix, c.eval_augment) == (cutmix, eval_cutmix, eval_augment)


def test_every_cell_of_the_table_counts() -> None:
    """None is hidden behind a later one, and none names a setting that is not there."""
    for cell in IDC:
        others: dict[str, object] = {}
        ipc, factor = cell.ipcs[0], cell.factors[0]
        for one in IDC:
            if one is not cell and one.dataset == cell.dataset and ipc in one.ipcs and factor in one.factors:
                others |= one.settings
        assert set(cell.settings) <= set(SETTINGS)
        if cell.settings.items() <= others.items() or idc_settings(cell.dataset, ipc, factor) == others:
            pytest.fail(f"{cell} changes nothing")


def test_what_follows_from_the_factor_is_no_departure_but_the_factor_is() -> None:
    own = build({"dataset": "mnist", "factor": 1})
    assert own.departures() == {"factor": 1} and own.usual().factor == 2 and own.usual().net_cutmix == 0.5
    assert build({"dataset": "mnist"}).departures() == {}
    assert build({"dataset": "mnist", "factor": 1, "net_cutmix": 0.0}).departures() == {"factor": 1, "net_cutmix": 0.0}
    assert build({"dataset": "cifar10", "recipe": "dc"}).departures() == {}
    assert build({"dataset": "mnist", "recipe": "idc", "objective": "feature"}).departures() == {"objective": "feature"}


def test_one_look_table_of_the_methods() -> None:
    cifar, mnist, svhn = (build({"dataset": d}) for d in ("cifar10", "mnist", "svhn"))
    assert (cifar.metric, cifar.net_samples_per_step, cifar.augment) == ("mse", 2000, "color_crop_cutout")
    assert (cifar.outer, cifar.inner, cifar.clusters, cifar.interval, cifar.factor) == (1200, 100, 128, 10, 2)
    assert (mnist.metric, mnist.net_samples_per_step, mnist.augment, mnist.net_cutmix) == ("l1", 500, "color_crop", 0.0)
    assert (svhn.net_samples_per_step, svhn.eval_augment) == (500, "color_crop_scale_rotate")
    tiny = build({"dataset": "tinyimagenet", "data_dir": "/somewhere"})
    assert (tiny.depth, tiny.image_side, tiny.channels) == (4, 64, 3)
    assert (tiny.batch_real, tiny.clusters, tiny.net_samples_per_step) == (64, 64, 1000)


def test_recipes_are_the_columns_of_the_ablation() -> None:
    start = {"idc": "random", "dc": "noise", "dsa": "random"}
    for host, init in start.items():
        names = (host, *(("dream", "dream+") if host == "idc" else (f"{host}-dream", f"{host}-dream+")))
        built = [build({"recipe": name, "dataset": "cifar10"}) for name in names]
        assert {config.host for config in built} == {host}
        assert [(c.init, c.sampler, c.objective) for c in built] == [
            (init, "random", "gradient"),
            ("clustered", "representative", "gradient"),
            ("clustered", "representative", "both"),
        ]


def test_what_the_person_set_wins_over_preset_dataset_and_recipe() -> None:
    config = build({"width": "64", "objective": "gradient"}, "digits-demo")
    assert (config.width, config.objective, config.ipc, config.dataset) == (64, "gradient", 1, "digits")
    assert config.departures() == {"ipc": 1, "width": 64, "objective": "gradient"}


def test_every_preset_builds_and_round_trips_through_json() -> None:
    for name, preset in PRESETS.items():
        config = build({"data_dir": "x"} if DATASETS[str(preset.settings["dataset"])].needs_path else {}, name)
        assert build(json.loads(json.dumps(config.to_dict()))) == config


def test_names_equal_the_tables_of_the_engine() -> None:
    assert SETTINGS["network"].choices == SETTINGS["eval_networks"].choices == NETWORKS == tuple(NETWORK_TABLE)
    tables: dict[str, Mapping[str, object]] = {
        "init": {**INITS, **CORESETS},
        "sampler": SAMPLERS,
        "objective": OBJECTIVES,
        "metric": DISTANCES,
    }
    for setting, table in tables.items():
        assert set(SETTINGS[setting].choices) == set(table)


def test_every_setting_is_described_and_its_default_allowed() -> None:
    for name, setting in SETTINGS.items():
        assert setting.section in SECTIONS and setting.help.endswith((".", "none.")), name
    assert build({}).to_dict().keys() == DEFAULTS.keys()


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"dataset": "cifr10"}, "dataset", "Did you mean 'cifar10'"),
        ({"recipe": "magic"}, "recipe", "Choose one of: idc, idc-feature, dream, dream+"),
        ({"datset": "digits"}, "datset", "Unknown setting 'datset'. Did you mean 'dataset'?"),
        ({"ipc": 0}, "ipc", "at least 1 images, got 0"),
        ({"ipc": "many"}, "ipc", "whole number, got 'many'"),
        ({"ipc": 1.5}, "ipc", "whole number"),
        ({"ipc": True}, "ipc", "whole number"),
        ({"image_lr": "nan"}, "image_lr", "finite number"),
        ({"image_lr": float("inf")}, "image_lr", "finite number"),
        ({"factor": 9}, "factor", "at most 3"),
        ({"augment": "color_blur"}, "augment", "Unknown augmentation 'blur'"),
        ({"eval_networks": "convnet,vgg"}, "eval_networks", "Unknown eval_networks 'vgg'"),
        ({"eval_networks": []}, "eval_networks", "at least one"),
        ({"device": "tpu"}, "device", "auto, cpu, cuda"),
        ({"side": 8, "network": "resnet10"}, "side", "at least 16 pixels for network resnet10"),
        ({"depth": 6, "dataset": "digits"}, "depth", "halves a side of 16"),
        ({"dataset": "digits", "ipc": 50}, "ipc", "50 x factor 2^2 = 200 images per class"),
        ({"dataset": "digits", "clusters": 500}, "clusters", "smallest class has 139"),
        ({"dataset": "digits", "sampler": "boundary", "clusters": 500}, "clusters", "smallest class has 139"),
        ({"dataset": "digits", "sampler": "random", "batch_real": 500}, "batch_real", "smallest class has 139"),
        ({"recipe": "dc", "norm": "batch"}, "norm", "norm is batch, but"),
        ({"recipe": "dsa-dream+", "norm": "batch"}, "norm", "use norm=instance or none, or host=idc."),
        ({"recipe": "dm", "norm": "batch"}, "norm", "host dm's paper"),
        ({"dataset": "folder"}, "data_dir", "set data_dir"),
        ({"data_dir": "a\0b"}, "data_dir", "not a usable path"),
        ({"dataset": "cifar10", "colour": "grey"}, "colour", "is colour"),
        ({"seed": 2**40}, "seed", "at most"),
        ({"dataset": ["digits"]}, "dataset", "must be text"),
    ],
)
def test_each_fault_gets_a_sentence_under_its_field(settings: dict[str, Any], field: str, words: str) -> None:
    found = problems(**settings)
    assert words in found[field] and re.search(r"[.?]$", found[field])


@pytest.mark.parametrize("init", ["clustered", "random", "medoids"])
def test_clusters_that_nothing_uses_may_be_any_number(init: str) -> None:
    """Starting images are clustered into ipc x factor^2, whatever `clusters` is."""
    config = build({"dataset": "digits", "recipe": "idc", "init": init, "clusters": 500})
    assert config.picks_per_class == config.batch_real


def test_a_batch_norm_is_allowed_where_nothing_is_kept_apart() -> None:
    assert {build({"recipe": r, "norm": "batch"}).norm for r in ("idc", "dream+", "herding")} == {"batch"}


def test_all_faults_are_told_at_once() -> None:
    assert set(problems(ipc=-1, depth="x", nonsense=1, device="gpu")) == {"ipc", "depth", "nonsense", "device"}


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(BadConfig, match=r"Unknown preset .digit-demo.\. Did you mean .digits-demo."):
        build({}, "digit-demo")


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", "[" * 100_000, "\xff\xfe", '{"ipc": ' + "1" * 5000 + "}"])
def test_a_hostile_config_file_is_refused_in_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadConfig, match=r"Config file '.*'"):
        load_file(path)


def test_a_missing_or_huge_config_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        load_file(tmp_path / "none.json")
    (tmp_path / "big.json").write_text(" " * (config_module.MAX_FILE_BYTES + 1))
    with pytest.raises(BadConfig, match="larger than 1 MB"):
        load_file(tmp_path / "big.json")


def test_the_config_is_frozen() -> None:
    with pytest.raises(AttributeError):
        RunConfig().ipc = 3  # type: ignore[misc]
