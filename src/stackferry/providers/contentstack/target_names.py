"""What a name or a uid of the source is called in the target.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Json, Stream
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.values import text

if TYPE_CHECKING:
    from stackferry.providers.target import Replay, WriteOptions


def target_locale(replay: Replay, code: str) -> str:
    return replay.options.locales.get(code, code)


def is_same_stack(replay: Replay) -> bool:
    """Whether the target is a branch of the stack that the snapshot comes from: stack-wide uids are then the same."""
    origin, place = replay.origin, replay.place
    return origin is not None and place is not None and (origin.key, origin.host) == (place.key, place.host)


def target_branch(replay: Replay, name: str) -> str:
    """The target's branch for the snapshot's own branch; any other name stays as it is."""
    is_own = replay.origin is not None and name == replay.origin.name
    return replay.place.name if is_own and replay.place else name


def target_environment(replay: Replay, uid: str) -> str:
    """What the environment of that uid in the source is called in the target."""
    name = text((replay.source.get(Stream("environments"), uid) or {}).get("name"))
    return environment_name(replay.options, name)


def environment_name(options: WriteOptions, name: str) -> str:
    """What an environment of that name in the source is called in the target."""
    return write_options(options).environments.get(name, name)


def target_uids(replay: Replay, kind: str, uids: Json) -> list[Json]:
    """A list of uids as the target knows them; what is not a known uid stays as it is (`$all`)."""
    if not isinstance(uids, list):
        return []
    return [replay.identity.target(kind, uid) or uid if isinstance(uid, str) else uid for uid in uids]
