"""A 3x3 convolution without bias, and its two gradients. (A bias in front of instance norm changes nothing.)

`prepare` turns a tensor that several convolutions share into the form they read, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.fast.kernels import gather, scatter


class Convolution(Protocol):
    """x [N, I, H, W] and u [N, O, H', W'] are passed in their prepared forms, weights [O, I, 3, 3] as they are."""

    def prepare_input(self, x: Tensor) -> Tensor: ...

    def prepare_output(self, u: Tensor) -> Tensor: ...

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        """u [N, O, H', W']."""
        ...

    def weight_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """dL/dweight where dL/du = u."""
        ...

    def input_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        """dL/dx [N, I, H, W] where dL/du = u."""
        ...


@dataclass(frozen=True)
class Whole:
    """By the library's convolutions. `reads`: the type in which they read and write; sums within one are float32 at least,
    and everything between two convolutions stays in the tensors' own type."""

    padding: int
    reads: torch.dtype | None = None

    def prepare_input(self, x: Tensor) -> Tensor:
        return x.to(self.reads) if self.reads else x

    def prepare_output(self, u: Tensor) -> Tensor:
        return self.prepare_input(u)

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.conv2d(x, weight.to(x.dtype), padding=self.padding).to(weight.dtype)

    def weight_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return self._gradients(u, x, weight, [False, True, False])[1].to(weight.dtype)

    def input_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return self._gradients(u, x, weight, [True, False, False])[0].to(weight.dtype)

    def _gradients(self, u: Tensor, x: Tensor, weight: Tensor, wanted: list[bool]) -> tuple[Tensor, Tensor, Tensor]:
        pad, one = [self.padding] * 2, [1, 1]
        found: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
            u, x, weight.to(x.dtype), None, one, pad, one, False, [0, 0], 1, wanted
        )
        return found


@dataclass(frozen=True)
class Patched:
    """By matrix products over patches, on the CPU: for one or three input channels, where the library's convolutions are
    slow and several passes read the same patches. x is prepared as [N, H', W', 9 I], u as [N H' W', O]."""

    padding: int
    shape: tuple[int, int, int]  # of one input image

    def prepare_input(self, x: Tensor) -> Tensor:
        return gather(x, self.padding)

    def prepare_output(self, u: Tensor) -> Tensor:
        return u.permute(0, 2, 3, 1).reshape(-1, u.shape[1])

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        count, high, wide, length = x.shape
        return (x.view(-1, length) @ _matrix(weight).T).view(count, high, wide, -1).permute(0, 3, 1, 2)

    def weight_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        flat = u.T @ x.view(-1, x.shape[-1])
        return flat.view(len(weight), 3, 3, -1).permute(0, 3, 1, 2)

    def input_gradient(self, u: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return scatter((u @ _matrix(weight)).view(x.shape), self.padding, (len(x), *self.shape))


def _matrix(weight: Tensor) -> Tensor:
    """[O, I, 3, 3] -> [O, 9 I], in the order of a patch."""
    return weight.permute(0, 2, 3, 1).reshape(len(weight), -1)
