"""Nonsense of every shape to every route: refused or taken, never a defect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator_client import KEY, TOKEN, document, field_of, reference, rte, title
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackferry.emulators.contentstack import Emulator
from stackferry.emulators.contentstack.resources import ROUTES

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.routing import Route


def words(text: str) -> list[str]:
    return text.split()


NAMES = words(
    "entry asset locale environment content_type global_field extension label webhook role token taxonomy "
    "term workflow publishing_rule release item items variant_group branch branch_alias entries assets "
    "locales environments version versions scheduled_at uid name title schema workflow_stage "
    "workflow_stages locked content_type_uid content_types action release_uid parent_uid data_type "
    "fallback_locale code text group blocks body ref file tags _metadata _variant _change_set PUSH PULL "
    "UPDATE data query index urls next_available_stages"
)
WORDS = st.sampled_from(
    ["page", "blt1", "bltfile", "en-us", "fr", "live", "publish", "$all", "", "x", "doc", "main"]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | WORDS | st.text(max_size=4)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
SECTIONS = words(
    "entry asset locale environment content_type global_field extension label webhook role token taxonomy "
    "term workflow publishing_rule release item variant_group branch branch_alias"
)
CONTENT = st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=8)
LISTS = st.lists(CONTENT, max_size=2)


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """A body that has whatever section a route looks for, with nonsense in it, and lists of nonsense beside."""
    content: Any = draw(CONTENT)
    lists = {name: draw(LISTS) for name in ("entries", "assets", "items")}
    beside = {"environments": ["live"], "locales": ["fr"], "release": "bltrel"}
    sections: Any = {name: content for name in SECTIONS if name != "release" or draw(st.booleans())}
    return {**beside, **lists, **sections, **draw(CONTENT)}


PARAMS = st.lists(
    st.tuples(
        st.sampled_from(
            words("locale version skip limit asc query count include_count include_publish_details all")
        ),
        st.sampled_from(
            ["1", "true", "fr", "uid", "x", '{"a":{"$in":[1]}}', '{"_workflow.uid":"x"}', "-1", "1e+100"]
        ),
    ),
    max_size=3,
)


def emulator() -> Emulator:
    made = Emulator()
    stack = made.add_stack(api_key=KEY, management_token=TOKEN)
    branch = stack.main
    branch.put_locale({"code": "fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"})
    stack.put("environments", {"uid": "bltenv", "name": "live"})
    group = field_of("group", "group", multiple=True, schema=[field_of("text", "text")])
    blocks = field_of(
        "blocks", "blocks", multiple=True, blocks=[{"uid": "x", "title": "X", "schema": [group]}]
    )
    fields: Any = [
        title(),
        field_of("text", "text"),
        group,
        blocks,
        rte(),
        reference("ref", "page"),
        field_of("file", "file"),
    ]
    branch.put_content_type({"uid": "page", "title": "Page", "schema": fields})
    for code in ("en-us", "fr"):
        branch.put_entry_version(
            "page", code, {"uid": "blt1", "title": "A", "body": document("d"), "_version": 1}
        )
    branch.put_asset({"uid": "bltfile", "filename": "a.png"}, b"x")
    branch.put_release({"uid": "bltrel", "name": "R"})
    stack.put_taxonomy({"uid": "page", "name": "T"})
    return made


def path_of(pattern: str) -> str:
    filled = {
        "content_type": "page",
        "entry": "blt1",
        "asset": "bltfile",
        "release": "bltrel",
        "taxonomy": "page",
    }
    parts = [filled.get(part[1:-1], "fr") if part.startswith("{") else part for part in pattern.split("/")]
    return "/v3" + "/".join(parts)


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(route=st.sampled_from(ROUTES), body=bodies(), params=PARAMS)
def test_no_request_is_a_defect(route: Route[Call], body: Any, params: list[tuple[str, str]]) -> None:
    """Whatever a route is sent, it answers as a service does."""
    made = emulator()
    headers = {
        "api_key": KEY,
        "authorization": TOKEN,
        "host": "x",
        "content-type": "application/json",
        "bulk_version": "2.0",
    }
    query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in params)
    scope = {
        "type": "http",
        "method": route.method,
        "path": path_of(route.pattern),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    answer = made.answer(scope, json.dumps(body).encode() if route.method != "GET" else b"")
    assert made.defects == []
    assert 200 <= answer.status < 500
