import os

import pytest

from sim.errors import InputError, MistakeError
from sim.files.names import evidence_folder
from sim.world.levers import LEVERS
from sim.world.parameters import FILE, load_parameters
from sim.world.required import WHOLE

HEADER = "name,meaning_en,meaning_zh,unit,default,low,high,source,grade\n"
ROW = "rho,persistence of luck,困难运气的持续性,per quarter,0.9,0.7,0.97,our judgement,assumed\n"


@pytest.fixture
def folder(tmp_path):
    def write(text, *, later=0):
        path = tmp_path / FILE
        path.write_text(text)
        os.utime(path, ns=(later, later))
        return tmp_path

    return write


def problems_of(folder):
    with pytest.raises(InputError) as error:
        load_parameters(folder)
    return [(problem.line, problem.column, problem.key, problem.message) for problem in error.value.problems]


@pytest.fixture(scope="module")
def registry():
    return load_parameters(evidence_folder("hubei"))


@pytest.fixture
def short(monkeypatch):
    """Let a registry of one row be whole."""
    monkeypatch.setattr("sim.world.parameters.REQUIRED", frozenset({"rho"}))


def test_times_that_the_model_counts_are_whole_quarters(registry):
    """What is recorded is what is run: nothing is rounded in silence."""
    for name in WHOLE:
        assert registry[name].unit == "quarters"
        assert registry[name].read("6 quarters") == 6
        with pytest.raises(MistakeError, match="whole quarters"):
            registry[name].read(6.5)


@pytest.mark.usefixtures("short")
def test_a_row_becomes_a_parameter(folder):
    (rho,) = load_parameters(folder(HEADER + ROW)).values()
    assert (rho.name, rho.meaning_en, rho.meaning_zh, rho.unit) == (
        "rho",
        "persistence of luck",
        "困难运气的持续性",
        "per quarter",
    )
    assert (rho.default, rho.low, rho.high, rho.source, rho.grade) == (
        0.9,
        0.7,
        0.97,
        "our judgement",
        "assumed",
    )
    assert rho.allowed == "0.7 to 0.97 per quarter"


@pytest.mark.parametrize(
    ("column", "text", "words", "named"),
    [
        ("default", "", "empty", "default"),
        ("default", "often", "must be a number", "default"),
        ("default", "nan", "finite", "default"),
        ("default", "0.99", "the default lies outside low to high", "default"),
        ("high", "0.6", "low is above high", "low"),
        ("unit", "", "empty", "unit"),
        ("source", "", "empty", "source"),
        ("grade", "guessed", "allowed are seed, official", "grade"),
        ("name", "rho-1", "a letter followed by letters, digits and underscores", "name"),
        ("name", "0rho", "a letter followed by letters, digits and underscores", "name"),
    ],
)
def test_mistake_in_the_registry_is_named_at_its_place(folder, column, text, words, named):
    names = HEADER.strip().split(",")
    cells = ROW.strip().split(",")
    cells[names.index(column)] = text
    ((line, at, key, message),) = problems_of(folder(HEADER + ",".join(cells) + "\n"))
    assert (line, key) == (2, named)
    assert at == 1 + sum(len(cell) + 1 for cell in cells[: names.index(named)])
    assert words in message


def test_all_mistakes_at_once(folder):
    text = HEADER + ROW + ROW + ROW.replace("rho", "delta").replace("0.9,", "x,").replace("our judgement", "")
    assert [(line, key) for line, _, key, _ in problems_of(folder(text))] == [
        (3, "name"),
        (4, "default"),
        (4, "source"),
    ]


def test_missing_and_empty_registry(tmp_path, folder):
    assert "missing" in problems_of(tmp_path)[0][3]
    assert "empty" in problems_of(folder(""))[0][3]
    assert "no rows" in problems_of(folder(HEADER, later=1))[0][3]


@pytest.mark.usefixtures("short")
def test_registry_is_read_again_only_after_a_change(folder):
    first = load_parameters(folder(HEADER + ROW, later=1))
    assert load_parameters(folder(HEADER + ROW, later=1)) is first
    changed = load_parameters(folder(HEADER + ROW.replace("0.9,", "0.8,"), later=2))
    assert changed["rho"].default == 0.8
    assert first["rho"].default == 0.9


def test_registry_is_a_mapping_that_cannot_be_changed(registry):
    assert len(registry) == len(list(registry)) == len(registry.defaults())
    assert "no_such" not in registry
    with pytest.raises(TypeError):
        registry["rho"] = registry["rho"]
    with pytest.raises(AttributeError):
        registry["rho"].default = 1.0
    with pytest.raises(AttributeError):
        registry.other = 1


def test_every_default_is_read_back_with_its_unit(registry):
    for parameter in registry.values():
        assert parameter.read(parameter.default) == parameter.default
        if parameter.unit not in ("share", "probability", "factor", "ratio", "proportional", "elasticity"):
            assert parameter.read(f"{parameter.default!r} {parameter.unit}") == parameter.default
        assert parameter.allowed.startswith(f"{parameter.low:.12g}")


def test_value_outside_the_range_is_refused_with_meaning_range_and_unit(registry):
    capacity = registry["pool_capacity"]
    with pytest.raises(ValueError, match=f"^{capacity.meaning_en} cannot be negative .allowed: 0 to "):
        capacity.read(-1)
    with pytest.raises(ValueError, match=f"too large for {capacity.meaning_en} .allowed: .* people"):
        capacity.read("1 bn people")
    with pytest.raises(ValueError, match="the unit does not fit: expected people, not km"):
        capacity.read("30 km")


def test_unknown_parameter_gets_a_suggestion(registry):
    assert str(registry.unknown("rhoo")) == "no such parameter. Did you mean rho?"
    assert "explain" in str(registry.unknown("qqqqqqqq"))


def test_every_lever_finds_its_parameters(registry):
    values = registry.defaults()
    for lever in LEVERS:
        assert lever.unit_cost in registry
        assert set(lever.settings.values()) <= set(registry)
        assert all(isinstance(magnitude, float) for magnitude in lever.effects(values).values())
