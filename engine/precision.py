"""In which arithmetic convolutions and matrix products run."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import torch


class Precision(NamedTuple):
    """`tf32`: convolutions on GPUs may round their factors to 10-bit mantissas; matrix products never do, since the distances
    of k-means are differences of large ones. `reads`: the type in which convolutions of the fast path read and write; None =
    the tensors' own."""

    tf32: bool
    reads: torch.dtype | None


PRECISIONS: dict[str, Precision] = {
    "tf32": Precision(tf32=True, reads=None),
    "float32": Precision(tf32=False, reads=None),
    "bf16": Precision(tf32=True, reads=torch.bfloat16),
}


def use(name: str) -> None:
    """Sets what this process's convolutions on GPUs may round."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # some versions of PyTorch announce other names, which do not go together with these
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = PRECISIONS[name].tf32
