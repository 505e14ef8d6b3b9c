"""The stages of an import, and which of them need which others. Pure.

Folders, then definitions, then releases one by one in the order of their ids; tags and states follow each release.
What starts something by itself comes on last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.azure_devops.content.releases import stages as stages_of
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.importing.bodies import definitions
from stackferry.providers.azure_devops.importing.definitions import DefinitionSteps
from stackferry.providers.azure_devops.importing.deploying import Deployments
from stackferry.providers.azure_devops.importing.nothing_starts import Guard
from stackferry.providers.azure_devops.importing.releases import ReleaseSteps
from stackferry.providers.azure_devops.importing.told import told
from stackferry.providers.azure_devops.importing.triggers import TriggerSteps
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES, uid_of
from stackferry.providers.azure_devops.options import write_options
from stackferry.providers.target import ImportStage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Place
    from stackferry.providers.target import ImportContext

_LAST: Final = "triggers"  # the stage that may write definitions which start something by themselves


def stages(context: ImportContext, place: Place) -> Iterator[ImportStage]:
    """The stages of one import. Whatever they write, the guard looks at."""
    root, options = Root.of(place), write_options(context.options)
    names = StageNames(context)
    for stage in _stages(context, root):
        guard = Guard(names.of, deploy=options.deploy, triggers=stage.name == _LAST)
        yield ImportStage(
            stage.name,
            stage.kinds,
            lambda steps=stage.steps, guard=guard: guard.checked(steps()),  # type: ignore[misc]  # defaults
            stage.after,
            stage.until,
        )


def _stages(context: ImportContext, root: Root) -> Iterator[ImportStage]:
    of_definitions, of_releases = DefinitionSteps(context, root), ReleaseSteps(context, root)
    options = write_options(context.options)
    if options.includes(DEFINITIONS.name):
        yield ImportStage("folders", (), of_definitions.folders, ())
    yield ImportStage("definitions", (), of_definitions.definitions, ("folders",))
    yield ImportStage("definitions again", (), of_definitions.again, ("definitions",))
    if options.includes(RELEASES.name):
        yield ImportStage("releases found", (), of_releases.found, ())
        ready = ("definitions again", "releases found")
        yield ImportStage("releases", (), of_releases.created, ready)
        yield ImportStage("releases finished", (), of_releases.finished, ready, ("releases",))
        if options.deploy:
            yield ImportStage("deployments", (), Deployments(context, root).steps, None)
    if options.enable_triggers:
        yield ImportStage(_LAST, (), TriggerSteps(context, root).steps, None)
    yield ImportStage("told", (), lambda: told(context), None)


class StageNames:
    """The names of the stages that releases of the target's definitions have."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._plan = context, context.once(definitions)
        self._uids: dict[str, str] = {}  # by the target's

    def of(self, target: int) -> list[str]:
        """Those of the definition with this id; none for one that the import does not know."""
        if uid_of(target) not in self._uids:
            for uid, _ in self._plan.rows():
                if found := self._context.identity.target(DEFINITIONS.name, uid):
                    self._uids[found] = uid
        known = self._uids.get(uid_of(target))
        return [] if known is None else [str(stage.get("name")) for stage in stages_of(self._plan.now(known))]
