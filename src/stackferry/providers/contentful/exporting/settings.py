"""What stands for itself: nothing else that is read depends on it. It is read last, as an export ends. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import cursor_listing, listing
from stackferry.providers.contentful.kinds import Paging, link_id, sys_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

SETTINGS: Final = (
    kinds.LOCALES, kinds.SPACE, kinds.TAGS, kinds.EDITOR_INTERFACES, kinds.EXTENSIONS, kinds.APP_INSTALLATIONS,
    kinds.UI_CONFIG, kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS, kinds.ROLES, kinds.WEBHOOKS, kinds.API_KEYS,
    kinds.PREVIEW_API_KEYS, kinds.ENVIRONMENT_ALIASES, kinds.RELEASE_ACTIONS,
)  # fmt: skip


def settings(root: Root, options: ReadOptions, own: Iterable[Kind]) -> Iterator[Job]:
    """Everything of these kinds, and what is scheduled."""
    for kind in own:
        if kind.paging is Paging.CURSOR:
            order = (("order", kind.order),) if kind.order else ()
            yield cursor_listing(root, kind, options, *order)
        else:
            yield listing(root, kind, options)
    yield _scheduled(root, options, root.environment)


def scheduled_by_alias(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """What was scheduled through an alias of the environment: it may be listed under that name alone."""
    for alias in staged.objects(Stream(kinds.ENVIRONMENT_ALIASES.name)):
        if link_id(nested(alias, "environment")) == root.environment:
            yield _scheduled(root, options, sys_id(alias))


def _scheduled(root: Root, options: ReadOptions, environment: str) -> Job:
    """The service lists scheduled actions of one environment at a time."""
    name = kinds.SCHEDULED_ACTIONS.name
    name = name if environment == root.environment else f"{name}/{environment}"
    return cursor_listing(
        root, kinds.SCHEDULED_ACTIONS, options, ("environment.sys.id", environment), name=name
    )
