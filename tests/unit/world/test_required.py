"""The registry contains exactly the numbers that the model reads from it."""

from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.files.folders import bundled
from sim.world.compiled import build_parameters
from sim.world.inputs import series
from sim.world.levers import LEVERS, TERMS
from sim.world.parameters import load_parameters
from sim.world.required import REQUIRED

UNITS = {term.name: term.unit for term in TERMS}
FOLDER = bundled("calibration") / "hubei"


def test_the_bundled_registry_holds_exactly_what_is_required() -> None:
    assert set(load_parameters(FOLDER)) == REQUIRED


def test_the_kernel_gets_every_number_of_the_registry_that_it_reads() -> None:
    """Each array as many as its annotation says; skills are cumulative, with the 1 that follows."""
    values = load_parameters(FOLDER).defaults()
    parameters = build_parameters(values)._asdict()
    numbers = {name: len(array) for name, array in parameters.items() if isinstance(array, np.ndarray)}
    assert numbers == series() | {"skill": 3}
    further = {f"{name}_{series()[name]}" for name in series()}
    assert not further & set(values), "a number that no array collects"
    assert [parameters[name] for name in ("rho", "record_quarters")] == [values["rho"], 12]


def changed(folder: Path, old: str, new: str) -> Path:
    """Copy the registry with one text replaced."""
    text = (FOLDER / "parameters.csv").read_text(encoding="utf-8")
    assert old in text
    (folder / "parameters.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nrho,", "\nrhoo,", "no such parameter. Did you mean rho"),
        (
            ",per quarter,0.9,0.7,0.97,",
            ",per quarter,0.9,0.7,9,",
            "in per quarter, everything must be below 1",
        ),
        (",people,9,", ",bananas,9,", "no such unit"),
        (",firms,100000,50000,", ",firms,100000,0,", "divided by"),
    ],
)
def test_a_corrupted_registry_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        load_parameters(changed(tmp_path, old, new))
    assert refused.value.problems[0].line is not None


def test_a_missing_row_is_named(tmp_path: Path) -> None:
    lines = (FOLDER / "parameters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("rho,", "h0_1,"))]
    (tmp_path / "parameters.csv").write_text("".join(kept), encoding="utf-8")
    with pytest.raises(InputError, match="rows are missing that the model needs: h0_1, rho"):
        load_parameters(tmp_path)


def test_every_number_of_a_lever_is_required() -> None:
    registry = load_parameters(FOLDER)
    for lever in LEVERS:
        assert lever.parameters <= REQUIRED
        assert all(registry[name].unit == UNITS[term] for term, name in lever.terms.items())
        lever.effects(registry.defaults())
