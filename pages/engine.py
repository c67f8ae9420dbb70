"""The machine behind the pages: processes, devices, queue, storage, logs, versions."""

from __future__ import annotations

from app.views.engine import engine_page

engine_page.page()
