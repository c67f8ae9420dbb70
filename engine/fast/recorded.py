"""A computation recorded once as a CUDA graph and replayed: hundreds of small kernels at the price of one launch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UP = 3  # runs before the recording, as CUDA graphs ask for: libraries set themselves up in the first ones

log = logging.getLogger(__name__)

Computation = Callable[..., Sequence[Tensor]]
"""Tensors -> tensors, without side effects and without looking at values from Python."""


class Recorded:
    """Calls `compute`; on a GPU, from the second call with given shapes on, replays a recording of it.

    Whatever else `compute` reads (weights) must stay where it is in memory; it may be changed in place. Results are the
    recording's own memory: they hold until the next call. Where recording fails, the computation goes on unrecorded.
    """

    def __init__(self, compute: Computation) -> None:
        self.compute = compute
        self.works = True
        self._seen: set[tuple[object, ...]] = set()
        self._recordings: dict[tuple[object, ...], _Recording] = {}

    def __call__(self, *inputs: Tensor) -> Sequence[Tensor]:
        if inputs[0].device.type != "cuda" or not self.works:
            return self.compute(*inputs)
        key = tuple((tensor.shape, tensor.dtype, tensor.stride()) for tensor in inputs)
        if key in self._seen and key not in self._recordings:
            self._record(key, inputs)
        self._seen.add(key)  # a shape that comes only once, such as a last smaller batch, is not worth a recording
        recording = self._recordings.get(key)
        return recording.replay(inputs) if recording else self.compute(*inputs)

    def forget(self) -> None:
        """Gives the recordings' memory back."""
        self._recordings.clear()

    def _record(self, key: tuple[object, ...], inputs: Sequence[Tensor]) -> None:
        try:
            self._recordings[key] = _Recording(self.compute, inputs)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("This GPU's work cannot be recorded and goes on slower: %s", error)
            self.works = False


class _Recording:
    def __init__(self, compute: Computation, inputs: Sequence[Tensor]) -> None:
        self.inputs = [tensor.clone() for tensor in inputs]  # clones keep strides, which convolutions depend on
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(inputs[0].device):  # whichever is current: streams and graphs belong to one
            self.outputs = self._record(compute, torch.cuda.current_stream(), torch.cuda.Stream())

    def _record(self, compute: Computation, here: torch.cuda.Stream, beside: torch.cuda.Stream) -> list[Tensor]:
        beside.wait_stream(here)
        with torch.cuda.stream(beside):
            for _ in range(WARM_UP):
                compute(*self.inputs)
        here.wait_stream(beside)
        torch.cuda.empty_cache()  # what the plain runs took is given back before the recording takes its own
        try:
            # By the stream that is warm; only what this thread does meanwhile is held to a recording's rules.
            with torch.cuda.graph(self.graph, stream=beside, capture_error_mode="thread_local"):
                return list(compute(*self.inputs))
        finally:
            torch.cuda.set_stream(here)  # older versions of PyTorch leave the other one where a recording fails

    def replay(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        for own, given in zip(self.inputs, inputs, strict=True):
            own.copy_(given)
        self.graph.replay()
        return self.outputs
