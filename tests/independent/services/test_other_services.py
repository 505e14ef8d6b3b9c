"""Services with habits of their own: uids of another form, numbers, times, keys and status codes written otherwise.

The service behind is the emulator; what it answers is changed on the way. The judge is these tests' own reader.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from round_trip_bench import open_bench
from small_people import workflow_with_admins
from stack_steps import content_type, create, create_workflow, environments, languages, publish, update
from test_round_trips import equal_in_silence
from weird_types import field, html

from stackferry.emulators.contentstack import Emulator

if TYPE_CHECKING:
    from plain_api import Api

    from stackferry.emulators.application import Answer, Scope

LISTS = (
    "entries",
    "assets",
    "versions",
    "items",
    "terms",
    "workflows",
    "releases",
    "locales",
    "environments",
)
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z")
Row = dict[str, Any]


def records(answer: Row) -> list[Row]:
    """The objects of an answer, each of which may be changed."""
    rows = [row for name in LISTS for row in answer.get(name) or [] if isinstance(row, dict)]
    found = [
        *rows,
        *(value for name, value in answer.items() if isinstance(value, dict) and name != "errors"),
    ]
    return [
        *found,
        *(one for row in found for one in row.get("publish_details") or [] if isinstance(one, dict)),
    ]


def with_fractions(answer: Row) -> Row:
    for row in records(answer):
        for name in ("_version", "version", "order"):
            if type(row.get(name)) is int:
                row[name] = float(row[name])
    return answer


def with_counts_as_texts(answer: Row) -> Row:
    return {name: str(value) if name == "count" else value for name, value in answer.items()}


def with_times_of_a_zone(answer: Row) -> Row:
    written: Row = json.loads(TIME.sub(r"\1000+00:00", json.dumps(answer)))
    return written


def with_more_keys(answer: Row) -> Row:
    for row in records(answer):
        row["_not_known_yet"] = None
    return {"trace": {"id": "x"}, **answer}


def backwards(value: Any) -> Any:
    """Keys in another order."""
    if isinstance(value, dict):
        return {name: backwards(value[name]) for name in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def with_nulls(answer: Row) -> Row:
    for row in records(answer):
        row.update(
            {name: None for name in ("tags", "publish_details", "description") if row.get(name) in ("", [])}
        )
    return answer


class Changing(Emulator):
    """Changes the JSON of its answers to the program; the reader sees what is stored."""

    changed: Any = staticmethod(dict)

    def answer(self, scope: Scope, body: bytes) -> Answer:
        answer = super().answer(scope, body)
        is_ours = dict(scope["headers"]).get(b"user-agent", b"").startswith(b"stackferry")
        if not is_ours or not isinstance(answer.body, dict) or answer.status >= 400:
            return answer
        written = json.dumps(type(self).changed(json.loads(json.dumps(answer.body)))).encode()
        headers = {**answer.headers, "content-type": "text/plain", "content-encoding": "gzip"}
        status = 202 if answer.status == 201 else answer.status
        return replace(answer, body=gzip.compress(written), headers=headers, status=status, chunked=True)


def service_with(habit: Any) -> type[Emulator]:
    return type("Service", (Changing,), {"changed": staticmethod(habit)})


class Naming(Emulator):
    """Gives uids of another form."""

    form = "{}"

    def uid(self, prefix: str = "blt") -> str:
        del prefix
        return self.form.format(secrets.token_hex(8))


def service_of(form: str) -> type[Emulator]:
    return type("Service", (Naming,), {"form": form})


def uids_everywhere(api: Api) -> None:
    """Uids where no table names them: in an app's values, in a channel, in what an extension keeps, in a workflow."""
    languages(api, ("de-de", "en-us"))
    made = {"title": "App", "type": "field", "data_type": "json", "src": "https://app.invalid/x"}
    app = api.post("/extensions", {"extension": made})["extension"]["uid"]
    content_type(
        api, "note", html("body"), field("app", "json", extension_uid=app, field_metadata={"extension": True})
    )
    asset = api.upload("a.txt", b"1", "text/plain", title="A")
    one = create(api, "note", "one", body="x")
    shown = {"uid": asset["uid"], "url": asset["url"]}
    kept = {
        one: "key",
        "within": f"entry:{one}",
        "text": json.dumps({"of": [one]}),
        "lists": [[one, [shown]]],
    }
    create(api, "note", "two", app=kept, body=f'<img src="{asset["url"]}">')
    about = {
        "entity_uid": one,
        "type": "entry",
        "_content_type_uid": "note",
        "locale": "en-us",
        "about": asset["uid"],
    }
    api.post("/metadata", {"metadata": {"extension_uid": app, "scope": "local", **about}})
    rules = [{"module": "entry", "entries": [one], "acl": {"read": True}}]
    role = api.post("/roles", {"role": {"name": "R", "description": "d", "rules": rules}})["role"]["uid"]
    create_workflow(api, ("one", "two"), roles=(role,), admins=(role,))
    hook = {"name": "H", "channels": [f"content_types.note.entries.{one}.update"], "retry_policy": "manual"}
    more = {
        "branches": ["main"],
        "disabled": True,
        "destinations": [{"target_url": "https://hook.invalid/x"}],
    }
    api.post("/webhooks", {"webhook": {**hook, **more}})


@pytest.mark.parametrize("form", ["Blt{}", "6{}", "am_{}", "a-{}"])
def test_uids_of_another_form_are_the_targets(form: str) -> None:
    with open_bench(uids_everywhere, service_of(form)) as bench:
        bench.move()
        equal_in_silence(bench)


def versions_and_publications(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    environments(api, "live", "test")
    content_type(api, "note", field("body"), field("amount", "number"))
    note = create(api, "note", "N", body="one", amount=1)
    publish(api, "note", note, 1, "en-us", "live", "en-us", "de-de")
    update(api, "note", note, title="N", body="two")
    update(api, "note", note, title="N", body="zwei", locale="de-de")
    publish(api, "note", note, 2, "en-us", "test")
    asset = api.upload("a.txt", b"1", "text/plain", title="A")["uid"]
    api.call("PUT", f"/assets/{asset}", files={"asset[upload]": ("b.txt", b"22", "text/plain")})
    api.post(
        f"/assets/{asset}/publish", {"asset": {"locales": ["en-us"], "environments": ["live"]}, "version": 1}
    )
    api.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T", "description": ""}})
    for number, uid in enumerate(("z", "a", "m"), 1):
        api.post(
            "/taxonomies/t/terms", {"term": {"uid": uid, "name": "same", "parent_uid": None, "order": number}}
        )
    made = api.post("/releases", {"release": {"name": "R", "description": ""}})["release"]["uid"]
    item = {"uid": note, "version": 1, "locale": "en-us", "action": "publish", "content_type_uid": "note"}
    api.post(f"/releases/{made}/items", {"items": [item]})


HABITS = [with_fractions, with_counts_as_texts, with_times_of_a_zone, with_more_keys, backwards, with_nulls]


@pytest.mark.parametrize("habit", HABITS)
def test_answers_that_are_written_otherwise_say_the_same(habit: Any) -> None:
    with open_bench(versions_and_publications, service_with(habit)) as bench:
        bench.move()
        equal_in_silence(bench)


def test_an_import_that_is_run_again_finds_its_own_workflow() -> None:
    """Roles that administrate a workflow are the target's: that is no difference."""
    with open_bench(workflow_with_admins) as bench:
        bench.move()
        writes = bench.cli.writes
        bench.run("import", bench.snapshot, bench.cli.place(bench.target.key), "--versions", "all")
        equal_in_silence(bench)
        assert bench.cli.writes == writes
