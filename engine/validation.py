"""What may be wrong with settings: values of the wrong kind, out of bounds, or at odds with each other. One sentence each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from engine.errors import unknown

if TYPE_CHECKING:
    from engine.config import RunConfig
    from engine.data.catalog import DatasetSpec

OPERATIONS = ("color", "crop", "cutout", "flip", "scale", "rotate")
ONE = "one"  # first word of a strategy that uses one of its operations per batch


class Setting(NamedTuple):
    """What a person needs to know about one setting, beside its default."""

    section: str
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def coerce(name: str, kind: type, value: object) -> object:
    """`value` as the setting's type. Raises ValueError with the sentence for the person."""
    text = value.strip() if isinstance(value, str) else value
    try:
        if kind is int:
            if isinstance(text, bool) or (isinstance(text, float) and not text.is_integer()):
                raise ValueError
            return int(text)  # type: ignore[call-overload]
        if kind is float:
            number = float(text)  # type: ignore[arg-type]
            if isinstance(text, bool) or not math.isfinite(number):
                raise ValueError
            return number
        if kind is str:
            if not isinstance(text, str):
                raise ValueError
            return text
        names = text.replace(" ", "").split(",") if isinstance(text, str) else text
        if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):
            raise ValueError
        return tuple(dict.fromkeys(names))
    except (TypeError, ValueError, OverflowError):
        words = {int: "a whole number", float: "a finite number", str: "text"}.get(kind, "names joined by commas")
        raise ValueError(f"{name} must be {words}, got {value!r:.80}.") from None


def bound_problems(config: RunConfig, settings: Mapping[str, Setting]) -> Iterator[tuple[str, str]]:
    """Faults that one setting has by itself."""
    for name, setting in settings.items():
        value = getattr(config, name)
        unit = f" {setting.unit}" if setting.unit else ""
        if setting.low is not None and value < setting.low:
            yield name, f"{name} must be at least {setting.low:g}{unit}, got {value}."
        elif setting.high is not None and value > setting.high:
            yield name, f"{name} must be at most {setting.high:g}{unit}, got {value}."
        for word in (value if isinstance(value, tuple) else (value,)) if setting.choices else ():
            if word not in setting.choices:
                yield name, unknown(name, word, setting.choices)
    if not config.eval_networks:
        yield (
            "eval_networks",
            f"eval_networks is empty; give at least one of: {', '.join(settings['eval_networks'].choices)}.",
        )
    for name in ("augment", "net_augment", "eval_augment"):
        yield from _augment_problems(name, getattr(config, name))
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", config.device, re.ASCII):
        yield "device", f"Unknown device '{config.device:.40}'. Use auto, cpu, cuda or cuda:<number>."
    if "\0" in config.data_dir or len(config.data_dir) > 4096:
        yield "data_dir", "data_dir is not a usable path; give the path of a folder or archive."


def _augment_problems(name: str, strategy: str) -> Iterator[tuple[str, str]]:
    for word in strategy.removeprefix(f"{ONE}_").split("_") if strategy else ():
        if word not in OPERATIONS:
            yield name, f"{name}: {unknown('augmentation', word, OPERATIONS)}"


def joint_problems(config: RunConfig) -> Iterator[tuple[str, str]]:
    """Faults that settings have together."""
    side, spec = config.image_side, config.spec
    least = 8 if config.network == "convnet" else 16  # a ResNet halves three times: below, instance norm sees one pixel
    if side < least:
        yield (
            "side",
            f"side must be 0 (the dataset's own) or at least {least} pixels for network {config.network}, got {side}.",
        )
    if spec.classes and config.increments > spec.classes:
        yield (
            "increments",
            f"increments is {config.increments}, but {config.dataset} has {spec.classes} classes; use at most one step per class.",
        )
    if side >> config.depth < 1:
        yield "depth", f"depth {config.depth} halves a side of {side} away; use at most {side.bit_length() - 1} blocks."
    if config.norm == "batch" and config.framework.normalised:
        yield (
            "norm",
            f"norm is batch, but the statistics that host {config.host}'s paper keeps apart for it are not built here; use norm=instance or none, or host=idc.",
        )
    yield from _source_problems(config, spec)


def _source_problems(config: RunConfig, spec: DatasetSpec) -> Iterator[tuple[str, str]]:
    """Faults of settings with the images that are to be read."""
    if spec.needs_path and not config.data_dir:
        yield "data_dir", f"Dataset '{config.dataset}' has no download; set data_dir to its folder or archive."
    if config.colour != "auto" and spec.channels and config.channels != spec.channels and not config.data_dir:
        own = "grey" if spec.channels == 1 else "colour"
        yield "colour", f"Dataset '{config.dataset}' is {own}; use colour=auto, or data_dir with a folder of images."
    if spec.smallest_class and not config.data_dir:
        yield from size_problems(config, spec.smallest_class)


def size_problems(config: RunConfig, smallest_class: int) -> Iterator[tuple[str, str]]:
    """What the smallest class (in training images) is too small for. Checked at launch where the size is known, and again
    once the files are read."""
    have = f"the smallest class has {smallest_class} training images"
    decoded = config.ipc * config.factor**2
    if decoded > smallest_class:
        yield (
            "ipc",
            f"ipc {config.ipc} x factor {config.factor}^2 = {decoded} images per class, but {have}; lower ipc or factor.",
        )
    picks = config.clusters * config.per_cluster
    if config.outer and config.sampler != "random" and picks > smallest_class:  # the starting images have their own k
        yield (
            "clusters",
            f"clusters {config.clusters} x per_cluster {config.per_cluster} = {picks} images per class, but {have}; lower clusters.",
        )
    if config.outer and config.sampler == "random" and config.batch_real > smallest_class:
        yield "batch_real", f"batch_real is {config.batch_real}, but {have}; lower batch_real."
