"""What broke a run, in one sentence."""

from __future__ import annotations

import errno

from engine.errors import DistilleryError, NoSpace, RunFailed

_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
_SPACE = ("no space left", "disk quota exceeded")


def explain(error: BaseException, where: str) -> DistilleryError | None:
    """The error as one that a person is meant to read; None when it is a bug. `where` names the device."""
    if isinstance(error, DistilleryError):
        return error
    text = str(error).lower()
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(words in text for words in _MEMORY)):
        return RunFailed(
            f"The memory of {where} is not enough for this run; lower batch_real, clusters, width or ipc, or free memory there, then start again."
        )
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or any(words in text for words in _SPACE):
        return NoSpace("No space is left on the workspace's disk; free some space, then resume the run.")
    return None
