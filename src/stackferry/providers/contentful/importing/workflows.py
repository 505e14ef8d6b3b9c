"""Workflow definitions, and the workflows of entries. Pure.

The ids of both are the service's, and so are those of steps: a step is found again by its place. An entry is in one
active workflow of a definition. A workflow can forbid publishing, so it begins when everything is live.
API pages: "Workflow definitions", "Workflows".
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Json, Stream
from stackferry.providers.contentful.importing.objects import ObjectWrite, Payload, content_of, once_written
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.kinds import WORKFLOW_DEFINITIONS, WORKFLOWS, link_id, sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

STEPS: Final = "workflow_steps"  # identities: the source's step → the target's
_NO_DEFINITION: Final = "its workflow definition is not in the target"


def definitions(context: ImportContext, root: Root) -> Steps:
    for row in context.source.objects(Stream(WORKFLOW_DEFINITIONS.name)):
        yield from once_written(context, root, _definition(row))


def _definition(row: JsonObject) -> ObjectWrite:
    def payload(held: JsonObject | None) -> Payload:
        ids = defaultdict[str, list["Json"]](list)  # of each name, which no page says is one step's alone
        for step in objects((held or {}).get("steps")):
            ids[text(step.get("name"))].append(step.get("id"))
        steps: list[Json] = [_step(step, ids) for step in objects(row.get("steps"))]
        return Payload({**content_of(row), "steps": steps})

    return ObjectWrite(
        kind=WORKFLOW_DEFINITIONS,
        uid=sys_id(row),
        payload=payload,
        is_posted=True,
        identities=partial(_steps, row),
    )


def _step(step: JsonObject, ids: dict[str, list[Json]]) -> JsonObject:
    """A step with the id that the target gave the next one of that name, or with none."""
    of_name = ids.get(text(step.get("name")))
    uid = of_name.pop(0) if of_name else None
    return {**{name: value for name, value in step.items() if name != "id"}, **({"id": uid} if uid else {})}


def _steps(source: JsonObject, target: JsonObject) -> Iterator[tuple[str, str, str]]:
    """Which step is which, by its place among those of its definition."""
    pairs = zip(objects(source.get("steps")), objects(target.get("steps")), strict=False)
    for one, other in pairs:
        if text(one.get("id")) and text(other.get("id")):
            yield STEPS, text(one["id"]), text(other["id"])


def workflows(context: ImportContext, root: Root) -> Steps:
    for row in context.source.objects(Stream(WORKFLOWS.name)):
        definition = link_id(nested(row, "sys", "workflowDefinition") or row.get("workflowDefinition"))
        target = context.in_target(WORKFLOW_DEFINITIONS.name, definition)
        planned = _workflow(context, row, target or "")
        if target is None:
            yield report(planned.key, [planned.gap(_NO_DEFINITION)])
        else:
            yield from once_written(context, root, planned)


def _workflow(context: ImportContext, row: JsonObject, definition: str) -> ObjectWrite:
    entity = as_object(nested(row, "sys", "entity") or row.get("entity"))
    step = text(row.get("stepId"))

    def payload(held: JsonObject | None) -> Payload:
        in_step: JsonObject = {"stepId": context.identity.target(STEPS, step) or step}
        beside = content_of(row, "previousStepId", "stepId", "entity", "workflowDefinition")
        if held is not None:
            return Payload({**beside, **in_step})
        link: JsonObject = {"type": "Link", "linkType": "WorkflowDefinition", "id": definition}
        return Payload({**beside, "entity": entity, "workflowDefinition": {"sys": link}, **in_step})

    return ObjectWrite(
        kind=WORKFLOWS,
        uid=sys_id(row),
        payload=payload,
        is_posted=True,
        shown=lambda held: content_of(held, "previousStepId", "entity", "workflowDefinition"),
        made=_with_links,
    )


def _with_links(row: JsonObject) -> JsonObject:
    """A workflow as it is sent when it begins: what it is about stands in its `sys`."""
    sys = as_object(row.get("sys"))
    links: JsonObject = {name: sys[name] for name in ("entity", "workflowDefinition") if name in sys}
    return {**content_of(row), **links}
