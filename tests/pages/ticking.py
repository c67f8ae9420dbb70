"""A part of a page as the browser's timer asks for it: by itself."""

from __future__ import annotations

from functools import partial

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner


def tick(at: AppTest, key: str) -> AppTest:
    """The page after the part of that key was asked for again: what that part shows, or the whole page where it asked for that."""
    (fragment,) = at._fragment_storage.resolve_target(key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "RerunData", partial(RerunData, fragment_id=fragment))
        return at.run()
