"""A last look at objects without versions that an import is about to write over.

No answer tells of what somebody has changed between the reading that the plan comes from and the write. So the kind is
listed once more, a hundred objects a request, where any of them is to be updated: one that has changed since is not
written over, but told as a conflict. Pure.
API pages: the "Get all" calls of each kind (`updated_at`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.entries.second_look import CHANGED, moved_fact
from stackferry.providers.contentstack.importing.objects import object_seen, write_object, written_over
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.target import Await, ImportStage, Observation, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.objects import ObjectWrite
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext, Step, Steps, WriteOptions


class ObjectSteps:
    """The steps of objects that are one write each."""

    def __init__(
        self,
        context: Callable[[], ImportContext],
        planned: Callable[[ImportContext], Iterator[ObjectWrite]],
        kinds: tuple[str, ...],
    ) -> None:
        self._context, self._planned, self.kinds = context, planned, kinds

    def __call__(self) -> Steps:
        context = self._context()
        return (write_object(context, one) for one in self._planned(context))

    def look(self) -> Iterator[Step]:
        """Looks at those of the target that are about to be written over."""
        context = self._context()
        found: dict[str, dict[str, str]] = {}
        for one in self._planned(context):
            held = written_over(context, one)
            # The import itself has switched such webhooks off.
            is_ours = one.kind is kinds.WEBHOOKS and write_options(context.options).hold_webhooks
            if held is not None and held.get("updated_at") and not is_ours:
                found.setdefault(one.kind.name, {})[object_seen(one.kind, held)] = text(
                    held.get("updated_at")
                )
        for name, known in found.items():
            kind = kinds.BY_NAME[name]
            yield listed_again(f"look again/{name}", kind, partial(_moved, kind, known))


def with_look(stage: ImportStage | WaitFor, options: WriteOptions) -> Iterator[ImportStage | WaitFor]:
    """A stage, after one that looks at what an update writes over."""
    if (
        isinstance(stage, WaitFor)
        or not isinstance(stage.steps, ObjectSteps)
        or options.on_conflict != "update"
    ):
        yield stage
        return
    again = f"{stage.name} looked at again"
    yield ImportStage(again, stage.steps.kinds, stage.steps.look, stage.after)
    after = None if stage.after is None else (*stage.after, again)
    yield ImportStage(stage.name, stage.kinds, stage.steps, after, stage.until)


def listed_again(
    key: str, kind: Kind, observe: Callable[[JsonObject], Observation], *, in_each_run: bool = False
) -> Await:
    """One more listing of a kind."""
    return Await(
        key=key,
        kind=kind.name,
        request=list_objects(kind, *kind.params, *page_params(0), path=kind.listing or kind.path),
        observe=observe,
        required_key=kind.list_key,
        next_page=partial(next_page, kind.list_key),
        in_each_run=in_each_run,
    )


def _moved(kind: Kind, known: dict[str, str], answer: JsonObject) -> Observation:
    if kind.list_key not in answer:
        return Observation()
    now = {object_seen(kind, row): text(row.get("updated_at")) for row in objects(answer.get(kind.list_key))}
    changed = [name for name, time in known.items() if now.get(name) != time]
    return Observation([moved_fact(name, "", CHANGED if name in now else 0) for name in changed])
