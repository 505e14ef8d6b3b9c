"""What objects say of themselves whose ids the service chooses: by that they are recognised in another place. Pure.

A key of an object of the source is in the target's terms. The first key of a kind says everything that tells two
objects apart; later ones say less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry import exact_json
from stackferry.json_values import epoch_seconds, nested, objects, text
from stackferry.providers.contentful import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import Json, JsonObject

    # From a kind and an id to what it is in the target.
    InTarget = Callable[[str, str], str]

KeyOf: TypeAlias = "Callable[[JsonObject, InTarget], bytes | None]"

_KINDS_OF_LINKS: Final = {
    "Release": kinds.RELEASES.name,
    "WorkflowDefinition": kinds.WORKFLOW_DEFINITIONS.name,
    "Workflow": kinds.WORKFLOWS.name,
    "Comment": kinds.COMMENTS.name,
}


def link_key(value: Json, in_target: InTarget) -> Json:
    """A link as part of a key: the type and the id of what it names; null where there is none."""
    uid, of_type = kinds.link_id(value), text(nested(value, "sys", "linkType"))
    kind = _KINDS_OF_LINKS.get(of_type)
    return [of_type, in_target(kind, uid) if kind else uid] if uid else None


def schema_version(release: JsonObject) -> str:
    """The generation of a release; the older one need not say which it is."""
    return text(nested(release, "sys", "schemaVersion")) or "Release.v1"


def release_items(release: JsonObject) -> list[JsonObject]:
    """The items of a release of either generation, each as `{"entity": Link, …}`."""
    items = objects(nested(release, "entities", "items"))
    return [item if "entity" in item else {"entity": item} for item in items]


def _whole_release(row: JsonObject, in_target: InTarget) -> bytes:
    items = [exact_json.dumps(link_key(item["entity"], in_target)) for item in release_items(row)]
    return _key(schema_version(row), row.get("title"), [one.decode() for one in sorted(items)])


def _release(row: JsonObject, _: InTarget) -> bytes:
    return _key(schema_version(row), row.get("title"))


def _schedule(row: JsonObject, in_target: InTarget) -> bytes:
    # The environment that it names is another one in every copy.
    at = epoch_seconds(text(nested(row, "scheduledFor", "datetime")))
    return _key(link_key(row.get("entity"), in_target), row.get("action"), at, nested(row, "sys", "status"))


def _workflow(row: JsonObject, in_target: InTarget) -> bytes:
    links = [nested(row, "sys", name) or row.get(name) for name in ("workflowDefinition", "entity")]
    return _key(*(link_key(link, in_target) for link in links), row.get("variableValuePresets"))


def _task(row: JsonObject, in_target: InTarget) -> bytes:
    parents = [link_key(nested(row, "sys", name), in_target) for name in ("parentEntity", "parent")]
    return _key(*parents, row.get("body"))


def _named(row: JsonObject, _: InTarget) -> bytes | None:
    name = row.get("name")
    return _key(name) if name else None


def _key(*values: Json) -> bytes:
    return exact_json.dumps([*values])


NATURAL_KEYS: Final[Mapping[str, tuple[KeyOf, ...]]] = {
    kinds.RELEASES.name: (_whole_release, _release),
    kinds.SCHEDULED_ACTIONS.name: (_schedule,),
    kinds.WORKFLOW_DEFINITIONS.name: (_named,),
    kinds.WORKFLOWS.name: (_workflow,),
    kinds.TASKS.name: (_task,),
    kinds.COMMENTS.name: (_task,),
    kinds.ROLES.name: (_named,),
}
