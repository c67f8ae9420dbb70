"""Studies: small grids of runs, each answering one question that a paper answers with a table or a figure. Torch-free."""

from __future__ import annotations

from engine.studies.catalog import STUDIES
from engine.studies.record import Failure, Member, StudyRecord
from engine.studies.study import Cell, Gathered, Row, Scale, Study

__all__ = ["STUDIES", "Cell", "Failure", "Gathered", "Member", "Row", "Scale", "Study", "StudyRecord"]
