"""What the report of a copy holds that failed after its export half."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, content_type

HALF = {"entries": 3, "documents": 6, "versions": 3, "content_types": 1, "assets": 1}


def failed(cli: CommandLine, *words: str) -> Any:
    """A copy of the entries alone: the target lacks the content type that they need."""
    result = cli.run(
        "copy", cli.place(SOURCE), cli.place(TARGET), "--only", "entries", "--json", *words, *FAST
    )
    assert result.code == 2
    return result.report


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_failed_copy_reports_its_export(cli: CommandLine, words: tuple[str, ...]) -> None:
    """The export half was complete: its objects and its fewest requests are in the report, beside the error."""
    report = failed(cli, *words)
    assert "page" in report["error"]
    assert {kind: report["objects"][kind] for kind in HALF} == HALF
    assert report["minimum"]["read"] > 0
    assert report["requests"]["read"] >= report["minimum"]["read"]


def test_a_failed_dry_run_says_what_it_assumed(cli: CommandLine) -> None:
    """`on_conflict` is in the report even where nothing was compared."""
    assert failed(cli, "--dry-run")["on_conflict"] == "update"
    assert failed(cli, "--dry-run", "--on-conflict", "skip")["on_conflict"] == "skip"


PAGE, OTHER = "bltpage00000", "bltpage00001"


def edited_in_both_branches(cli: CommandLine) -> tuple[str, ...]:
    """The words that promote a page which refers to another one, and whose title was edited in both branches."""
    main = cli.emulator.stacks[SOURCE].main
    made: Any = content_type("page")
    link: Any = {"uid": "next", "display_name": "Next", "data_type": "reference", "reference_to": ["page"]}
    main.put_content_type({**made, "schema": [*made["schema"], link]})
    latest: Any = main.entries["page"][PAGE].documents["en-us"].latest
    latest["next"] = [{"uid": OTHER, "_content_type_uid": "page"}]
    headers = {"api_key": SOURCE, "authorization": cli.token}
    with httpx.Client(base_url=f"{cli.origin}/v3", headers=headers) as client:
        body: Any = {"branch": {"uid": "fork", "source": "main"}}
        client.post("/stacks/branches", json=body).raise_for_status()
        for branch in ("main", "fork"):
            body = {"entry": {"title": f"Quay of {branch}"}}
            path = f"/content_types/page/entries/{PAGE}"
            client.put(path, json=body, headers={"branch": branch}).raise_for_status()
    query = f'{{"uid": "{PAGE}"}}'
    places = (cli.place(SOURCE, "fork"), cli.place(SOURCE))
    return ("copy", *places, "--query", query, "--on-conflict", "update", "--json", *FAST)


def test_a_copy_that_stops_at_a_conflict_tells_what_the_copy_would_tell(cli: CommandLine) -> None:
    """The same conflict with its fields, and no gap for a link whose entry the target has."""
    words = edited_in_both_branches(cli)
    dry, stopped = cli.run(*words, "--dry-run"), cli.run(*words, "--conflicts", "stop")
    assert (dry.code, stopped.code) == (0, 5)
    assert (dry.report["gaps"], stopped.report["gaps"]) == ([], [])
    (told,), (again,) = dry.report["conflicts"], stopped.report["conflicts"]
    assert told.pop("reason").endswith("the source's content goes over it")
    assert again.pop("reason").endswith("nothing is written")
    assert told == again
    assert (told["uid"], told["fields"], told["labels"]) == (PAGE, ["/title"], ["Title"])
    in_words = cli.run(*[one for one in words if one != "--json"], "--dry-run").err
    assert "[Title] - edited in both branches" in in_words
    assert "/title" not in in_words
