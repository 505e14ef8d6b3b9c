"""Compares two readings of stacks, and looks for uids of the source in the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plain_api import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from read_stack import Reading


def differences(source: Any, target: Any, path: str = "") -> Iterator[str]:
    """One line for each place that is not the same; a key that is null counts as absent, nothing else does."""
    if isinstance(source, dict) and isinstance(target, dict):
        source = {key: value for key, value in source.items() if value is not None}
        target = {key: value for key, value in target.items() if value is not None}
        for key in sorted({*source, *target}):
            if key not in target:
                yield f"{path}/{key}: missing, was {write(source[key])[:200]}"
            elif key not in source:
                yield f"{path}/{key}: added, {write(target[key])[:200]}"
            else:
                yield from differences(source[key], target[key], f"{path}/{key}")
    elif isinstance(source, list) and isinstance(target, list) and len(source) == len(target):
        for number, (one, two) in enumerate(zip(source, target, strict=True)):
            yield from differences(one, two, f"{path}/{number}")
    elif type(source) is not type(target) or source != target:
        yield f"{path}: {write(source)[:200]} became {write(target)[:200]}"


CONTENT = ("entry", "history", "live")


def without_empty(value: Any) -> Any:
    """Settings without what is empty: an empty list of a label's parents says what no list says."""
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item not in ("", [], {}, None)}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def compare(source: Reading, target: Reading, *, without: tuple[str, ...] = ()) -> list[str]:
    """Everything that is not the same in two stacks, and every uid of the source that stands in the target."""
    lines: list[str] = []
    for kind in sorted({*source.found, *target.found} - {*without}):
        one, two = source.found.get(kind, {}), target.found.get(kind, {})
        if kind not in CONTENT:
            one, two = without_empty(one), without_empty(two)
        lines += differences(one, two, kind)
    strangers = {*source.known} - {*target.known}
    for kind, objects in target.found.items():
        text = write(objects)
        lines += [
            f"{kind}: {uid} of the source, {source.known[uid]}" for uid in sorted(strangers) if uid in text
        ]
    return lines
