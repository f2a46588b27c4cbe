"""The type checker sees through the kernels' decorators: a misspelt field is found before anything is compiled."""

from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[3]
KERNEL = """
from sim.model.numerics import hot
from sim.model.state import Firms
from sim.world.inputs import Inputs, Parameters, Programme


@hot
def bill(f: Firms, i: int, programme: Programme, inputs: Inputs, p: Parameters) -> float:
    total: float = p.labour_share * f.staff[i] + programme.unit[0] + inputs.weight
    return total


@hot
def caller(f: Firms, programme: Programme, inputs: Inputs, p: Parameters) -> float:
    return bill(f, 0, programme, inputs, p)
"""


def found_in(text: str, folder: Path) -> str:
    """What mypy reports of a file, with the project's settings and cache."""
    # A new name each time: mypy takes a file of the same size and second for the same.
    file = folder / f"snippet{len(list(folder.iterdir()))}.py"
    file.write_text(text)
    return api.run([str(file), "--config-file", str(ROOT / "pyproject.toml")])[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("p.labour_share", "p.labor_share", '"Parameters" has no attribute "labor_share"'),
        ("f.staff", "f.stuff", '"Firms" has no attribute "stuff"'),
        ("programme.unit", "programme.units", '"Programme" has no attribute "units"'),
        ("inputs.weight", "inputs.wait", '"Inputs" has no attribute "wait"'),
        ("(f, 0, programme, inputs, p)", "(f, 0, inputs, programme, p)", 'incompatible type "Inputs"'),
    ],
)
def test_a_misspelt_field_of_a_kernel_is_found(tmp_path, monkeypatch, right, wrong, told):
    monkeypatch.chdir(ROOT)
    assert "Success" in found_in(KERNEL, tmp_path)
    assert told in found_in(KERNEL.replace(right, wrong), tmp_path)
