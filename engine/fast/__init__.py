"""The ConvNet's derivatives written out, in place of automatic differentiation: the fast path of matching and training.

    layers.py    a ConvNet as the passes see it, and which networks they know
    convolve.py  convolution and its two gradients, whole or as patches
    blocks.py    norm, ReLU and pooling: forward, backward and their directional derivatives, in PyTorch (any device)
    kernels.py   the same as fused loops for the CPU (numba)
    passes.py    forward, backward and tangent through all blocks
    match.py     the gradient of the matching loss with respect to the synthetic images
    train.py     the gradients of a training step; features of many images

Everything here equals what automatic differentiation of `engine.nets.ConvNet` gives, up to rounding (tests/fast).
"""

from __future__ import annotations

from engine.fast.layers import Layers, knows

__all__ = ["Layers", "knows"]
