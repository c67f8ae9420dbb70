"""In which arithmetic convolutions and matrix products run."""

from __future__ import annotations

from typing import NamedTuple

import torch


class Precision(NamedTuple):
    """`tf32`: float32 products on GPUs may round their factors to 10-bit mantissas. `reads`: the type in which convolutions
    of the fast path read and write; None = the tensors' own."""

    tf32: bool
    reads: torch.dtype | None


PRECISIONS: dict[str, Precision] = {
    "float32": Precision(tf32=False, reads=None),
    "tf32": Precision(tf32=True, reads=None),
    "bf16": Precision(tf32=False, reads=torch.bfloat16),
}


def use(name: str) -> None:
    """Sets what this process's products on GPUs may round."""
    allowed = PRECISIONS[name].tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
