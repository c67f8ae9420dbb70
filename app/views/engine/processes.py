"""Who works: the supervisor, the lab, the devices and the runs that are on them."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from app.parts import guard, places, words
from engine import api
from engine.api import Gauge, Service, Worker

ROLES = {
    "supervisor": ("Supervisor", "Starts waiting runs as devices become free. It ends by itself after ten idle minutes; runs go on without it."),
    "lab": ("Lab", "Does what pages ask for beside runs: sampling studies, evaluations, looks inside datasets. It comes and goes by itself."),
}  # fmt: skip


def panel() -> None:
    """A card for both processes and for each device."""
    with guard.told():
        at_work, gauges = api.workers(), api.devices()
        with st.grid(3, min_column_width=280, key="engine-cards"):
            for name in ROLES:
                _service(api.service(name))
            for gauge in gauges:
                _device(gauge, [worker for worker in at_work if worker.slot == gauge.slot])


def _service(service: Service) -> None:
    title, role = ROLES[service.name]
    with st.container(border=True, height="stretch", gap="small", key=f"service-{service.name}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{title}**")
            if service.alive:
                st.badge("alive", icon=":material/check_circle:", color="green")
            else:
                st.badge("not running", icon=":material/bedtime:", color="gray")
        if service.alive:
            st.markdown(f"Process {service.pid}, for {words.duration(time.time() - service.since)}")
        st.caption(role)
        if service.name == "supervisor" and not service.alive and not api.readonly():
            st.button(
                "Start",
                icon=":material/play_arrow:",
                on_click=guard.attempt,
                args=(api.ensure_supervisor,),
                key="start",
            )


def _device(gauge: Gauge, at_work: list[Worker]) -> None:
    with st.container(border=True, height="stretch", gap="small", key=f"device-{gauge.slot}"):
        st.markdown(
            f"**{words.plain(gauge.name)}**", help="A device: where runs can work. One run at a time is on each."
        )
        _bar("Busy", gauge.busy, 100.0, lambda percent: f"{percent:.0f} %")
        _bar("Memory", gauge.memory, gauge.memory_total, lambda mega: words.size(words.MEGA * mega), out_of=True)
        for worker in at_work:
            memory = f", {words.size(words.MEGA * worker.memory)}" if worker.memory else ""
            st.page_link(
                places.RUN,
                label=f"{words.plain(worker.run.name)}, {100 * worker.run.progress:.0f} %{memory}",
                icon=":material/play_circle:",
                query_params={"id": worker.run.id},
            )
        if not at_work:
            st.caption("No run is on it.")


def _bar(
    title: str, value: float | None, most: float | None, write: Callable[[float], str], out_of: bool = False
) -> None:
    if value is None or not most:
        st.caption(f"{title}: the driver does not tell")
        return
    shown = write(value) + (f" of {write(most)}" if out_of else "")
    st.progress(min(max(value / most, 0.0), 1.0), text=f"{title} · {shown}")
