"""The fit on a cheap, known model, and fitted values that replace starting values."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.record.fit import FREE, examine, fit, history_problem, problem, write_fit
from sim.analysis.record.scorecard import Line
from sim.errors import InputError
from sim.files.names import evidence_folder
from sim.world.parameters import FILE, FITTED, Parameter, Registry, load_parameters, write_fitted
from tests.small_province import EVIDENCE

TRUE = {"a": 0.03, "b": 1.9, "c": 40.0}
RESPONSE = np.array([[1.0, 0.5, 0.0], [0.2, 1.0, 0.1], [0.0, -0.3, 1.0], [0.5, 0.5, 0.5]])


def registry(**starts):
    return Registry(
        tuple(
            Parameter(name, name, name, "factor", start, start / 2, start * 2, "test", "assumed")
            for name, start in starts.items()
        )
    )


@dataclass
class Toy:
    """Log-linear, so that the answer is known."""

    names: tuple[str, ...] = ("a", "b", "c")
    response: np.ndarray = field(default_factory=lambda: RESPONSE)
    calls: list[int] = field(default_factory=list)

    def __call__(self, sets):
        self.calls.append(len(sets))
        found = []
        for values in sets:
            logs = np.log([values[name] for name in self.names])
            y = np.exp(self.response @ logs)
            found.append({("y", k): float(value) for k, value in enumerate(y)})
        return found


def points(simulated, tolerance):
    return [
        Line(key, "", "", "F", "", value * (1 - tolerance), value * (1 + tolerance), value)
        for key, value in simulated.items()
    ]


def test_known_parameters_are_recovered():
    toy = Toy()
    given = problem(registry(a=0.02, b=1.5, c=50.0), points(toy([TRUE])[0], 1e-3), list(TRUE))
    found = fit(given, toy)
    assert found.values == pytest.approx(TRUE, rel=1e-3)
    assert found.unidentified == found.not_identified == []
    assert found.determined == pytest.approx(3, abs=0.03)
    assert (found.parameters["pulled"] < 0.01).all()
    assert (found.points["standard_deviations"].abs() < 0.5).all()
    assert found.trace["cost"].iloc[-1] < found.trace["cost"].iloc[0] / 100
    assert (len(found.parameters), len(found.points)) == (3, 4)


def test_the_jacobian_is_simulated_at_once_and_nothing_twice():
    toy = Toy()
    given = problem(registry(a=0.02, b=1.5, c=50.0), points(toy([TRUE])[0], 0.05), list(TRUE))
    toy.calls.clear()
    found = fit(given, toy)
    assert set(toy.calls) <= {1, 3}
    assert sum(toy.calls) == found.evaluations


def test_standard_errors_are_those_of_least_squares():
    toy = Toy()
    given = problem(registry(**TRUE), points(toy([TRUE])[0], 0.01), list(TRUE))
    found = examine(given, toy, TRUE)
    information = RESPONSE.T @ RESPONSE / 0.005**2 + np.eye(3) / np.log(2) ** 2
    expected = np.sqrt(np.diag(np.linalg.inv(information))) * list(TRUE.values())
    assert found.parameters["standard_error"].to_numpy() == pytest.approx(expected, rel=1e-6)
    assert found.evaluations == 4


def test_what_the_points_leave_open_the_pull_decides_and_the_fit_says_so():
    toy = Toy(("a", "b"), np.array([[1.0, 1.0]]))
    given = problem(registry(a=1.0, b=1.0), points(toy([{"a": 1.44, "b": 1.0}])[0], 0.01), ["a", "b"])
    found = fit(given, toy)
    assert found.values == pytest.approx({"a": 1.2, "b": 1.2}, rel=0.01)
    (combination,) = found.unidentified
    assert "0.71 ln a" in combination
    assert "0.71 ln b" in combination
    assert found.parameters["pulled"].to_numpy() == pytest.approx([0.5, 0.5], abs=0.01)
    assert found.determined == pytest.approx(1, abs=0.01), "of two, their product"
    assert found.not_identified == ["a", "b"]


def test_a_range_is_never_left():
    toy = Toy(("a",), np.array([[1.0]]))
    given = problem(registry(a=1.0), points(toy([{"a": 7.0}])[0], 0.01), ["a"])
    found = fit(given, toy)
    assert 1.98 < found.values["a"] <= 2.0
    assert found.parameters["at_bound"].all()


def test_progress_rises_and_never_passes_its_end():
    toy, seen = Toy(), []
    given = problem(registry(a=0.02, b=1.5, c=50.0), points(toy([TRUE])[0], 0.05), list(TRUE))
    fit(given, toy, progress=lambda done, most: seen.append((done, most)))
    assert seen == sorted(seen)
    assert all(done <= most for done, most in seen)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(InputError, match="above 0"):
        problem(
            Registry((Parameter("a", "a", "a", "factor", 1.0, 0.0, 2.0, "test", "assumed"),)),
            points({("y", 0): 1.0}, 0.1),
            ["a"],
        )


def test_without_points_the_starting_values_stay():
    found = fit(problem(registry(a=1.5), [], ["a"]), Toy(("a",), np.array([[1.0]])))
    assert found.values == pytest.approx({"a": 1.5})
    assert list(found.points["series"]) == []
    assert list(found.parameters["pulled"]) == pytest.approx([1.0])
    assert found.determined == pytest.approx(0)
    assert found.not_identified == ["a"]


def test_lines_to_fit_of_which_nothing_is_recorded_are_a_mistake(tmp_path):
    folder = Path(shutil.copytree(evidence_folder("hubei"), tmp_path / "own"))
    header, first, *_ = (folder / "scorecard.csv").read_text(encoding="utf-8-sig").splitlines()
    (folder / "scorecard.csv").write_text(f"{header}\n{first.replace('2020', '2033')}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"records\.csv"):
        history_problem(str(folder))
    (folder / "scorecard.csv").unlink()
    assert history_problem(str(folder)).points == ()


def test_history_is_fitted_from_starting_values_and_after_the_break():
    given = history_problem()
    starts = load_parameters(evidence_folder("hubei"), fitted=False)
    assert [parameter.default for parameter in given.parameters] == [starts[name].default for name in FREE]
    assert all(line.key[1] > 2019 and line.key[1] < 2025 for line in given.points)
    known = {key: figure.value for key, figure in EVIDENCE.records.items()}
    known["wuhan_hightech_firms_share", 2022] = (
        known["wuhan_hightech_firms", 2022] / known["hightech_firms", 2022]
    )
    assert list(given.recorded) == [known[line.key] for line in given.points]


# --- fitted values in force --------------------------------------------------------------------------------

START = "name,meaning_en,meaning_zh,unit,default,low,high,source,grade\n"
RHO = "rho,persistence,持续性,per quarter,0.9,0.7,0.97,our judgement,assumed\n"
HEADER = "name,value,source,grade\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.world.parameters.REQUIRED", frozenset({"rho"}))
    (tmp_path / FILE).write_text(START + RHO)
    (tmp_path / FITTED).parent.mkdir()
    return tmp_path


def test_a_fitted_value_takes_the_place_of_the_start(folder):
    before = load_parameters(folder)["rho"]
    (folder / FITTED).write_text(HEADER + "rho,0.8,fitted to something,derived\n")
    rho = load_parameters(folder)["rho"]
    assert (rho.default, rho.source, rho.grade) == (0.8, "fitted to something", "derived")
    assert (rho.low, rho.high, rho.meaning_en) == (before.low, before.high, before.meaning_en)
    assert load_parameters(folder, fitted=False)["rho"] == before
    (folder / FITTED).unlink()
    assert load_parameters(folder)["rho"] == before


def test_all_mistakes_of_fitted_values_at_once(folder):
    (folder / FITTED).write_text(HEADER + "rhoo,0.8,x,derived\nrho,0.99,x,derived\nrho,much,,assumed\n")
    with pytest.raises(InputError) as error:
        load_parameters(folder)
    found = [(p.line, p.column, p.key, p.message) for p in error.value.problems]
    assert [place[:3] for place in found] == [
        (2, 1, "name"),
        (3, 5, "value"),
        (4, 1, "name"),
        (4, 5, "value"),
        (4, 10, "source"),
        (4, 11, "grade"),
    ]
    assert "Did you mean rho?" in found[0][3]
    assert "0.7 to 0.97" in found[1][3]
    assert {p.file for p in error.value.problems} == {str(folder / FITTED)}


def test_mistakes_of_both_files_are_told_together(folder):
    (folder / FILE).write_text(START + RHO.replace("0.9,", "x,"))
    (folder / FITTED).write_text(HEADER + "rho,much,x,derived\n")
    with pytest.raises(InputError) as error:
        load_parameters(folder)
    assert [(p.file, p.line) for p in error.value.problems] == [
        (str(folder / FILE), 2),
        (str(folder / FITTED), 2),
    ]


def test_written_values_are_read_back(folder):
    path = write_fitted(folder, {"rho": (0.87654321, "fitted to this, and that")})
    assert path.read_text() == HEADER + 'rho,0.876543,"fitted to this, and that",derived\n'
    assert load_parameters(folder)["rho"].default == 0.876543
    assert [file.name for file in path.parent.iterdir()] == ["parameters.csv"]


def test_values_that_do_not_fit_are_not_written(folder):
    for name, value, message in (("rhoo", 0.8, "Did you mean rho"), ("rho", 0.99, "0.7 to 0.97")):
        with pytest.raises(InputError, match=message):
            write_fitted(folder, {name: (value, "x")})
    assert not (folder / FITTED).exists()


def test_a_fit_is_written_with_what_it_was_fitted_to(folder):
    toy = Toy(("rho",), np.array([[1.0]]))
    given = problem(load_parameters(folder), points({("y", 2022): 0.8}, 0.01), ["rho"])
    toy_of_year = lambda sets: [{("y", 2022): found["y", 0]} for found in toy(sets)]  # noqa: E731
    write_fit(folder, fit(given, toy_of_year))
    rho = load_parameters(folder)["rho"]
    assert rho.default == pytest.approx(0.8, rel=0.01)
    assert rho.source.startswith("fitted to y 2022; standard error 0.00")


def test_values_that_met_nothing_are_not_called_fitted(folder):
    write_fit(folder, fit(problem(load_parameters(folder), [], ["rho"]), Toy(("rho",), np.array([[1.0]]))))
    rho = load_parameters(folder)["rho"]
    assert rho.default == pytest.approx(0.9)
    assert rho.source == "starting value: there is no recorded point to fit to"
