"""The measured process's end of the line: a JSON object per line on stdin asks, one on stdout answers.

Between two questions it waits in a blocking read and takes no core from the process whose turn it is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch

from engine.clock import peak_memory_mb
from engine.errors import DistilleryError

Answer = Callable[[dict[str, Any]], Any]


def serve(answers: Mapping[str, Answer]) -> None:
    """Answers until the other end closes. `answers`: by the question's "do"; each gets the question. What libraries print to
    stdout goes to stderr."""
    line = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for text in sys.stdin:
        question = json.loads(text)
        try:
            answer = {"value": answers[question["do"]](question)}
        except DistilleryError as error:
            answer = {"error": str(error)}
        except torch.OutOfMemoryError:
            answer = {"error": "The GPU's memory does not hold this case; choose a smaller one with --case."}
        print(json.dumps(answer), file=line, flush=True)


def memory(device: torch.device) -> dict[str, float | None]:
    """Peak megabytes so far: of the process, and of the tensors on the GPU (None on a CPU)."""
    on_gpu = peak_memory_mb(device) if device.type == "cuda" else None
    return {"process_mb": peak_memory_mb(torch.device("cpu")), "gpu_mb": on_gpu}
