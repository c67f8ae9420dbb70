"""The database tables. Times are seconds since the epoch, by the clock of the machine that wrote them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = 2
"""Version of the tables below. Any change to them raises it, and `engine/store/migrate.py` says how older ones follow."""


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON}


class MetaRow(Base):
    """Facts about the database itself: the schema's version."""

    __tablename__ = "meta"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class ServiceRow(Base):
    """A background process that exists once: "supervisor" or "lab"."""

    __tablename__ = "services"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    pid: Mapped[int]
    pid_created: Mapped[float]
    heartbeat: Mapped[float]


class RunRow(Base):
    """One run. `life` counts its workers: a worker writes only while the row still carries its number."""

    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    preset: Mapped[str] = mapped_column(String(80))
    config: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), index=True)
    wish: Mapped[str] = mapped_column(String(5), default="")
    wish_at: Mapped[float | None]
    phase: Mapped[str] = mapped_column(Text, default="")
    phase_done: Mapped[int] = mapped_column(BigInteger, default=0)
    phase_total: Mapped[int] = mapped_column(BigInteger, default=0)
    step: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    created: Mapped[float]
    queued: Mapped[float]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    seconds: Mapped[float] = mapped_column(default=0.0)
    eta: Mapped[float | None]
    device: Mapped[str] = mapped_column(String(100), default="")
    slot: Mapped[str] = mapped_column(String(100), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    error_kind: Mapped[str] = mapped_column(String(20), default="")
    results: Mapped[dict[str, Any]] = mapped_column(default=dict)
    life: Mapped[int] = mapped_column(default=0)
    pid: Mapped[int | None]
    pid_created: Mapped[float | None]
    heartbeat: Mapped[float | None]
    deleted: Mapped[float | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    pinned: Mapped[bool] = mapped_column(default=False)


class MetricRow(Base):
    """One point of one curve. `id` only ever grows, so that readers can ask for what is newer than they have."""

    __tablename__ = "metrics"
    __table_args__ = (Index("metrics_by_run", "run_id", "id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    step: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[float | None]  # NULL = not a number
    seconds: Mapped[float]


class TaskRow(Base):
    """One piece of work, done by the lab: about a run, or (`run_id` NULL) about a dataset. `key` is the hash of everything its
    result depends on."""

    __tablename__ = "tasks"
    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    params: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), index=True)
    phase: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    created: Mapped[float]
    finished: Mapped[float | None]
    error: Mapped[str] = mapped_column(Text, default="")
    error_kind: Mapped[str] = mapped_column(String(20), default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
