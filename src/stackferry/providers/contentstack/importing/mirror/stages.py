"""The stages of a mirror: languages of entries; then items of releases, releases, entries, assets. Pure.

Each kind is looked at, deleted, and looked for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.providers.contentstack.importing.mirror import looks, releases
from stackferry.providers.contentstack.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentstack.importing.mirror.writes import deletions, gap
from stackferry.providers.target import ImportStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.providers.target import ImportContext, Steps


_Kinds: TypeAlias = "tuple[tuple[str, str, tuple[Callable[[ImportContext], Steps], ...]], ...]"
_DONE: Final = ("looked at", "opened", "deleted")
_LANGUAGES: Final[_Kinds] = (("localizations", "entries", (partial(deletions, kind="localizations"),)),)
_OTHERS: Final[_Kinds] = (
    ("release_items", "releases", (releases.look_at_items, releases.open_for_items, releases.remove_items)),
    ("releases", "releases", (releases.look, releases.open_for_deletion, releases.delete_releases)),
    ("entries", "entries", (partial(deletions, kind="entries"),)),
    ("assets", "assets", (partial(deletions, kind="assets"),)),
)


def languages(context: ImportContext) -> Iterator[ImportStage]:
    """Before anything is published: in a language that an entry is to have no more, what it falls back to is live."""
    return _stages(context, _LANGUAGES)


def others(context: ImportContext) -> Iterator[ImportStage]:
    """When all that the source has is there."""
    return _stages(context, _OTHERS)


def _stages(context: ImportContext, kinds: _Kinds) -> Iterator[ImportStage]:
    """Nothing, unless the import is to mirror its source."""
    after: tuple[str, ...] | None = None  # all of what is before
    for kind, stage_kind, steps in kinds if context.options.mirror else ():
        for name, of_kind in _of_kind(context, kind, steps):
            yield ImportStage(name, (stage_kind,), of_kind, after)
            after = (name,)


def _of_kind(
    context: ImportContext, kind: str, steps: tuple[Callable[[ImportContext], Steps], ...]
) -> Iterator[tuple[str, Callable[[], Steps]]]:
    named = kind.replace("_", " ")
    for what, one in zip(_DONE[-len(steps) :], steps, strict=True):
        yield f"surplus {named} {what}", partial(one, context)
    yield f"surplus {named} checked", partial(_confirm, context, kind)


def _confirm(context: ImportContext, kind: str) -> Steps:
    return looks.confirm(context, context.once(SurplusObjects).of(kind), gap)
