"""The real exports as spaces: what an export of each brings, and how many requests it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from space_bench import DATASETS, dataset, make_space_bench
from workbench import file_digests

from stackferry.json_values import objects
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", DATASETS)
def test_every_object_of_a_real_space_is_there_and_the_same_again(root: Path, name: str) -> None:
    bench = make_space_bench(root, dataset(name))
    one, two = bench.export("one"), bench.export("two")
    environment = bench.source.master
    one.check()
    assert one.gaps() == []
    counts = one.manifest["counts"]
    assert isinstance(counts, dict)
    for kind in ("entries", "assets", "content_types", "editor_interfaces", "locales"):
        assert counts[kind] == len(getattr(environment, kind)), kind
    changed = [one for one in environment.entries.values() if one.state == "changed"]
    assert counts.get("published_entries", 0) == len(changed)
    urls = {path for path, file in bench.source.files.items() if file.content is not None}
    assert len([*one.objects(Stream("files"))]) == len(urls) > 0
    assert file_digests(one.root) == file_digests(two.root)
    assert objects(one.manifest["limits"])
