import json

import pytest

from sim.files.folders import bundled
from sim.files.names import evidence_folder
from sim.world.levers import FIRM_RULES, LEVERS, REGION_RULES
from sim.world.scenario import json_schema
from sim.world.surface import ScenarioFile
from sim.world.vocabulary import load_vocabulary


@pytest.fixture(scope="module")
def schema():
    return json_schema()


@pytest.fixture(scope="module")
def known():
    return load_vocabulary(evidence_folder("hubei"))


def parts(schema, path=()):
    """Go through all mappings of a schema."""
    if isinstance(schema, dict):
        yield path, schema
        for key, inner in schema.items():
            yield from parts(inner, (*path, key))
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from parts(inner, (*path, index))


def test_dialect_and_plain_json(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema


def test_every_reference_leads_somewhere(schema):
    references = [part["$ref"] for _, part in parts(schema) if "$ref" in part]
    assert references
    for reference in references:
        at = schema
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]
    assert not [path for path, part in parts(schema) if "x-named" in part]


def test_unknown_keys_are_refused_everywhere(schema):
    objects = [part for _, part in parts(schema) if part.get("type") == "object"]
    assert len(objects) > len(LEVERS)
    assert all(part["additionalProperties"] is False for part in objects)


def test_every_key_is_explained(schema):
    assert set(schema["properties"]) == set(ScenarioFile.model_fields)
    assert schema["required"] == ["name"]
    for name in ("Horizon", "Difficulty", "Allocation", "ForWhom", "ShockEntry"):
        for key, part in schema["$defs"][name]["properties"].items():
            assert part.get("description"), f"{name}.{key}"
    assert all(part.get("description") for part in schema["properties"].values())


def test_names_of_the_evidence_are_offered(schema, known):
    names = schema["$defs"]
    assert set(names["Levers"]["properties"]) == {lever.name for lever in LEVERS}
    assert set(names["Parameters"]["properties"]) == set(known.registry)
    assert {int(region.key) for region in known.regions} < set(names["RegionName"]["enum"])
    assert {"Wuhan", "武汉", "武汉市"} < set(names["RegionName"]["enum"])
    assert {industry.key for industry in known.industries} < set(names["IndustryId"]["enum"])
    assert names["Allocation"]["properties"]["regions"]["enum"] == list(REGION_RULES)
    assert names["Allocation"]["properties"]["firms"]["enum"] == list(FIRM_RULES)


def test_settings_of_each_lever_are_offered(schema):
    for lever in LEVERS:
        offered, _ = schema["$defs"]["Levers"]["properties"][lever.name]["anyOf"]
        model = schema["$defs"][offered["$ref"].rpartition("/")[2]]
        assert set(lever.settings) < set(model["properties"])
        assert "required" not in model, "a base may give the start"


def test_only_a_lever_may_be_null(schema):
    nullable = [path for path, part in parts(schema) if part.get("type") == "null"]
    assert {path[:4] for path in nullable} == {
        ("$defs", "Levers", "properties", lever.name) for lever in LEVERS
    }


def test_everything_the_schema_offers_is_read_by_name(schema, known):
    for name in schema["$defs"]["RegionName"]["enum"]:
        assert known.region(name) in known.region_codes("all")
    for name in schema["$defs"]["IndustryId"]["enum"]:
        assert known.industry(name) in known.industry_ids("all")


def test_schema_beside_the_scenarios_is_up_to_date(schema):
    text = (bundled("scenarios") / "schema.json").read_text()
    assert json.loads(text) == schema, "write it anew: upgrading schema > scenarios/schema.json"
