"""The ends that Table 5 leaves open, found again: minutes of linear programmes, beside the other slow tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.record.calibrate import BOUNDS
from sim.evidence.stars import bounds
from tests.small_province import EVIDENCE


@pytest.mark.slow
def test_the_committed_bounds_are_found_again() -> None:
    """At the printed digits as linear programming over all cells gave: to 320.1 firms, quality SMEs from 82 %."""
    committed = pd.read_csv(EVIDENCE.folder / BOUNDS)
    again = pd.DataFrame([row._asdict() for row in bounds(EVIDENCE, lambda what: None)])
    assert list(committed["digits"]) == list(again["digits"]) == ["exact", "found", "proved"]
    numbers = list(committed)[1:]
    np.testing.assert_allclose(committed[numbers], again[numbers], rtol=1e-4)
    exact = committed.iloc[0]
    assert exact["firms_high"] == pytest.approx(320.1, abs=0.1)
    assert exact["share_x2_low"] == pytest.approx(0.8203, abs=0.0005)
