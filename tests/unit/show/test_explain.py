"""What `upgrading explain` says: every name is there, in two languages, with the numbers of the evidence."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.evidence.tables import load_evidence
from sim.files.names import evidence_folder
from sim.show.texts import meanings
from sim.show.texts.explain import GROUPS, everything, explain, explain_all
from sim.words import Words
from sim.world.levers import CHANNELS, FIRM_RULES, LEVERS, REGION_RULES
from sim.world.parameters import load_parameters
from sim.world.surface import LeverEntry

LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def registry():
    return load_parameters(evidence_folder("hubei"))


@pytest.fixture(scope="module")
def evidence():
    return load_evidence(evidence_folder("hubei"))


@pytest.fixture(scope="module", params=LANGUAGES)
def entries(request):
    return list(everything(Words(request.param)))


def names(entries, group):
    return [entry.name for entry in entries if entry.group == group]


def test_every_name_has_an_entry(entries, registry, evidence):
    from sim.analysis.outcomes import OUTCOMES
    from sim.model.outputs import METRICS
    from sim.runs.results import DERIVED_UNITS

    assert names(entries, "parameter") == list(registry)
    assert names(entries, "lever") == [lever.name for lever in LEVERS]
    own = [f"{lever.name}.{key}" for lever in LEVERS for key in lever.settings]
    common = [field.alias or name for name, field in LeverEntry.model_fields.items()]
    assert names(entries, "setting") == own + common
    assert set(names(entries, "region rule")) == set(REGION_RULES)
    assert set(names(entries, "firm rule")) == set(FIRM_RULES)
    assert names(entries, "instrument") == [f"P{k:02}" for k in range(1, 29)]
    assert names(entries, "variable") == ["Y", *(f"X{k}" for k in range(1, 14))]
    assert {"V", "D", "selective", "naive", "V-naive", "D-selective"} <= set(names(entries, "reading"))
    assert names(entries, "coefficients") == ["held", "drawn"]
    assert set(names(entries, "outcome")) == set(OUTCOMES)
    assert names(entries, "metric") == [*(metric.name for metric in METRICS), *DERIVED_UNITS]
    assert {entry.group for entry in entries} == set(GROUPS)


def test_every_entry_says_something(entries):
    for entry in entries:
        assert entry.title, entry.name
        assert all("{" not in text for _, text in entry.facts), entry.name


def test_meanings_speak_of_nothing_that_is_not_reported():
    from sim.model.outputs import METRICS
    from sim.runs.results import DERIVED_UNITS

    reported = [*(metric.name for metric in METRICS), *DERIVED_UNITS]
    used = {id(meanings.METRICS[name]) for name in reported if name in meanings.METRICS}
    for name in reported:
        if name not in meanings.METRICS:
            stem = "spent_{lever}" if name.startswith("spent_") else f"{name[:-1]}{{level}}"
            used.add(id(meanings.METRICS[stem]))
    assert used == {id(pair) for pair in meanings.METRICS.values()}


def test_unknown_metric_has_no_meaning():
    for name in ("nothing", "climbs_x", "nothing_3"):
        with pytest.raises(KeyError):
            meanings.metric_meaning(name)


def test_parameter(registry):
    said = explain("pool_capacity", Words("en"))
    parameter = registry["pool_capacity"]
    assert said.startswith("pool_capacity  (parameter)")
    for part in (parameter.meaning_en, parameter.source, parameter.allowed, "20000 people", "assumed"):
        assert part in said
    assert "talent_pool.capacity" in said, "where a scenario may set it"
    assert parameter.meaning_zh in explain("pool_capacity", Words("zh"))


def test_every_parameter_shows_unit_range_source_and_grade(registry):
    said = {
        entry.name: entry.text(Words("en")) for entry in everything(Words("en")) if entry.group == "parameter"
    }
    for name, parameter in registry.items():
        for part in (parameter.unit, parameter.allowed, f"  {parameter.grade}\n", "source"):
            assert part in said[name]


def test_lever_by_its_names():
    said = explain("talent_pool", Words("en"))
    assert "P04 Public talent pool" in said
    assert "hold 1" in said
    assert "capacity, holding_cost" in said
    assert "A60 talent pool" in said, "evidence ids are spelt out"
    assert explain("Talent reserve pool", Words("en")) == said
    assert explain("人才储备池", Words("en")) == said


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.name)
def test_lever_shows_what_it_moves(lever, registry):
    said = explain(lever.name, Words("en"))
    for channel, size in lever.effects(registry.defaults()).items():
        assert channel in CHANNELS
        if size:
            assert f"{channel} {size:g}" in said


def test_setting_by_short_and_long_name():
    said = explain("talent_pool.match_reach", Words("en"))
    assert explain("match_reach", Words("en")) == said
    assert "region, province" in said
    assert "pool_reach" in said


def test_setting_of_several_levers_tells_of_all():
    said = explain("amount", Words("en"))
    for lever in LEVERS:
        assert (f"{lever.name}.amount" in said) == ("amount" in lever.settings)


def test_instruments_with_and_without_a_lever():
    assert "talent_pool" in explain("p04", Words("en"))
    assert "the model has no lever for it yet" in explain("P27", Words("en"))
    assert "模型中还没有对应的工具" in explain("P27", Words("zh"))


def test_survey_variables(evidence):
    said = explain("x3", Words("en"))
    assert f"(9) {evidence.logit.b['X3'][9]:g}" in said
    assert "kappa_3: 0.5" in said
    assert "counts backwards" in explain("X13", Words("en"))
    assert "编码方向相反" in explain("X13", Words("zh"))
    assert "not in any regression" in explain("X8", Words("en"))
    assert "1 yes" in explain("Y", Words("en"))


def test_reading_says_both_halves():
    said = explain("D-naive", Words("en"))
    assert "works directly" in said
    assert "count as causes throughout" in said


def test_coefficients_held_and_drawn_are_found_by_their_key():
    said = explain("difficulty.coefficients", Words("en"))
    assert said == explain("coefficients", Words("en"))
    assert said == explain("held", Words("en")) + "\n\n" + explain("drawn", Words("en"))


def test_name_with_two_meanings_tells_both():
    said = explain("climbs", Words("en"))
    assert "climbs  (outcome of a comparison)" in said
    assert "climbs  (reported metric)" in said
    assert "20 firms" in said, "the floor of precision"


def test_units_of_what_is_reported():
    assert "yuan/quarter" in explain("spent_platforms", Words("en"))
    assert "level 3" in explain("firms_entrant_3", Words("en"))
    assert "stock at the quarter's end" in explain("seeking", Words("en"))
    assert "flow of the quarter" in explain("hires", Words("en"))


@pytest.mark.parametrize(
    ("given", "meant"),
    [("rhoo", "rho"), ("talent_pol", "talent_pool"), ("P77", "P27"), ("quality_firm", "quality_firms")],
)
def test_misspelt_name_gets_a_suggestion(given, meant):
    with pytest.raises(InputError, match=f"Did you mean {meant}"):
        explain(given, Words("en"))


def test_name_like_no_other():
    with pytest.raises(InputError, match="lists all"):
        explain("qqqqqqqq", Words("en"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_list_has_every_group_and_name(lang, registry):
    lines = explain_all(Words(lang)).splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert len(headings) == len(GROUPS)
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert set(registry) <= listed
    assert {lever.name for lever in LEVERS} <= listed


def test_columns_line_up_with_chinese_labels():
    from sim.show.tables.plaintext import width

    lines = explain("talent_pool", Words("zh")).splitlines()[1:]
    starts = set()
    for line in lines:
        label = line.strip().split("  ")[0]
        rest = line[line.index(label) + len(label) :]
        starts.add(width(line) - width(rest.lstrip()))
    assert len(starts) == 1
