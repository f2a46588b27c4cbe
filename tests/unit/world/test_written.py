import json
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.evidence.yaml_positions import _STRANGE, read_yaml
from sim.files.folders import bundled
from sim.files.names import evidence_folder, scenario_names
from sim.world.fields import Amount
from sim.world.levers import FIRM_RULES, LEVERS, REGION_RULES
from sim.world.parameters import load_parameters
from sim.world.quantities import parse_quantity, quarter_text
from sim.world.required import BOUNDS
from sim.world.scenario import load_scenario, read_document
from sim.world.scenario_record import STRUCTURES
from sim.world.surface import CAUSAL_VARIABLES, ScenarioFile
from sim.world.vocabulary import load_vocabulary
from sim.world.written import amount, document, scale_of, yaml_text
from tests.small_province import OF_FIRMS

LAKELAND = "tests/provinces/lakeland.yaml"
REGISTRY = load_parameters(evidence_folder("hubei"))
KNOWN = load_vocabulary(evidence_folder("hubei"))
CODES = [int(region.key) for region in KNOWN.regions]
INDUSTRIES = [industry.key for industry in KNOWN.industries]
MONEY = "yuan per firm-year"


def written_and_read(scenario, folder):
    """The scenario as it comes back from a file."""
    path = folder / "written.yaml"
    path.write_text(yaml_text(document(scenario)), encoding="utf-8")
    return load_scenario(path)


def assert_same(scenario, folder):
    found = written_and_read(scenario, folder)
    files = {"source", "files"}
    assert found.model_dump(exclude=files) == scenario.model_dump(exclude=files)
    assert found.digest == scenario.digest
    assert read_document(document(scenario)).digest == scenario.digest


# Bundled scenarios ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*scenario_names(), LAKELAND])
def test_a_scenario_comes_back_as_it_was(name, tmp_path):
    assert_same(load_scenario(name), tmp_path)


def test_a_document_reads_like_a_bundled_file():
    text = yaml_text(document(load_scenario("all_three")))
    assert text.splitlines()[0] == "# yaml-language-server: $schema=schema.json"
    assert text.splitlines()[-4:] == [
        "levers:",
        "  talent_pool: {start: 2024Q1, share_of_budget: 1/3}",
        "  rd_subsidy: {start: 2024Q1, share_of_budget: 1/3, for: {levels: [1, 2, 3, 4]}}",
        "  platforms: {start: 2024Q1, share_of_budget: 1/3, for: {levels: [1, 2, 3, 4]}}",
    ]
    assert "title: {zh: 三项并举, en: All three}\n" in text
    assert "budget: 1 bn yuan\n" in text
    assert "scale: 0.01\n" in text
    assert "difficulty: {column: 9, causal_reading: selective}\n" in text
    assert "extends" not in text


def test_keys_stand_in_the_order_of_scenario_files():
    scenario = load_scenario(
        "all_three",
        parameters={"rho": 0.8},
        shocks=[{"kind": "demand", "start": "2026Q1", "end": "2026Q4", "size": -0.06}],
    )
    listed = list(document(scenario))
    bundled_file = list(read_yaml(bundled("scenarios") / "baseline.yaml").mapping)
    assert listed == [*bundled_file, "levers", "shocks", "parameters"]
    assert set(listed) == set(ScenarioFile.model_fields) - {"extends"}


def test_a_setting_is_said_by_its_lever_and_not_again(tmp_path):
    given = {"pool_capacity": 12_345.0, "pool_reach": 0.0, "cost_P08": 1e5, "rho": 0.8123}
    scenario = load_scenario("talent_pool", parameters=given)
    written = document(scenario)
    assert written["levers"]["talent_pool"]["capacity"] == "12345 people"
    assert written["levers"]["talent_pool"]["match_reach"] == "region"
    assert written["parameters"] == {"rho": 0.8123, "cost_P08": "100k yuan"}, "platforms are not used"
    assert_same(scenario, tmp_path)


def test_a_number_that_no_word_stands_for_stays_a_parameter(tmp_path):
    scenario = load_scenario("talent_pool", parameters={"pool_reach": 0.5})
    assert document(scenario)["parameters"] == {"pool_reach": 0.5}
    assert_same(scenario, tmp_path)


def test_the_firm_rule_of_people_is_that_of_the_scenario(tmp_path):
    scenario = load_scenario(
        "all_three",
        allocation={"firms": "need"},
        levers={"rd_subsidy": {"firms": "ladder"}, "platforms": {"firms": "ladder"}},
    )
    assert document(scenario)["allocation"]["firms"] == "need"
    assert "firms" not in document(scenario)["levers"]["talent_pool"]
    assert_same(scenario, tmp_path)


def test_regions_are_named_as_people_do(tmp_path):
    scenario = load_scenario("platforms", levers={"platforms": {"regions": [420100, "宜昌", 429021]}})
    assert document(scenario)["levers"]["platforms"]["regions"] == ["Wuhan", "Yichang", "Shennongjia"]
    assert_same(scenario, tmp_path)


@pytest.mark.parametrize("reading", [{}, {"X3": 1 / 3, "X7": 1, "X13": 0.123456789}, "naive"])
def test_causal_readings_come_back(reading, tmp_path):
    scenario = load_scenario("baseline", difficulty={"causal_reading": reading, "coefficients": "drawn"})
    assert_same(scenario, tmp_path)


def test_evidence_beside_the_scenario_is_found_from_elsewhere(tmp_path, monkeypatch):
    folder = evidence_folder("tests/provinces/lakeland").resolve()
    (tmp_path / "files").mkdir()
    (tmp_path / "lakeland").symlink_to(folder)
    (tmp_path / "x.yaml").write_text("name: x\nevidence: ./lakeland\nscale: 0.1\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    scenario = load_scenario("../x.yaml")
    assert scenario.evidence == str(folder)
    assert written_and_read(scenario, tmp_path / "files").digest == scenario.digest


# Any scenario --------------------------------------------------------------------------------------------

SHARES = st.one_of(st.integers(0, 100).map(lambda n: n / 100), st.floats(0.0, 1.0))


def within(parameter):
    if parameter.whole:
        return st.integers(int(parameter.low), int(parameter.high)).map(float)
    return st.floats(parameter.low, parameter.high)


@st.composite
def spans(draw, first=4 * 2020, last=4 * 2032 + 3):
    start = draw(st.integers(first, last))
    return {"start": quarter_text(start), "end": quarter_text(draw(st.integers(start, last)))}


@st.composite
def whom(draw):
    entry = {}
    if draw(st.booleans()):
        entry["levels"] = draw(st.lists(st.integers(0, 4), min_size=1))
    if draw(st.booleans()):
        entry["industries"] = draw(st.lists(st.sampled_from(INDUSTRIES), min_size=1))
    if draw(st.booleans()):
        entry["min_staff"] = draw(st.integers(0, 100))
        entry["max_staff"] = draw(st.integers(100, 10**6))
    return entry


places = st.one_of(st.just("all"), st.just("core"), st.lists(st.sampled_from(CODES), min_size=1))


@st.composite
def lever_entries(draw, lever, most):
    entry = draw(spans()) | {"share_of_budget": draw(st.floats(0.0, most)), "strength": draw(SHARES)}
    entry["regions"] = draw(places)
    rules = [rule for rule in REGION_RULES if rule != "core" or entry["regions"] in ("all", "core")]
    entry["allocation"] = draw(st.sampled_from(rules))
    if lever.name in OF_FIRMS:
        entry["firms"] = draw(st.sampled_from(FIRM_RULES))
        entry["for"] = draw(whom())
        if lever.at_certificate:
            entry["for"].pop("levels", None)
    for key, parameter in lever.settings.items():
        if draw(st.booleans()):
            words = st.sampled_from(list(lever.choices.get(key, {"": 0})))
            entry[key] = draw(words if key in lever.choices else within(REGISTRY[parameter]))
    return entry


@st.composite
def documents(draw):
    used = draw(st.lists(st.sampled_from(LEVERS), unique_by=lambda lever: lever.name))
    names = draw(st.lists(st.sampled_from(list(REGISTRY)), unique=True, max_size=8))
    shock = st.builds(
        lambda span, kind, size, industries, regions: {
            **span,
            "kind": kind,
            "size": size,
            "industries": industries,
            "regions": regions,
        },
        spans(),
        st.sampled_from(["demand", "energy_price"]),
        st.floats(-0.9, 3.0),
        st.lists(st.sampled_from(INDUSTRIES), min_size=1),
        places,
    )
    shares = st.dictionaries(st.sampled_from(CAUSAL_VARIABLES), SHARES)
    return {
        "name": draw(st.from_regex(r"[a-z0-9_-]{1,60}", fullmatch=True)),
        "title": {"zh": draw(st.text(max_size=30)), "en": draw(st.text(max_size=30))},
        "horizon": {"start": "2020Q1", "end": "2032Q4"},
        "scale": f"1/{draw(st.integers(1, 1000))}",
        "seed": draw(st.integers(0, 2**32 - 1)),
        "grid": draw(st.sampled_from(["0.2", "0.1"])),
        "difficulty": {
            "column": draw(st.integers(1, 9)),
            "causal_reading": draw(st.one_of(st.sampled_from(["selective", "naive"]), shares)),
        },
        "structure": draw(st.sampled_from(STRUCTURES)),
        "budget": draw(st.integers(0, 40 * 10**9)),
        "allocation": {"firms": draw(st.sampled_from(FIRM_RULES))},
        "levers": {lever.name: draw(lever_entries(lever, 1 / len(used))) for lever in used},
        "shocks": draw(st.lists(shock, max_size=2)),
        "parameters": {name: draw(within(REGISTRY[name])) for name in names},
    }


@settings(max_examples=40)
@given(given_document=documents())
def test_any_scenario_comes_back_to_the_last_bit(given_document, tmp_path_factory):
    assert_same(read_document(given_document), tmp_path_factory.mktemp("written"))


# Numbers and text ----------------------------------------------------------------------------------------


@given(value=st.floats(-1e12, 1e12), unit=st.sampled_from([*BOUNDS, "yuan per year"]))
def test_any_number_is_read_as_it_was(value, unit):
    read = parse_quantity(amount(value, unit), unit)
    assert repr(read) == repr(value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (200_000.0, MONEY, "200k yuan"),
        (1.5e9, "yuan per year", "1.5 bn yuan"),
        (1.2e8, "yuan per year", "120 million yuan"),
        (123_456_789, "yuan per year", 123_456_789),
        (0.07, "share", "7 %"),
        (1 / 3, "share", "1/3"),
        (0.123456789, "share", 0.123456789),
        (20_000.0, "people", "20000 people"),
        (-0.25, "yuan per yuan", -0.25),
        (0.9, "per quarter", 0.9),
        (3.0, "class", 3),
    ],
)
def test_numbers_are_written_as_people_do(value, unit, text):
    assert amount(value, unit) == text
    assert type(amount(value, unit)) is type(text)


def test_every_weight_has_a_scale():
    allowed: Amount = ScenarioFile.model_fields["scale"].metadata[0]
    for weight in range(1, 1001):
        assert round(1 / allowed.read(scale_of(weight), KNOWN)) == weight


#: What a file may hold; control characters, and halves of characters, are refused.
TEXT = st.text(st.characters().filter(lambda sign: not _STRANGE.search(sign)), max_size=40)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(entries=st.dictionaries(TEXT, PLAIN, min_size=1, max_size=4))
def test_yaml_is_read_as_it_was_written(entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    path.write_bytes(yaml_text(entries).encode())
    assert json.dumps(read_yaml(path).plain()) == json.dumps(entries)


@pytest.mark.parametrize(
    "text",
    ["", " a", "a ", "-", "- a", "a: b", "a #b", "true", "1e5", "2024", "null", "~", "*a", "{a", "'", '"\\'],
)
def test_text_that_yaml_would_mistake_is_quoted(text, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(yaml_text({"a": text, "b": [text], "c": {text: text}}))
    assert read_yaml(path).plain() == {"a": text, "b": [text], "c": {text: text}}


def test_long_lists_are_broken_into_lines(tmp_path):
    path = tmp_path / "x.yaml"
    long = {"a": {"regions": ["Shennongjia"] * 20, "b": 1}, "shocks": [{"size": 1, "of": ["Wuhan"] * 30}]}
    path.write_text(yaml_text(long))
    assert max(len(line) for line in path.read_text().splitlines()) <= 110
    assert read_yaml(path).plain() == long


# A document is judged like a file ------------------------------------------------------------------------

MISTAKES = {
    "name": "Bad Name",
    "horizon": {"start": "2024Q1", "end": "2019Q4"},
    "seed": True,
    "structur": "V",
    "levers": {
        "talent_pool": {"share_of_budget": "60 %", "capacity": "-1 people", "firms": "need"},
        "platforms": {"start": "2024Q1", "regions": ["Wuhann"], "for": {"levels": [7]}},
        "rd_subsidy": None,
    },
    "shocks": [{"kind": "demand", "start": "2026Q1", "end": "2026Q4"}],
    "parameters": {"rho": 3, "rhoo": 0.8},
    "budget": None,
}


def test_mistakes_are_those_of_the_file_without_lines(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(yaml_text(MISTAKES))
    with pytest.raises(InputError) as of_file:
        load_scenario(path)
    with pytest.raises(InputError) as of_document:
        read_document(MISTAKES)

    def told(error):
        return sorted((p.message, p.key or "", p.value or "") for p in error.value.problems)

    assert told(of_document) == told(of_file)
    assert len(of_document.value.problems) > 9
    places = chain.from_iterable((p.file, p.line, p.column) for p in of_document.value.problems)
    assert set(places) == {None}


def test_a_document_goes_by_its_source():
    with pytest.raises(InputError, match=r"^x\.yaml  seed: 0\.5") as error:
        read_document({"name": "a", "seed": 0.5}, source="x.yaml")
    assert error.value.problems[0].line is None
    assert read_document({"name": "a"}, source="x.yaml").source == "x.yaml"
    assert read_document({"name": "a"}).source is None


def test_a_document_extends_nothing():
    with pytest.raises(InputError, match="stands by itself"):
        read_document({"name": "a", "extends": "baseline"})
