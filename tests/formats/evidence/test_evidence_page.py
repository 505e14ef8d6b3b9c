"""The page: everything that the rows say and nothing that runs but its own script, however hostile the names are."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.formats.evidence.page import page
from stackferry.providers.evidence import COLUMNS, Evidence

if TYPE_CHECKING:
    from pathlib import Path

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


class Page(HTMLParser):
    """What a browser would see of a page: its elements, and the words of each cell and script."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {"td": [], "script": [], "style": [], "title": [], "li": []}
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("meta", "input", "br"):
            return
        self._open.append(tag)
        if tag in self.words:
            self.words[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.words:
            if tag in self._open:
                self.words[tag][-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


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
    content = written(evidence_of(*HOSTILE))
    seen = Page(content)
    attributes = {name for _, found in seen.tags for name in found}
    assert not attributes & {"src", "href", "action", "style", "srcset", "background"}
    assert not [name for name in attributes if name.startswith("on")]
    (script,), (style,) = seen.words["script"], seen.words["style"]
    assert not re.search(r"https?:|//[a-z]|url\(|import|fetch|eval|innerHTML", script + style)
    policy = next(found["content"] for found in seen.of("meta") if "http-equiv" in found) or ""
    assert policy.startswith("default-src 'none'; ")
    for name, words in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


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
def test_the_script_can_be_read(tmp_path: Path) -> None:
    (script,) = Page(written(evidence_of("Web"))).words["script"]
    file = tmp_path / "script.js"
    file.write_text(script, "utf-8")
    subprocess.run(["node", "--check", str(file)], check=True)  # noqa: S603, S607 - our own script
