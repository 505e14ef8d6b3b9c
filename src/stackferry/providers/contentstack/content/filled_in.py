"""Keys that the service adds to an object, each with the value that stands for nothing. Pure.

Only some fields of types in real exports have `indexed` or `inbuilt_model`, always with `false`: what the service adds
to an object that is made today need not be in one that was made before. Entries of real exports lack fields that their
types were given later, which a service may fill in when they are written. So a target can hold what its source lacks
though nobody has changed anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stackferry.model import Json

_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {}, False)
# Of a stage that locks no entry, as one that says nothing of it does.
_NO_LOCK: Final = ("entry_lock", "$none")


def without_filled_in(held: Json, wanted: Json) -> Json:
    """What a target holds, without the keys inside of it that say nothing and that what is wanted there lacks.

    Items of two lists go together by their places, where the lists are equally long.
    """
    if isinstance(held, dict) and isinstance(wanted, dict):
        said = {
            name: value for name, value in held.items() if name in wanted or not _says_nothing(name, value)
        }
        return {name: without_filled_in(value, wanted.get(name)) for name, value in said.items()}
    if isinstance(held, list) and isinstance(wanted, list) and len(held) == len(wanted):
        return [without_filled_in(one, other) for one, other in zip(held, wanted, strict=True)]
    return held


def _says_nothing(name: str, value: Json) -> bool:
    return (name, value) == _NO_LOCK or any(
        type(value) is type(nothing) and value == nothing for nothing in _NOTHING
    )
