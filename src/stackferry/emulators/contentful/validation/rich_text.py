"""Rich text: which nodes and marks a field allows, and the rules for what its nodes link to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import problem
from stackferry.emulators.values import objects_within
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

_ALWAYS = frozenset(
    {"document", "paragraph", "text", "list-item", "table-row", "table-cell", "table-header-cell"}
)


def rich_text_problems(
    call: Call,
    field: JsonObject,
    value: Json,
    path: list[str],
    broken_rule: Callable[[Call, str, Json, JsonObject], str | None],
) -> Iterator[JsonObject]:
    """Nodes and marks that are not enabled, and what breaks the rules of `nodes`."""
    nodes = [node for node in objects_within(value) if "nodeType" in node]
    for rule in objects(field.get("validations")):
        if "enabledNodeTypes" in rule:
            allowed = {*as_list(rule["enabledNodeTypes"]), *_ALWAYS}
            for kind in sorted({text(node["nodeType"]) for node in nodes} - allowed):
                yield problem(
                    "enabledNodeTypes", path, f"Node type {kind} is not allowed here", nodeType=kind
                )
        if "enabledMarks" in rule:
            used = {text(mark.get("type")) for node in nodes for mark in objects(node.get("marks"))}
            for mark in sorted(used - set(map(str, as_list(rule["enabledMarks"])))):
                yield problem("enabledMarks", path, f"Mark {mark} is not allowed here")
        yield from _node_rules(call, as_object(rule.get("nodes")), nodes, path, broken_rule)


def _node_rules(
    call: Call,
    rules: JsonObject,
    nodes: list[JsonObject],
    path: list[str],
    broken_rule: Callable[[Call, str, Json, JsonObject], str | None],
) -> Iterator[JsonObject]:
    for kind, of_kind in rules.items():
        found = [node for node in nodes if node["nodeType"] == kind]
        for rule in objects(of_kind):
            if "size" in rule and (details := broken_rule(call, "size", [*found], rule)):
                yield problem("size", path, details, nodeType=kind)
            for node in found:
                target = as_object(node.get("data")).get("target")
                for name in rule:
                    if name != "size" and (details := broken_rule(call, name, target, rule)):
                        yield problem(name, path, details, nodeType=kind)
