"""Describes scenario files for editors: JSON Schema from the surface models and the evidence's names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sim.files.names import calibration_folder
from sim.world.fields import NAMED, QUANTITY_PATTERN
from sim.world.known import Known, Named, load_known
from sim.world.parameters import Parameter
from sim.world.quantities import quarter_text
from sim.world.surface import Horizon, ScenarioFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Generator(GenerateJsonSchema):
    """Omits titles made from key names and defaults of whole mappings, which would be noise in an editor."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Offer no null: unwanted keys are left out; null only serves to remove a base's lever."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Keep the default of a word or number."""
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        return inner | {"default": default} if isinstance(default, str | float | int) else inner


def scenario_schema(evidence: str | Path) -> dict[str, Any]:
    """Describe scenario files for editors.

    Parameters
    ----------
    evidence
        Evidence folder whose regions, industries and parameters are offered.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12. It is as strict as the program about keys and names, but less strict about
        quantities with units, keys that a base may supply, and rules that involve several keys.
    """
    known = load_known(calibration_folder(str(evidence)))
    schema = _filled_in(ScenarioFile.model_json_schema(schema_generator=Generator))
    parts = schema["$defs"]
    for name, part in parts.items():
        part.pop("title", None)
        if name.endswith("Lever"):
            part.pop("required", None)  # a base may supply them
    for name, part in parts["Levers"]["properties"].items():
        parts["Levers"]["properties"][name] = {"anyOf": [part, {"type": "null"}]}
    for key, index in (("start", Horizon().start), ("end", Horizon().end)):
        parts["Horizon"]["properties"][key]["default"] = quarter_text(index)
    parts |= _names(known)
    description = schema["properties"]["parameters"]["description"]
    schema["properties"]["parameters"] = {"$ref": "#/$defs/Parameters", "description": description}
    return {"$schema": DIALECT, "$id": "schema.json", **schema, "title": "Scenario"}


def _filled_in(part: Any) -> Any:
    """Replace placeholders by references to the evidence's names."""
    if isinstance(part, list):
        return [_filled_in(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        "$ref" if key == NAMED else key: f"#/$defs/{inner}" if key == NAMED else _filled_in(inner)
        for key, inner in part.items()
    }


def _names(known: Known) -> dict[str, Any]:
    """Describe the names that the evidence defines."""
    return {
        "RegionName": {
            "enum": [name for region in known.regions for name in _spellings(region)],
            "description": "Prefecture by name, in full or shortened, or by official code.",
        },
        "IndustryId": {
            "enum": [name for industry in known.industries for name in (industry.key, industry.zh)],
            "description": "; ".join(_label(industry) for industry in known.industries),
        },
        "Parameters": {
            "type": "object",
            "properties": {name: _parameter(parameter) for name, parameter in known.registry.items()},
            "additionalProperties": False,
        },
    }


def _spellings(region: Named) -> tuple[str | int, ...]:
    """The usual spellings; `Known.region` accepts more."""
    short = re.sub("(市|林区|地区|盟)$", "", region.zh)
    autonomous = [region.zh[:2] + ending for ending in ("", "州", "自治州") if region.zh.endswith("自治州")]
    return (region.en, *dict.fromkeys((*(autonomous or [short]), region.zh)), int(region.key))


def _label(named: Named) -> str:
    return f"{named.key}: {named.en} ({named.zh})"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    number = {"type": "number", "minimum": parameter.low, "maximum": parameter.high}
    return {
        "anyOf": [number, {"type": "string", "pattern": QUANTITY_PATTERN}],
        "description": f"{parameter.meaning_en} ({parameter.meaning_zh}); allowed: {parameter.allowed}",
        "default": parameter.default,
    }
