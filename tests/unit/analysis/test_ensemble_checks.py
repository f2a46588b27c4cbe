"""The checks of the way to the settings run, on a tiny invented province; what they find there means nothing."""

from pathlib import Path

import numpy as np
import pytest

from sim.analysis.record import ensemble as room
from sim.analysis.record.ensemble_checks import COLUMNS, TOLD, checks
from sim.words import Words

LAKELAND = str(Path(__file__).parents[2] / "provinces" / "lakeland")


@pytest.mark.slow
def test_a_tiny_version_runs_and_names_every_check(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "cache_folder", lambda: tmp_path)
    said = []
    found = checks(LAKELAND, members=12, truths=2, truth_members=12, draws=12, scale=0.005, told=said.append)
    assert tuple(found.columns) == COLUMNS
    assert said[-1] == "known truth 2 of 2"
    inside = found[found["check"] == "truths_inside"]
    assert len(inside) == TOLD
    assert inside["found"].between(0, 2).all()
    assert inside["expected"].to_numpy() == pytest.approx(2 * (1 - 2 * 1.55 / 13))
    (untouched,) = found.loc[found["check"] == "untouched", "found"]
    assert 0.5 < untouched < 1.5, "so few members correlate by chance"
    assert np.isfinite(found.loc[found["check"] != "shifts_agree", "found"]).sum() >= len(found) - 6
    for lang in ("zh", "en"):
        words = Words(lang)
        assert all(words(f"ensemble.check_{check}") for check in found["check"])
