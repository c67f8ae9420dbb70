"""A timer of the page that is left never takes a click on a link back.

Streamlit (1.67, `ScriptRequests`) folds each new rerun into the one that waits and takes the new one's page. A live page's timer that
fires after a click, before the server has worked on it, still names the old page: the click would be lost, the more often the busier
the machine.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

_FOLD = "_request_rerun_locked"


def folded(waiting: RerunData, new: RerunData) -> RerunData:
    """`new` as it may be folded into `waiting`: a timer's keeps the page and the address that somebody has asked for."""
    if not new.is_auto_rerun:
        return new
    return replace(
        new,
        page_script_hash=waiting.page_script_hash,
        page_name=waiting.page_name,
        query_string=waiting.query_string,
    )


def keep() -> None:
    """Mends it, once in a process; a Streamlit that folds in another way is left alone."""
    original: Any = getattr(ScriptRequests, _FOLD, None)
    if original is None or getattr(original, "keeps_clicks", False):
        return

    def fold(self: Any, new: RerunData) -> bool:
        if self._state == ScriptRequestType.RERUN:
            new = folded(self._rerun_data, new)
        return bool(original(self, new))

    fold.keeps_clicks = True  # type: ignore[attr-defined]
    setattr(ScriptRequests, _FOLD, fold)
