"""What languages, environments and uids of the source are called in the target (`--locale a=b`, `--environment a=b`).

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, text
from stackferry.model import Json, Stream
from stackferry.providers.contentstack.options import write_options

if TYPE_CHECKING:
    from stackferry.model import Place
    from stackferry.providers.target import ImportContext, WriteOptions


def target_locale(context: ImportContext, code: str) -> str:
    """A language's code in the target."""
    return context.options.locales.get(code, code)


def is_same_stack(context: ImportContext) -> bool:
    """Whether the target is a branch of the stack that the snapshot comes from: stack-wide uids are then the same."""
    origin, place = context.origin, context.place
    return origin is not None and place is not None and are_of_one_stack(origin, place)


def is_one_place(context: ImportContext) -> bool:
    """Whether the target is the place that the snapshot comes from."""
    origin, place = context.origin, context.place
    return origin is not None and place is not None and origin.identity == place.identity


def are_of_one_stack(one: Place, other: Place) -> bool:
    """Whether two places are branches of one stack."""
    return (one.key, one.service) == (other.key, other.service)


def target_branch(context: ImportContext, name: str) -> str:
    """The target's branch for the snapshot's own branch; any other name stays as it is."""
    is_own = context.origin is not None and name == context.origin.name
    return context.place.name if is_own and context.place else name


def target_stack(context: ImportContext, key: str) -> str:
    """The target's API key for that of the snapshot's own stack; another stack stays as it is."""
    is_own = context.origin is not None and key == context.origin.key
    return context.place.key if is_own and context.place else key


def target_document(context: ImportContext, uid: str) -> str | None:
    """What an entry or an asset is in the target."""
    return context.identity.target("entries", uid) or context.identity.target("assets", uid)


def version_key(content_type: str, uid: str, locale: str, version: int) -> str:
    """The name of a version of an entry's document in the identities of kind `versions`."""
    return "\0".join((content_type, uid, locale, str(version)))


def target_environment(context: ImportContext, uid: str) -> str:
    """The name in the target of the source's environment with a uid; empty if there is none."""
    name = text((context.source.get(Stream("environments"), uid) or {}).get("name"))
    return environment_name(context.options, name)


def environment_name(options: WriteOptions, name: str) -> str:
    """What an environment of that name in the source is called in the target."""
    return write_options(options).environments.get(name, name)


def target_uids(context: ImportContext, kind: str, uids: Json) -> list[Json]:
    """A list of uids in the target; an item that is not the uid of a mapped object stays as it is (`$all`)."""
    return [context.identity.target(kind, text(uid)) or uid for uid in as_list(uids)]
