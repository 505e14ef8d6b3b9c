""" "Not found" for the whole listing of a kind: a limit, and a gap where the stack shows that it has such objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from small_stack import fill_small
from workbench import make_workbench, memory_directory

from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

BODY = b'{"error_message": "There is no such call.", "error_code": 404}'


def not_found(bench: Workbench, path: str, status: int = 404) -> None:
    bench.emulator.faults.add(Fault(path=path, status=status, body=BODY, times=ALWAYS, carried_out=False))


def limit(manifest: JsonObject, kind: str) -> list[str]:
    limits = manifest["limits"]
    assert isinstance(limits, list)
    return [str(one["reason"]) for one in limits if isinstance(one, dict) and one["kind"] == kind]


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("kind", ["labels", "webhooks", "releases", "roles", "taxonomies"])
def test_a_kind_that_the_service_does_not_have_is_a_limit(kind: str, status: int) -> None:
    """Nothing shows that this stack has any: exit code 0, and the manifest says what the service said."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        not_found(bench, f"^/v3/{kind}", status)
        made = bench.export()
        assert [*made.gaps()] == []
        (reason,) = limit(made.manifest, kind)
        assert "There is no such call." in reason


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("^/v3/environments", "environments"),
        ("^/v3/extensions", "extensions"),
        ("^/v3/taxonomies[?]", "taxonomies"),
        ("^/v3/workflows[?]", "workflows"),
    ],
)
def test_what_the_stack_evidently_has_is_a_gap(path: str, kind: str) -> None:
    """An entry that is live, a field, a stage or a value shows it."""

    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        cart = stack.main.content_types["cart"]
        own: Any = cart["schema"]
        tagged: Any = {
            "uid": "taxonomies",
            "data_type": "taxonomy",
            "taxonomies": [{"taxonomy_uid": "places"}],
        }
        apps = {"uid": "app", "data_type": "json", "extension_uid": next(iter(stack.main.extensions))}
        group: Any = {"uid": "group", "data_type": "group", "schema": [apps]}
        stack.main.content_types["cart"] = {**cart, "schema": [*own, tagged, group]}

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        not_found(bench, path)
        found = {str(gap["kind"]): str(gap["reason"]) for gap in bench.export().gaps()}
        assert "refers to some" in found[kind]


def test_the_queue_of_a_service_without_one() -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        not_found(bench, "/publish-queue")
        made = bench.export()
        assert "published" in limit(made.manifest, "schedules")[0]
