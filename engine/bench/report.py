"""What `python -m engine bench` prints and records. Torch-free."""

from __future__ import annotations

import json
import platform
import re
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine.errors import BadRequest

LIBRARIES = ("torch", "numpy", "fast-pytorch-kmeans")
WORDS = """\
Median over the pairs of blocks (lowest to highest). Picking and measuring are spread over their intervals; shares are percent of
the inner loop, and decoding, augmenting and moving the images belong to match. The plain loop (benchmarks/baseline.py) works class
by class as the papers' code does, in turn with ours; times faster is the ratio of each pair. TFLOP/s counts the plain method's
convolutions while matching and training; of peak: of this machine's float32 matrix product. MB: peak of tensors on a GPU, of the
process on a CPU."""
COLUMNS = (
    "case", "ms per inner loop", "cluster %", "match %", "network %", "metrics %", "images/s", "TFLOP/s", "of peak %", "MB",
    "plain loop, ms", "times faster",
)  # fmt: skip
PLAIN_COLUMNS = 2
QUIET = 0.5  # load average of the last minute up to which a machine counts as quiet


def whole(device: str, machine: dict[str, Any], cases: Sequence[dict[str, Any]], load: float) -> dict[str, Any]:
    """The JSON value: the cases' rows with their share of the machine's peak. load: processes that wanted a core before."""
    peak = machine["matmul_gflops"] / 1e3
    rows = [case | {"peak_share": case["tflops"] and 100 * case["tflops"] / peak} for case in cases]
    versions = {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}
    return {
        "device": device,
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
        "machine": machine | {"load_before": load},
        "cases": rows,
    }


def text(found: dict[str, Any]) -> str:
    """The table, and one paragraph that says what its words mean."""
    cases, machine = found["cases"], found["machine"]
    compared = any("ratio" in case for case in cases)
    columns = COLUMNS if compared else COLUMNS[:-PLAIN_COLUMNS]
    cells = [columns, *(_cells(case)[: len(columns)] for case in cases)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    table = ["  ".join(_padded(row, widths)) for row in cells]
    head = (
        f"{machine['name']}, {machine['cores']} cores; float32 matrix product {_short(machine['matmul_gflops'] / 1e3)} TFLOP/s; "
        f"torch {found['versions']['torch']}, Python {found['versions']['python']}."
    )
    odd = [
        f"{case['name']}: the images after one inner loop differ from the plain loop's by {case['difference_from_plain']:.2g} of "
        f"their change (precision {case['precision']})."
        for case in cases
        if case.get("equal_to_plain") is False
    ]
    if machine["load_before"] > QUIET:
        odd.append(
            f"The machine was not quiet ({machine['load_before']:.1f} processes wanted a core when this began): do not trust the "
            "ratios, because the plain loop's threads wait by spinning and lose most."
        )
    return "\n".join([head, "", *table, "", *odd, WORDS])


def record(found: dict[str, Any], folder: Path) -> Path:
    """Writes the JSON value to `folder`, under a name with date, device and cases. Raises BadRequest."""
    kind = "cpu" if found["device"] == "cpu" else found["machine"]["name"]
    words = re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")
    path = folder / f"bench-{found['date'].replace('-', '')}-{words}.json"
    try:
        folder.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadRequest(
            f"'{path}' cannot be written ({error.strerror or error}); leave --record out, or make the folder writable."
        ) from None
    return path


def _cells(case: dict[str, Any]) -> tuple[str, ...]:
    shares = (f"{case[f'{name}_share']:.1f}" for name in ("cluster", "match", "network", "metrics"))
    own = (
        case["name"],
        _spread(case, "ms_per_inner_loop", "ms_low", "ms_high"),
        *shares,
        _short(case["images_per_second"]),
        _short(case["tflops"]),
        _short(case["peak_share"]),
        _short(case["peak_memory_mb"]),
    )
    if "ratio" not in case:
        return *own, "-", "-"
    baseline = _spread(case, "baseline_ms_per_inner_loop", "baseline_ms_low", "baseline_ms_high")
    return *own, baseline, _spread(case, "ratio", "ratio_low", "ratio_high")


def _spread(case: dict[str, Any], middle: str, low: str, high: str) -> str:
    return f"{_short(case[middle])} ({_short(case[low])} to {_short(case[high])})"


def _short(value: float | None) -> str:
    """Three figures, or all before the point; "-" for what was not measured."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The first column to the left, numbers to the right."""
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
