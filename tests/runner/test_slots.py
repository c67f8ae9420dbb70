"""Which GPUs there are, as `nvidia-smi -L` and CUDA_VISIBLE_DEVICES say."""

from __future__ import annotations

import pytest

from engine.errors import BadConfig
from engine.runner.slots import CPU, Gpu, choices, parse, visible

LISTING = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1a2b)
GPU 1: Tesla T4 (UUID: GPU-3c4d)
  MIG 1g.10gb     Device  0: (UUID: MIG-5e6f)
  MIG 2g.20gb     Device  1: (UUID: MIG-7a8b)
GPU 2: Tesla T4 (UUID: GPU-9c0d)
"""
WHOLE, OTHER = Gpu("GPU-1a2b", "NVIDIA H100 80GB HBM3"), Gpu("GPU-9c0d", "Tesla T4")
PARTS = (Gpu("MIG-5e6f", "MIG 1g.10gb"), Gpu("MIG-7a8b", "MIG 2g.20gb"))


def test_a_split_gpu_counts_as_its_parts() -> None:
    assert parse(LISTING) == (WHOLE, *PARTS, OTHER)
    assert parse("") == () and parse("No devices found.\n") == ()


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (None, (WHOLE, OTHER)),
        ("", ()),
        ("-1", ()),
        ("1", (OTHER,)),
        ("1,0", (OTHER, WHOLE)),
        ("GPU-9c", (OTHER,)),
        ("0,7,1", (WHOLE,)),
        ("0,0", (WHOLE,)),
        ("nonsense", ()),
        ("GPU-", ()),
    ],
)
def test_what_the_environment_shows(mask: str | None, expected: tuple[Gpu, ...]) -> None:
    assert visible((WHOLE, OTHER), mask) == expected


def test_where_a_run_may_work() -> None:
    both = (WHOLE, OTHER)
    assert choices("auto", ()) == choices("cpu", ()) == choices("cpu", both) == (CPU,)
    assert choices("auto", both) == choices("cuda", both) == ("GPU-1a2b", "GPU-9c0d")
    assert choices("cuda:1", both) == ("GPU-9c0d",)


@pytest.mark.parametrize(("device", "present"), [("cuda", ()), ("cuda:0", ()), ("cuda:2", (WHOLE, OTHER))])
def test_a_gpu_that_is_not_there(device: str, present: tuple[Gpu, ...]) -> None:
    with pytest.raises(BadConfig) as caught:
        choices(device, present)
    assert list(caught.value.problems) == ["device"] and device in str(caught.value)
