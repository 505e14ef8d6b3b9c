"""The webhook events that a plan foretells are those that the emulator's webhooks then get."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from linked_stack import fill_linked
from listening import listen
from random_stack import fill_random
from small_stack import EGG, PICTURE, fill_small
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBS = ("create", "update", "delete")
KINDS = (
    "content_types",
    "global_fields",
    "assets",
    "taxonomies",
    "content_types.entries",
    "taxonomies.terms",
)
SHOWN = ("assets", "content_types.entries", "content_types.entries.variants")
ALL = [
    *(f"{kind}.{verb}" for kind in (*KINDS, "content_types.entries.variants") for verb in VERBS),
    *(f"{kind}.{verb}" for kind in KINDS for verb in ("localize", "unlocalize")),
    *(f"{kind}.{done}" for kind in SHOWN for done in ("publish", "unpublish")),
    *(f"{kind}.environments.{done}.success" for kind in SHOWN for done in ("publish", "unpublish")),
    "content_types.entries.workflows",
    *(f"jobs.environments.{done}.completed" for done in ("publish", "unpublish")),
    *(f"releases.environments.deploy{end}" for end in ("", ".success")),
]
# An unasked document in the master language is taken away again: no plan knows whether there will be one.
NO_MASTER = Switches(other_locale_creates_master=False)
UIDS_OF = ("entries", "assets", "terms", "variants", "releases")  # objects whose uid the plan cannot know


def happened(workbench: Workbench) -> Counter[str]:
    """The events that were sent, without such uids and with the names of environments."""
    names = {uid: str(row["name"]) for uid, row in workbench.target.environments.items()}
    return Counter(".".join(_parts(one.event.split("."), names)) for one in workbench.target.webhook_events)


def _parts(parts: list[str], names: dict[str, str]) -> Iterator[str]:
    before = ""
    for part in parts:
        if before == "environments":
            yield names.get(part, part)
        elif before not in (*UIDS_OF, "workflows"):
            yield part
        before = part


def foretold(workbench: Workbench, snapshot: Any, **options: Any) -> Counter[str]:
    rows: list[Any] = workbench.plan(snapshot, versions="all", **options)
    return Counter(rows[-1]["events"])


@pytest.mark.parametrize("stack", ["every kind", "small", "linked", *sampled(range(12), 3)])
def test_the_events_of_an_import_are_foretold(stack: Any) -> None:
    """Of each kind, into an empty target; two webhooks get each."""
    named = {"every kind": fill_every_kind, "small": fill_small, "linked": fill_linked}
    with memory_directory() as root:
        fill = named.get(stack) or (lambda one: fill_random(one, stack))
        workbench = make_workbench(root, fill, switches=NO_MASTER)
        for uid in ("blthook1", "blthook2"):
            listen(workbench, uid, channels=ALL)
        options: Any = {"on_conflict": "update", "deploy": True}
        snapshot = workbench.export(versions="all")
        expected = foretold(workbench, snapshot, **options)
        workbench.import_snapshot(snapshot, versions="all", **options)
        assert expected == happened(workbench)
        assert expected


@pytest.mark.parametrize("seed", sampled(range(20), 3))
def test_the_events_of_an_update_are_foretold(seed: int) -> None:
    """But for what depends on a write that is refused, or on what another stack's trash gives back."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small, switches=NO_MASTER)
        workbench.import_snapshot(workbench.export(name="first"))
        Editors(workbench, seed, key=TARGET).work(8)
        listen(workbench, "blthook1", channels=ALL)
        snapshot = workbench.export(versions="all")
        expected = foretold(workbench, snapshot, on_conflict="update")
        log = len(workbench.emulator.log)
        workbench.import_snapshot(snapshot, versions="all", on_conflict="update")
        writes = [one for one in workbench.emulator.log[log:] if one.method != "GET"]
        unknown = [one for one in writes if one.status >= 400 or one.path.endswith("/restore")]
        assert expected == happened(workbench) or unknown


@pytest.mark.parametrize(
    ("channel", "heard"),
    [
        ("content_types.entries.create", True),
        ("content_types.page.entries.create", True),
        ("content_types.other.entries.create", False),
        ("content_types.entries.environments.live.publish.success", True),
        ("content_types.entries.environments.other.publish.success", False),
        ("content_types.page.create", True),
        ("assets.delete", False),
        ("jobs.environments.live.publish.completed", True),
    ],
)
def test_a_channel_hears_what_it_names(channel: str, heard: bool) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        listen(workbench, "blthook1", channels=[channel])
        snapshot = workbench.export()
        rows: list[Any] = workbench.plan(snapshot, on_conflict="update")
        assert bool(rows[-1]["events"]) is heard
        workbench.import_snapshot(snapshot, on_conflict="update")
        assert Counter(rows[-1]["events"]) == happened(workbench)


def test_who_is_off_elsewhere_or_held_hears_nothing() -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        listen(workbench, "bltoff", channels=ALL, disabled=True)
        listen(workbench, "bltother", channels=ALL, branches=["elsewhere"])
        snapshot = workbench.export()
        assert not foretold(workbench, snapshot, on_conflict="update")
        listen(workbench, "blton", channels=ALL)
        assert foretold(workbench, snapshot, on_conflict="update")
        assert not foretold(workbench, snapshot, on_conflict="update", hold_webhooks=True)


def test_the_events_of_deletions_are_foretold() -> None:
    """One for each language of an entry, one for an asset; the plan names them."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small, switches=NO_MASTER)
        workbench.import_snapshot(workbench.export(name="first"))
        editors = Editors(workbench)
        editors.call("DELETE", f"/content_types/page/entries/{EGG}?delete_all_localized=true")
        editors.call("DELETE", f"/assets/{PICTURE}")
        listen(workbench, "blthook1", channels=ALL)
        snapshot = workbench.export()
        options: Any = {"mirror": True, "on_conflict": "update"}
        rows: list[Any] = workbench.plan(snapshot, **options)
        deleted = {row["kind"]: row for row in rows if row.get("action") == "delete"}
        assert deleted["entries"]["locales"] == ["en-us", "fr-fr"]
        assert deleted["entries"]["title"] == "Egg"
        relied = {(row["kind"], row["uid"]) for row in rows if row["line"] == "relies"}
        assert {(row["kind"], row["target"]) for row in deleted.values()} <= relied
        expected = Counter(rows[-1]["events"])
        assert expected["content_types.page.entries.delete"] == 2
        workbench.import_snapshot(snapshot, **options)
        assert expected == happened(workbench)


def test_what_follows_only_if_the_trash_refuses_calls_nobody() -> None:
    """As no request is counted for it."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        workbench.target = workbench.source  # whose webhooks are listened to
        listen(workbench, "blthook1", channels=ALL)
        snapshot = workbench.export()
        Editors(workbench).call("DELETE", f"/content_types/page/entries/{EGG}?delete_all_localized=true")
        workbench.source.webhook_events.clear()
        options: Any = {"in_place": True, "on_conflict": "update", "key": SOURCE}
        rows: list[Any] = workbench.plan(snapshot, **options)
        assert any(row.get("kind") == "if_not_restored" for row in rows)
        workbench.import_snapshot(snapshot, **options)
        heard = Counter({name: count for name, count in happened(workbench).items() if "restore" not in name})
        assert Counter(rows[-1]["events"]) == heard
