"""The grammar of policy files as JSON Schema, so that an editor completes and checks while one writes."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from budgetbot.policy.schema import Registries, file_model
from budgetbot.policy.trial.schema import TrialFile


class _Generator(GenerateJsonSchema):
    """Leaves out defaults that JSON cannot say, and those that mean absence."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default"), str | int | list):
            return super().default_schema(schema)
        return self.generate_inner(schema["schema"])


def json_schema(registries: Registries) -> dict[str, Any]:
    """The schema of one policy file."""
    schema = _schema_of(file_model(registries))
    receiver = schema["$defs"]["Receiver"]
    receiver["minProperties"] = receiver["maxProperties"] = 2
    return schema


def trial_schema() -> dict[str, Any]:
    """The schema of one test file."""
    return _schema_of(TrialFile)


def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(registries: Registries) -> str:
    """The schema as policies/schema.json holds it."""
    return json.dumps(json_schema(registries), indent=2, ensure_ascii=False) + "\n"
