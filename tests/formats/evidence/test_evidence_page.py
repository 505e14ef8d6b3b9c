"""The page: everything that the rows say and nothing that runs but its own script, however hostile the names are."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from parsed_page import Page, check_policy
from stackferry.formats.evidence.page import page
from stackferry.providers.evidence import COLUMNS, Evidence

HOSTILE = (
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</script><script>alert(1)</script>",
    "<!--",
    "{{rows}}",
    "&lt;b&gt; &amp; &#x3c;",
    "line\nline",
    "x" * 10_000,
    "\u202eevil",
)


def row(name: str) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(COLUMNS)
    made |= {
        "release": name,
        "definition": name,
        "stage": name,
        "release_id": 1,
        "queued_on": "2026-01-01T00:00:00Z",
    }
    made |= {"status": "succeeded", "requested_by": name, "marks": ["no approval at all"], "gates": []}
    approval = {
        "type": "preDeploy",
        "approver": name,
        "approved_by": name,
        "status": "approved",
        "comments": name,
    }
    made["approvals"] = [{**approval, "modified_on": None, "automated": False}]
    made["artifacts"] = [{"alias": name, "type": "Build", "version": name, "version_id": "1", "branch": name}]
    made["interventions"] = [
        {"name": name, "status": "approved", "answered_by": name, "modified_on": None, "instructions": name,
         "comments": name}
    ]  # fmt: skip
    return made


def evidence_of(*names: str) -> Evidence:
    archive: Any = {
        "snapshot": names[0], "source": names[0], "watermark": "2026-01-01T00:00:00Z", "manifest_sha256": "ab" * 32,
        "selection": {"definitions": [names[0]]}, "vanished": {"releases": 2}, "releases": 3, "unfinished": 0,
        "redacted": 0, "gaps": [{"kind": "releases", "uid": names[0], "reason": names[0]}],
    }  # fmt: skip
    rows = [row(name) for name in names]
    return Evidence(rows, {names[0]: len(rows)}, [archive], ["this may"], ["that may not"])


def written(found: Evidence) -> str:
    return b"".join(page(found, {"stages": [found.rows[0]["stage"]]})).decode()


def test_hostile_names_are_words_and_nothing_else() -> None:
    content = written(evidence_of(*HOSTILE))
    seen, plain = Page(content), Page(written(evidence_of("harmless", *["harmless"] * (len(HOSTILE) - 1))))
    assert [name for name, _ in seen.tags] == [name for name, _ in plain.tags]
    assert [{*attributes} for _, attributes in seen.tags] == [{*attributes} for _, attributes in plain.tags]
    assert seen.words["script"] == plain.words["script"]
    for number, name in enumerate(HOSTILE):
        cells = seen.words["td"][-10 * (len(HOSTILE) - number) :][:10]
        assert cells[0].startswith(name)
        assert cells[6].count(name) == 2
    assert [attributes["data-stage"] for attributes in seen.of("tr") if "data-stage" in attributes] == [
        *HOSTILE
    ]


def test_the_page_asks_nobody_and_runs_its_own_script_alone() -> None:
    check_policy(written(evidence_of(*HOSTILE)))


def test_the_head_has_the_facts_gaps_and_conclusions() -> None:
    seen = Page(written(evidence_of("Web")))
    assert "ab" * 32 in seen.words["td"]
    assert "definitions Web" in seen.words["td"]
    assert "2 releases" in seen.words["td"]
    assert seen.words["li"] == ["releases Web Web", "this may", "that may not"]
    assert seen.words["title"] == ["Deployments of Web"]


def test_what_html_cannot_hold_is_shown_as_a_sign() -> None:
    seen = Page(written(evidence_of("a\x00b\ud800c")))
    assert "a\ufffdb\ufffdc" in seen.words["td"][-10]


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_script_sorts_and_filters() -> None:
    """Run by Node on a document of its own: a browser is not to be had everywhere."""
    found = evidence_of(*HOSTILE)
    for number, one in enumerate(found.rows):
        one["release_id"], one["queued_on"] = len(HOSTILE) - number, f"2026-01-{number + 1:02}T00:00:00.5Z"
        one["marks"] = ["approval skipped"] if number % 2 else []
    content = written(found)
    steps: list[Any] = [
        {"set": {"mark": "=approval skipped"}},
        {"set": {"mark": "all", "stage": "=" + HOSTILE[0]}},
        {"set": {"stage": "all", "words": "ONERROR  img"}},
        {"set": {"words": "", "since": "2026-01-03", "until": "2026-01-05"}},
        {"set": {"since": "", "until": ""}},
        {"click": 0},
        {"click": 0},
        {"click": 2},
    ]
    answered = [one["shown"] for one in run_script(content, steps)]
    everything = [*range(len(HOSTILE))]
    assert answered == [
        everything, everything[1::2], [0], [1], [2, 3], everything, everything[::-1], everything, everything,
    ]  # fmt: skip
    first, second, *_ = run_script(content, steps)
    assert (first["count"], second["count"]) == ("11 of 11 attempts", "5 of 11 attempts")
    assert first["stages"][0] == "all"
    assert {*first["stages"][1:]} == {"=" + name for name in HOSTILE}


def run_script(content: str, steps: list[Any]) -> Any:
    """What the script of a page makes of these steps: the rows that it shows, in their order."""
    seen = Page(content)
    (script,) = seen.words["script"]
    tags = [attributes for name, attributes in seen.tags if name in ("tr", "td")]
    starts = [number for number, attributes in enumerate(tags) if "data-marks" in attributes]
    cells = list(seen.words["td"][-10 * len(starts) :])
    rows = [
        {
            "dataset": {name.removeprefix("data-"): value for name, value in tags[start].items()},
            "text": "".join(cells[10 * number : 10 * number + 10]),
            "keys": [cell["data-key"] for cell in tags[start + 1 : start + 11]],
        }
        for number, start in enumerate(starts)
    ]
    told = {"script": script, "columns": 10, "rows": rows, "steps": steps}
    driver = Path(__file__).with_name("drive_page.mjs")
    node = shutil.which("node") or ""
    done = subprocess.run(  # noqa: S603 - our own script
        [node, str(driver)], input=json.dumps(told), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
