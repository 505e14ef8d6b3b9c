"""The transforms that are shipped, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.transforms.anonymise import anonymise
from stackferry.transforms.fields import drop_field, prefix_title, rename_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.transforms.grammar import Spec
    from stackferry.transforms.transform import Transform

SHIPPED: Final[Mapping[str, Callable[[Spec, str, bytes], Transform]]] = {
    "anonymise": anonymise,
    "drop-field": drop_field,
    "prefix-title": prefix_title,
    "rename-field": rename_field,
}
KEYED: Final = frozenset({"anonymise"})
"""Those that need a key."""
