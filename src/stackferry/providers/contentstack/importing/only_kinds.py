"""An import of some kinds: what is chosen with each, and what they need that the target must hold already.

Objects of kinds that are left out are only matched with the target's: their plans write nothing. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.content_types import needs_of_types
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.target import ImportContext


def with_parts(names: Iterable[str]) -> frozenset[str]:
    """The kinds that are meant by these names of `--only`, with their parts.

    Raises UsageError for a name that no kind has.
    """
    chosen = frozenset(names)
    known = [kind.name for kind in kinds.KINDS if kind.selectable]
    if unknown := sorted(chosen.difference(known)):
        raise UsageError(f"--only {unknown[0]}: there is no such kind; kinds are {', '.join(known)}")
    return kinds.with_parts(chosen)


def lacking(context: ImportContext) -> list[str]:
    """What the chosen kinds need, and neither is chosen nor in the target."""
    if not context.options.only:
        return []
    wanted: dict[str, set[str]] = {}
    for kind, uid in _needs(context):
        if not context.options.includes(kind) and not _is_there(context, kind, uid):
            wanted.setdefault(kind, set()).add(uid)
    return [
        f"the target lacks {kind.replace('_', ' ')} that are needed: {', '.join(sorted(uids))}; add --only {kind}"
        for kind, uids in sorted(wanted.items())
    ]


def _needs(context: ImportContext) -> Iterator[tuple[str, str]]:
    """What the chosen objects need, as far as the snapshot holds it: kind and uid (locales: code)."""
    for stream in context.source.streams():
        if stream.kind in ("entries", "variants") and context.options.includes(stream.kind):
            yield kinds.CONTENT_TYPES.name, stream.type
            yield kinds.LOCALES.name, stream.locale
    for row in context.source.objects(Stream("terms")) if context.options.includes("terms") else ():
        yield kinds.TAXONOMIES.name, text(row.get("taxonomy"))
    yield from needs_of_types(context)


def _is_there(context: ImportContext, kind: str, uid: str) -> bool:
    """Whether the target holds it, or not even the snapshot does: then it is a gap like any other."""
    if kind == kinds.LOCALES.name:
        codes = {text(row.get("code")) for row in context.target.objects(Stream(kind))}
        return target_locale(context, uid) in codes
    is_known = context.source.get(Stream(kind), uid) is not None
    return not is_known or context.once(matches).target(kind, uid) is not None
