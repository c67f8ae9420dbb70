"""The one value that every dataset becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from engine.errors import BadConfig


@dataclass(frozen=True)
class Dataset:
    """A whole labelled image set, resident on one device.

    Shapes: `train_images` uint8 [N, C, H, W] with H = W, `train_labels` int64 [N] in 0..K-1, the test pair likewise.
    `mean`, `std`: per channel on pixels in [0, 1]. `fingerprint`: hex SHA-256 of pixels, labels and class names, so that
    results can be cached by what the data is rather than by where it came from.
    """

    name: str
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str

    @property
    def num_classes(self) -> int:
        return len(self.classes)

    @property
    def num_train(self) -> int:
        return len(self.train_labels)

    @property
    def channels(self) -> int:
        return self.train_images.shape[1]

    @property
    def side(self) -> int:
        return self.train_images.shape[-1]

    @property
    def device(self) -> torch.device:
        return self.train_images.device

    @cached_property
    def members(self) -> tuple[Tensor, ...]:
        """Per class, the positions of its training images: int64 [n_c], ascending."""
        return tuple((self.train_labels == c).nonzero().flatten() for c in range(self.num_classes))

    @cached_property
    def smallest_class(self) -> int:
        """Training images in the smallest class."""
        return min(len(m) for m in self.members)

    def check_class(self, label: int) -> None:
        """Raises BadConfig under "label" for a class that is not there."""
        if not 0 <= label < self.num_classes:
            sentence = f"Class {label} was asked for; this data has classes 0 to {self.num_classes - 1}."
            raise BadConfig({"label": sentence})

    def normalise(self, pixels: Tensor) -> Tensor:
        """[..., C, H, W] in [0, 1] (or uint8, which become float32) -> zero mean, unit variance per channel."""
        x = pixels.to(torch.get_default_dtype()) / 255 if pixels.dtype == torch.uint8 else pixels
        mean, std = self._statistics.to(x).unbind()
        return (x - mean) / std

    def denormalise(self, x: Tensor) -> Tensor:
        """The inverse of `normalise`: zero mean, unit variance [..., C, H, W] -> pixels."""
        mean, std = self._statistics.to(x).unbind()
        return x * std + mean

    @cached_property
    def _statistics(self) -> Tensor:
        """float64 [2, C, 1, 1]: mean, standard deviation, on the device: nobody waits for a copy at every batch."""
        return torch.tensor([self.mean, self.std], dtype=torch.float64, device=self.device)[..., None, None]

    def to(self, device: torch.device | str) -> Dataset:
        """The same data on another device."""
        move = ("train_images", "train_labels", "test_images", "test_labels")
        return replace(self, **{name: getattr(self, name).to(device) for name in move})
