"""Thresholds set aside: what would be shown, were every question sure enough, or none."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from kqa.answer.find import Finder, Found


def _set_threshold(monkeypatch: pytest.MonkeyPatch, threshold: float) -> None:
    """Also for assistants that are open already."""
    finding = Finder.find

    def find(self: Finder, text: str) -> Found:
        other = copy.copy(self)
        other.confidence_weights = dataclasses.replace(self.confidence_weights, threshold=threshold)
        return finding(other, text)

    monkeypatch.setattr(Finder, "find", find)


@pytest.fixture
def always_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No question is too unsure: whatever may be quoted at all is quoted."""
    _set_threshold(monkeypatch, 0.0)


@pytest.fixture
def never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is too unsure."""
    _set_threshold(monkeypatch, 1.1)
