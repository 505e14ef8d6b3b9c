"""A newsroom that people work in, and its whole state by uid: what a restore in place must bring back.

Written from the vendor's pages and docs/living-targets.md. The state is read with plain HTTP.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compare_stacks import differences
from read_stack import SERVERS_OWN, without
from rich_text_nodes import document, embedded_asset, embedded_entry, link_to, paragraph, text_node
from stack_steps import content_type, create, environments, languages, publish, update
from weird_types import block, blocks, group, html, reference, rich
from weird_types import field as text_field

if TYPE_CHECKING:
    from plain_api import Api
    from round_trip_bench import Bench

State = dict[str, Any]
PAGE_FIELDS = (
    text_field("body"),
    text_field("code", non_localizable=True),
    html("html"),
    text_field("hero", "file"),
    reference("by", "author"),
    reference("related", "page"),
    rich("rte", "author", "page"),
    group("seo", text_field("meta"), text_field("robots")),
    group("rows", text_field("a"), text_field("b"), multiple=True),
    blocks(
        "parts",
        block("quote", text_field("words"), text_field("who")),
        block("file", text_field("f", "file")),
    ),
    text_field(
        "taxonomies",
        "taxonomy",
        multiple=True,
        taxonomies=[
            {"taxonomy_uid": "topics", "max_terms": 25, "mandatory": False, "non_localizable": False}
        ],
    ),
)


@dataclass
class Newsroom:
    """Two languages, two environments, authors and pages that refer to each other, files, a release."""

    api: Api
    uids: dict[str, str] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    def fill(self) -> Newsroom:
        """Fill an empty stack."""
        languages(self.api, ("de-de", "en-us"))
        environments(self.api, "live", "test")
        self.api.post("/taxonomies", {"taxonomy": {"uid": "topics", "name": "Topics"}})
        for order, term in enumerate(("sport", "news"), 1):
            self.api.post("/taxonomies/topics/terms", {"term": {"uid": term, "name": term, "order": order}})
        content_type(self.api, "author", text_field("bio"))
        content_type(self.api, "page", *PAGE_FIELDS)
        options = {"is_page": False, "singleton": True, "title": "title", "sub_title": []}
        content_type(self.api, "home", text_field("words"), options=options)
        folder = self.api.post("/assets/folders", {"asset": {"name": "Pictures"}})["asset"]["uid"]
        self.uids["Pictures"] = folder
        for name, more in (("one.png", {"parent_uid": folder}), ("two.txt", {})):
            self.files[name] = self.api.upload(name, name.encode(), "text/plain", title=name, **more)
            self.uids[name] = self.files[name]["uid"]
        self._entries()
        self._live()
        self._release()
        return self

    def _entries(self) -> None:
        for name in ("Ann", "Bob"):
            self.uids[name] = create(self.api, "author", name, bio=f"bio of {name}")
        for name in ("One", "Two", "Three"):
            self.uids[name] = create(self.api, "page", name, **self.words(name))
        update(self.api, "page", self.uids["Two"], related=[link_to("page", self.uids["One"])])
        update(
            self.api,
            "page",
            self.uids["One"],
            body="draft of One",
            related=[link_to("page", self.uids["Two"])],
        )
        german = {"title": "Eins", "body": "eins", "by": [link_to("author", self.uids["Ann"])]}
        update(self.api, "page", self.uids["One"], locale="de-de", **german)
        self.uids["Home"] = create(self.api, "home", "Home", words="welcome")

    def words(self, name: str) -> dict[str, Any]:
        """The fields of a page."""
        one, ann = self.files["one.png"], self.uids["Ann"]
        body = paragraph(
            "p1", text_node(name), embedded_entry("e1", ann, "author"), embedded_asset("a1", one)
        )
        return {
            "body": f"body of {name}",
            "code": f"code of {name}",
            "html": f'<p><img src="{one["url"]}" asset_uid="{one["uid"]}"></p>',
            "hero": one["uid"],
            "by": [link_to("author", ann), link_to("author", self.uids["Bob"])],
            "rte": document(f"d{name}", body),
            "seo": {"meta": name, "robots": "all"},
            "rows": [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],
            "parts": [{"quote": {"words": "w", "who": "x"}}, {"file": {"f": self.uids["two.txt"]}}],
            "taxonomies": [{"taxonomy_uid": "topics", "term_uid": "sport"}],
            "tags": ["t"],
        }

    def _live(self) -> None:
        """One is live in an older version, in both languages; Ann in both environments; Three nowhere."""
        publish(self.api, "page", self.uids["One"], 1, "en-us", "live")
        publish(self.api, "page", self.uids["One"], 1, "de-de", "live")
        publish(self.api, "page", self.uids["Two"], 2, "en-us", "live")
        for where in ("live", "test"):
            publish(self.api, "author", self.uids["Ann"], 1, "en-us", where)
        body = {"asset": {"locales": ["en-us"], "environments": ["live"]}, "version": 1}
        self.api.post(f"/assets/{self.uids['one.png']}/publish", body)

    def _release(self) -> None:
        made = self.api.post("/releases", {"release": {"name": "Spring", "description": "d"}})["release"][
            "uid"
        ]
        self.uids["Spring"] = made
        items = [self.item("One", 2), self.item("Three", 1)]
        self.api.post(f"/releases/{made}/items", {"items": items})

    def item(self, name: str, version: int, locale: str = "en-us") -> dict[str, Any]:
        facts = {"uid": self.uids[name], "version": version, "locale": locale}
        return {**facts, "action": "publish", "content_type_uid": "page"}

    # what editors do

    def path(self, name: str, kind: str = "page") -> str:
        return f"/content_types/{kind}/entries/{self.uids[name]}"

    def on(self, api: Api) -> Newsroom:
        """The same objects in another branch or stack that has the same uids."""
        return Newsroom(api, self.uids, self.files)

    def save(self, name: str, kind: str = "page", **values: Any) -> int:
        return int(update(self.api, kind, self.uids[name], **values)["_version"])

    def delete(self, name: str, kind: str = "page", **query: Any) -> None:
        self.api.call("DELETE", self.path(name, kind), **query)

    def schema(self, kind: str, change: Any) -> None:
        """Change the fields of a type with a function of their list."""
        row = self.api.get(f"/content_types/{kind}")["content_type"]
        self.api.put(f"/content_types/{kind}", {"content_type": {**row, "schema": change(row["schema"])}})

    def unpublish(self, name: str, locale: str, *places: str, kind: str = "page") -> None:
        where = {"environments": list(places), "locales": [locale]}
        self.api.post(f"{self.path(name, kind)}/unpublish", {"entry": where, "locale": locale})

    def publish(self, name: str, version: int, locale: str, where: str, kind: str = "page") -> None:
        publish(self.api, kind, self.uids[name], version, locale, where)


# --- the state of a branch ---


def state_of(api: Api) -> State:
    """All of a branch by uid: content, what is live, what releases pin, files with their bytes, types."""
    state: State = {}
    codes = [row["code"] for row in api.rows("/locales", "locales")]
    named = {row["uid"]: row["name"] for row in api.rows("/environments", "environments")}
    for row in api.rows("/content_types", "content_types", include_global_field_schema="false"):
        state[f"type {row['uid']}"] = without(row, *SERVERS_OWN, "last_activity")
        _read_entries(api, row["uid"], codes, named, state)
    for row in api.rows("/assets", "assets", include_folders="true", include_publish_details="true"):
        _read_asset(api, row, named, state)
    for row in api.rows("/releases", "releases"):
        kept = ("name", "description", "locked", "archived")
        state[f"release {row['uid']}"] = {key: row.get(key) for key in kept}
        for item in api.get(f"/releases/{row['uid']}/items")["items"]:
            key = f"item {row['uid']} {item['action']} {item['uid']} {item['locale']}"
            state[key] = _pinned(api, item)
    for taxonomy in api.rows("/taxonomies", "taxonomies"):
        for term in api.rows(f"/taxonomies/{taxonomy['uid']}/terms", "terms", depth=0):
            state[f"term {taxonomy['uid']} {term['uid']}"] = [term["name"], term.get("parent_uid")]
    return state


def _pinned(api: Api, item: dict[str, Any]) -> Any:
    kind = item["content_type_uid"]
    if kind in ("built_io_upload", "sys_assets"):
        return file_of(api.get(f"/assets/{item['uid']}", version=item["version"])["asset"])
    path = f"/content_types/{kind}/entries/{item['uid']}"
    status, answer = api.ask("GET", path, locale=item["locale"], version=item["version"])
    return plain(answer["entry"]) if status == 200 else "leads nowhere"


def _read_entries(api: Api, kind: str, codes: list[str], named: dict[str, str], state: State) -> None:
    for code in codes:
        path = f"/content_types/{kind}/entries"
        shown = {"include_publish_details": "true", "include_workflow": "true"}
        for row in api.rows(path, "entries", locale=code, **shown):
            if row["locale"] != code:
                continue
            uid = row["uid"]
            state[f"entry {kind} {uid} {code}"] = plain(row)
            for one in row.get("publish_details") or []:
                if one["locale"] != code:
                    continue
                version = api.get(f"{path}/{uid}", locale=code, version=one["version"])["entry"]
                state[f"live {kind} {uid} {code} {named[one['environment']]}"] = plain(version)


def _read_asset(api: Api, row: dict[str, Any], named: dict[str, str], state: State) -> None:
    uid = row["uid"]
    if row["is_dir"]:
        state[f"folder {uid}"] = [row["name"], row.get("parent_uid")]
        return
    content = hashlib.sha256(api.bytes_of(row["url"])).hexdigest()
    state[f"asset {uid}"] = {**file_of(row), "bytes": content}
    for one in row.get("publish_details") or []:
        version = api.get(f"/assets/{uid}", version=one["version"])["asset"]
        shown = hashlib.sha256(api.bytes_of(version["url"])).hexdigest()
        state[f"live asset {uid} {one['locale']} {named[one['environment']]}"] = {
            **file_of(version),
            "bytes": shown,
        }


OWN = (*SERVERS_OWN, "publish_details", "_workflow", "_version_name")


def file_of(row: dict[str, Any]) -> Any:
    """What an asset says."""
    kept = ("uid", "title", "description", "tags", "filename", "parent_uid", "content_type")
    return {key: row.get(key) for key in kept}


ADDRESS = re.compile(r"http://[^/]+/v3/assets/[^/]+/([0-9a-z]+)/[0-9a-f]+/[^\s\"'<>?)]*")


def plain(value: Any) -> Any:
    """A record without what the service sets itself; of a file its uid, also in an address."""
    if isinstance(value, str):
        return ADDRESS.sub(r"address of \1", value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "filename" in value and "is_dir" in value:
        return value["uid"]
    return {key: plain(item) for key, item in value.items() if key not in OWN and key != "_metadata"}


def without_empty(value: Any) -> Any:
    """Null, an empty text, an empty list and an absent key are one."""
    if isinstance(value, dict):
        items = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item not in ("", [], {}, None)}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def renamed(state: State, uids: dict[str, str]) -> State:
    """The state with other uids in every place."""
    text = json.dumps(state)
    for one, two in uids.items():
        text = text.replace(one, two)
    found: State = json.loads(text)
    return found


def changes(before: State, after: State) -> list[str]:
    """A line for each place that is not the same."""
    return sorted(differences(without_empty(before), without_empty(after)))


# --- the commands ---


def words(rows: list[Any]) -> list[str]:
    """The rows of a list of a report, for a failing test."""
    return [" ".join(f"{key}={row[key]}" for key in sorted(row)) for row in rows]


@dataclass
class Told:
    """What one command did: its exit code, its report, its requests that were no reads."""

    code: int
    report: Any
    err: str
    sent: list[str]
    reads: int

    def __str__(self) -> str:
        lists = ("gaps", "left", "conflicts", "meanwhile", "mapped", "removed", "differences")
        told = [f"  {name}: {line}" for name in lists for line in words(self.report.get(name) or [])]
        return "\n".join([f"code {self.code}", *told, *(f"  > {one}" for one in self.sent), self.err])


def do(bench: Bench, command: str, *asked: object) -> Told:
    """Run a command, in its fastest way, with a report."""
    log = bench.cli.emulator.log
    before = len(log)
    done = bench.cli.run(command, *asked, "--rate", 0, "--bulk-rate", 0, "--json")
    calls = [f"{one.method} {one.path}" for one in log[before:]]
    report = done.report if done.out.strip() else {}
    sent = [call for call in calls if not call.startswith("GET")]
    return Told(done.code, report, done.err, sent, len(calls) - len(sent))
