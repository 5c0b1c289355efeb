"""A card as JSON schema: what models and MCP clients are told about a tool's arguments."""

from __future__ import annotations

from typing import Any

from core.assistant.model import RANGES, Argument, Card

SPAN = r"^([1-9][0-9]*(d|mo|y)|ytd|max|\d{4}-\d{2}-\d{2}\.\.(\d{4}-\d{2}-\d{2})?)$"


def json_schema(card: Card) -> dict[str, Any]:
    """The arguments as a JSON schema object (draft 2020-12), closed: nothing else may be given."""
    return {
        "type": "object",
        "properties": {one.name: property_schema(one) for one in card.arguments},
        "required": [one.name for one in card.arguments if one.required],
        "additionalProperties": False,
    }


def property_schema(argument: Argument) -> dict[str, Any]:
    """One argument's schema with its description, bounds and default."""
    found: dict[str, Any] = {"description": argument.description}
    if argument.type in {"integer", "number"}:
        found["type"] = argument.type
        for key, bound in (("minimum", argument.low), ("maximum", argument.high)):
            if bound is not None:
                found[key] = int(bound) if argument.type == "integer" else bound
    elif argument.type == "symbols":
        found |= {"type": "array", "items": {"type": "string"}}
        for key, bound in (("minItems", argument.low), ("maxItems", argument.high)):
            if bound is not None:
                found[key] = int(bound)
    else:
        found["type"] = "string"
        if argument.type == "choice":
            found["enum"] = list(argument.choices)
        elif argument.type == "range":
            found["pattern"] = SPAN
            found["description"] += f" One of {', '.join(RANGES)}, or FROM..TO in days."
        elif argument.type == "date":
            found["format"] = "date"
    if not argument.required and argument.default not in (None, ""):
        found["default"] = argument.default
    return found


def function_schema(card: Card) -> dict[str, Any]:
    """The tool as models' function calling takes it: name, description, parameters."""
    return {"name": card.name, "description": card.description, "parameters": json_schema(card)}
