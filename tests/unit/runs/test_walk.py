"""A walk notes that the model is compiled once it has used all of it, not earlier."""

import pytest

from sim.model import quarter
from sim.runs import walk
from tests.small_province import province


def test_only_a_run_that_has_ended_completes_the_kernels(monkeypatch):
    noted = []
    monkeypatch.setattr(walk, "note_kernels_kept", lambda: noted.append(True))

    def interrupted(*given):
        raise KeyboardInterrupt

    path = walk.Walk(province(), 1, 0)
    with monkeypatch.context() as patched:
        patched.setattr(quarter, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            path.step()
    assert noted == []
    path.step()
    assert noted == [True]
