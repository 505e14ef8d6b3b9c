"""How a transform is written on a command line: `NAME`, `MODULE:FUNCTION`, each with `:OPTION=VALUE;OPTION=VALUE`.

`NAME` is one that is shipped, or an entry point of the group `stackferry.transforms`. A list is a value with commas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FORM: Final = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]*)(?::(?P<function>[A-Za-z_][\w.]*)(?=:|$))?(?::(?P<options>.*))?", re.DOTALL
)
_EXAMPLE: Final = "such as prefix-title:prefix=Test or my_module:my_function"


class Spec(NamedTuple):
    """A transform as it was written; `function` is empty where `name` is no module."""

    name: str
    function: str
    options: Mapping[str, str]

    @property
    def label(self) -> str:
        """The name without options."""
        return f"{self.name}:{self.function}" if self.function else self.name


def parse_spec(text: str) -> Spec:
    """What one `--transform` says. Raises UsageError for what does not have the form."""
    found = _FORM.fullmatch(text.lstrip().rstrip("\r\n"))
    if found is None:
        raise UsageError(f"--transform '{text}' is not of the form NAME:OPTION=VALUE;…, {_EXAMPLE}")
    return Spec(found["name"], found["function"] or "", _options(text, found["options"] or ""))


def _options(text: str, written: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in filter(str.strip, written.split(";")):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not (equals and name and value):
            raise UsageError(f"--transform '{text}': '{part}' is not of the form OPTION=VALUE, {_EXAMPLE}")
        if name in options:
            raise UsageError(f"--transform '{text}': the option '{name}' is given twice")
        options[name] = value
    return options


def check_options(spec: Spec, known: Collection[str], needed: Collection[str] = ()) -> None:
    """Raise UsageError for an option that a shipped transform does not have, or for one that it lacks."""
    if unknown := sorted(spec.options.keys() - set(known)):
        raise UsageError(
            f"--transform {spec.label}: there is no option '{unknown[0]}'; it has {', '.join(sorted(known))}"
        )
    if lacking := [name for name in needed if name not in spec.options]:
        raise UsageError(f"--transform {spec.label}: give {' and '.join(f'{one}=…' for one in lacking)}")


def listed(spec: Spec, name: str) -> frozenset[str]:
    """The values of an option that is a list."""
    return frozenset(one.strip() for one in spec.options.get(name, "").split(",") if one.strip())
