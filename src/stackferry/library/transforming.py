"""Transforms by name: shipped ones, entry points, and functions of a module; and what an import reads through them.

A digest stands for the source of a transform: of a function that of its whole module's file, not of what that imports.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from stackferry import exact_json, transforms
from stackferry.drivers.transforming import check_transforms, transformed_snapshot
from stackferry.errors import UsageError
from stackferry.io import redaction
from stackferry.io.config import state_directory
from stackferry.io.storage.files import Files
from stackferry.model import Secret
from stackferry.transforms.grammar import parse_spec
from stackferry.transforms.shipped import KEYED, SHIPPED
from stackferry.transforms.transform import Transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.model import JsonObject
    from stackferry.transforms.grammar import Spec
    from stackferry.transforms.transform import About, Change, Place

TransformLike: TypeAlias = "str | Transform | Callable[[JsonObject, About], JsonObject | None]"
"""What `--transform` takes, a transform, or a function of a document and what it is."""

GROUP: Final = "stackferry.transforms"
KEY_VARIABLE: Final = "STACKFERRY_TRANSFORM_KEY"


def find_transforms(asked: Sequence[TransformLike]) -> tuple[Transform, ...]:
    """The transforms that these name, in their order.

    Raises UsageError for one that is not found, for options that it does not have, and for a key that is missing.
    """
    if isinstance(asked, str) or callable(asked):
        raise UsageError(
            f"transforms is a list of transforms, not a {type(asked).__name__}: write [{asked!r}]"
        )
    return tuple(map(_find, asked))


def _find(asked: TransformLike) -> Transform:
    if isinstance(asked, Transform):
        return asked
    if not (isinstance(asked, str) or callable(asked)):
        raise UsageError(f"a transform is a text, a function or a Transform, not a {type(asked).__name__}")
    if not isinstance(asked, str):
        module = sys.modules.get(getattr(asked, "__module__", ""))
        name = f"{getattr(asked, '__module__', '')}:{getattr(asked, '__qualname__', asked)}"
        return _of_function(name, asked, module, {})
    spec = parse_spec(asked)
    if spec.function:
        module = _imported(spec)
        return _of_function(spec.label, _named(module, spec.function, spec.label), module, dict(spec.options))
    if spec.name in SHIPPED:
        return _shipped(spec)
    return _of_entry_point(spec)


def _shipped(spec: Spec) -> Transform:
    key = _key(spec) if spec.name in KEYED else b""
    digest = hashlib.sha256()
    for file in sorted(Path(transforms.__path__[0]).glob("*.py")):
        digest.update(file.read_bytes())
    asked = {name: value for name, value in spec.options.items() if not name.startswith("key-")}
    digest.update(exact_json.dumps({"options": {**asked}, "key": hashlib.sha256(key).hexdigest()}))
    return SHIPPED[spec.name](spec, digest.hexdigest(), key)


def _key(spec: Spec) -> bytes:
    """The key of a transform: of a file, or of the environment, never of an argument. Raises UsageError."""
    if file := spec.options.get("key-file"):
        try:
            key = Path(file).expanduser().read_bytes().strip()
        except OSError as error:
            raise UsageError(
                f"--transform {spec.name}: the key file {file} cannot be read: {error.strerror}"
            ) from error
    else:
        variable = spec.options.get("key-env", KEY_VARIABLE)
        key = os.environ.get(variable, "").strip().encode()
        if not key:
            raise UsageError(
                f"--transform {spec.name} needs a key: set {variable} to a long random text that you keep (such as of "
                "'openssl rand -hex 32'), or give key-file=PATH"
            )
    redaction.register(Secret(key.decode("utf-8", "replace")))
    return key


def _imported(spec: Spec) -> Any:
    """The module; also one in the working directory, as with `python -m`."""
    here = str(Path.cwd())
    is_new = here not in sys.path
    if is_new:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(spec.name)
    except Exception as error:
        raise UsageError(f"--transform {spec.label}: {type(error).__name__}: {error}") from error
    finally:
        if is_new:
            sys.path.remove(here)


def _named(module: Any, name: str, label: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(f"--transform {label}: {module.__name__} has no '{name}'")
        found = getattr(found, part)
    return found


def _of_entry_point(spec: Spec) -> Transform:
    points = metadata.entry_points(group=GROUP)
    point = next((one for one in points if one.name == spec.name), None)
    if point is None:
        known = ", ".join(sorted({*SHIPPED, *(one.name for one in points)}))
        raise UsageError(
            f"--transform {spec.name}: there is none of that name; there are {known}, and MODULE:FUNCTION"
        )
    try:
        function = point.load()
    except Exception as error:
        raise UsageError(
            f"--transform {spec.name} ({point.value}): {type(error).__name__}: {error}"
        ) from error
    return _of_function(spec.name, function, sys.modules.get(point.module), dict(spec.options))


def _of_function(name: str, function: Any, module: Any, options: dict[str, str]) -> Transform:
    if not callable(function):
        raise UsageError(f"--transform {name} is a {type(function).__name__}, not a function")
    file = getattr(module, "__file__", None)
    if not file or not Path(file).is_file():
        raise UsageError(f"--transform {name}: its module has no file, by which a run would know it again")
    digest = hashlib.sha256(Path(file).read_bytes() + exact_json.dumps({"name": name, **options}))
    return Transform(name, digest.hexdigest(), _change_of(function, options), options)


def _change_of(function: Any, options: dict[str, str]) -> Change:
    def change(document: JsonObject, about: About, _: Place) -> object:
        return function(document, about, **options)

    return change


@contextmanager
def through_transforms(
    snapshot: Snapshot, target: Endpoint, asked: Sequence[TransformLike]
) -> Iterator[Snapshot]:
    """The snapshot as it is after these transforms, while the context is open.

    Made anew by each run, in the platform's state directory: the same snapshot and transforms give the same bytes, so a
    run that was stopped is resumed. Raises UsageError, TransformFailed or SnapshotCorrupt.
    """
    found = find_transforms(asked)
    check_transforms(target.system, target.place.system, found)
    if not found:
        yield snapshot
        return
    home = state_directory() / "transformed"
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=home) as directory:
        yield transformed_snapshot(
            target.system, snapshot, Files(Path(directory, snapshot.root.name or "snapshot")), found
        )
