"""The scripts that build the samples, imported as modules."""

from __future__ import annotations

import importlib.util
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from repository import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sample_script(file: str) -> Iterator[Any]:
    """A build script as a module. Afterwards the interpreter has neither it nor the modules beside it."""
    known, path = set(sys.modules), [*sys.path]
    name = f"sample_{file.removesuffix('.py')}"
    spec = importlib.util.spec_from_file_location(name, SAMPLES / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    beside = {one.stem for one in SAMPLES.glob("*.py")}
    for loaded in (beside | {name}) - known:
        sys.modules.pop(loaded, None)
