"""From one environment of a space to another, and back into the same one: what belongs to the whole space stays."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field
from space_bench import SOURCE, TARGET, make_space_bench
from test_space_every_kind import bench_of

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space


def clone(bench: SpaceBench, name: str = "staging") -> None:
    """Another environment of the source's space, as the service makes one."""
    master = bench.source.master
    raw: Any = copy.deepcopy(master.raw)
    raw["sys"] = {**raw["sys"], "id": name}
    bench.source.environments[name] = master.fork(name, raw)


def change_the_space(bench: SpaceBench) -> dict[str, Any]:
    """A role changed, a webhook gone and a concept changed; what the space has now."""
    role: Any = next(iter(bench.source.roles.values()))
    role["description"] = "Changed since"
    bench.source.webhooks.pop(next(iter(bench.source.webhooks)))
    concept: Any = bench.source.organization.concepts["animals"]
    concept["prefLabel"] = {"en-US": "Changed since"}
    return held(bench)


def held(bench: SpaceBench) -> dict[str, Any]:
    space = bench.source
    return copy.deepcopy(
        {"roles": space.roles, "webhooks": space.webhooks, "concepts": space.organization.concepts}
    )


PLACES = [("staging", {"on_conflict": "update"}), ("master", {"in_place": True, "on_conflict": "update"})]


@pytest.mark.parametrize(("environment", "options"), PLACES, ids=["between environments", "in place"])
def test_what_belongs_to_the_space_is_left(root: Path, environment: str, options: dict[str, Any]) -> None:
    bench = bench_of(root)
    clone(bench)
    snapshot = bench.export()
    now = change_the_space(bench)
    done = bench.import_snapshot(snapshot, key=SOURCE, environment=environment, **options)
    assert held(bench) == now
    assert {str(row["kind"]) for row in done.left} >= {"roles", "webhooks", "concepts"}
    only = {"only": frozenset({"roles", "webhooks"}), **options}
    done = bench.import_snapshot(snapshot, "asked", key=SOURCE, environment=environment, **only)
    assert held(bench)["webhooks"].keys() > now["webhooks"].keys()
    assert held(bench)["roles"] != now["roles"]


def test_a_copy_between_environments_writes_none_of_it(root: Path) -> None:
    bench = bench_of(root)
    clone(bench)
    before = held(bench)
    bench.emulator.log.clear()
    _, done = bench.copy(key=SOURCE, environment="staging", on_conflict="update")
    assert held(bench) == before
    assert not [row for row in done.left if row["kind"] in ("roles", "webhooks", "concepts")]
    # What names the first environment means the clone: no entry is written, in no release either.
    assert [one.path for one in bench.emulator.log if one.method != "GET" and "/entries" in one.path] == []


def test_what_only_looks_like_the_name_of_a_resource_stays(root: Path) -> None:
    """In a JSON field, a text, a rule and parameters: an import leaves it and tells it, and verify says the same."""
    name = f"crn:contentful:::content:spaces/{SOURCE}/entries/one"
    link: Any = {"sys": {"type": "ResourceLink", "linkType": "Contentful:Entry", "urn": name}}
    allowed = [{"type": "Contentful:Entry", "source": name.partition("/entries")[0]}]

    def fill(_: Space, environment: Environment) -> None:
        rule = [{"in": [name]}]
        kinds = [field("data", "Object"), field("words", validations=rule)]
        linked = field("linked", "ResourceLink", allowedResources=allowed)
        environment.put_content_type(content_type("page", *kinds, linked))
        values = {"title": "one", "data": link, "words": name, "linked": link}
        environment.put_entry(entry("one", values, 2, 1))
        parameters: Any = {"here": [SOURCE], "there": "another"}
        own: Any = {"name": "picker", "fieldTypes": [], "src": "https://invented.example"}
        environment.put(
            "extensions",
            {"sys": {"id": "picker", "type": "Extension"}, "extension": own, "parameters": parameters},
        )

    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    told = [
        ("one", "/fields/data/en-US/sys/urn", "it names the source's space, and was written as it is"),
        ("picker", "/parameters/here/0", "extensions: it names the source's space, and was written as it is"),
    ]
    for state in ("state", "again"):
        done = bench.import_snapshot(snapshot, state, on_conflict="update")
        assert sorted((gap["uid"], gap["path"], gap["reason"]) for gap in done.gaps) == told
    found: Any = bench.target.master.entries["one"].body["fields"]
    assert (found["data"]["en-US"], found["words"]["en-US"]) == (link, name)
    assert found["linked"]["en-US"]["sys"]["urn"] == name.replace(SOURCE, TARGET)
    verified = bench.verify(snapshot)
    assert (verified.differences, {gap["kind"] for gap in verified.gaps}) == ([], {"entries", "extensions"})
    found["linked"]["en-US"]["sys"]["urn"] = name
    bench.target.master.changed()
    assert [row["path"] for row in bench.verify(snapshot).differences] == ["/fields/linked/en-US/sys/urn"]
