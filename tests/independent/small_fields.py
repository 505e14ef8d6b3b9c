"""Small stacks: fields that refer to other objects, or follow rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stack_steps import content_type, create, environments, languages, publish, update
from weird_types import TITLE, block, blocks, field, group, html, reference, rich

if TYPE_CHECKING:
    from plain_api import Api


def cycle_of_mandatory(api: Api) -> None:
    content_type(api, "loop", field("k"))
    one = create(api, "loop", "one")
    two = create(api, "loop", "two")
    more = {
        "uid": "loop",
        "title": "Loop",
        "options": {"is_page": False, "singleton": False, "title": "title"},
        "schema": [TITLE, field("k", unique=True), reference("next", "loop", mandatory=True)],
    }
    api.put("/content_types/loop", {"content_type": more})
    for uid, other, title in ((one, two, "one"), (two, one, "two")):
        update(api, "loop", uid, title=title, k=title, next=[{"uid": other, "_content_type_uid": "loop"}])
    for uid, title in ((one, "one"), (two, "two")):
        update(
            api,
            "loop",
            uid,
            title=title,
            k=f"{title} again",
            next=[{"uid": uid, "_content_type_uid": "loop"}],
        )


def unique_values_swapped(api: Api) -> None:
    content_type(api, "swap", field("k", unique=True))
    one, two = create(api, "swap", "A", k="x"), create(api, "swap", "B", k="y")
    update(api, "swap", one, title="C", k="z")
    update(api, "swap", two, title="A", k="x")
    update(api, "swap", one, title="B", k="y")


def html_and_links(api: Api) -> None:
    environments(api, "live")
    content_type(
        api,
        "note",
        html("body"),
        rich("rte", "note"),
        field("plain"),
        reference("to", "note"),
        field("pic", "file"),
    )
    asset = api.upload("pic.png", b"pic", "image/png", title="pic", description="words", tags="a")
    one = create(api, "note", "one", body="")
    text = (
        f'<figure class="embedded-object" type="entry" data-sys-entry-uid="{one}" data-sys-content-type-uid="note" '
        f'data-sys-entry-locale="en-us" sys-style-type="inline"></figure><img src="{asset["url"]}?width=3&amp;x=1">'
        f"<a href='{asset['url']}#x'>a</a>"
    )
    create(api, "note", "two", body=text, pic=asset["uid"])
    link = {
        "type": "doc",
        "uid": "d",
        "attrs": {},
        "children": [
            {
                "type": "p",
                "uid": "p",
                "attrs": {"style": {}},
                "children": [
                    {
                        "type": "reference",
                        "uid": "r",
                        "attrs": {
                            "display-type": "link",
                            "type": "entry",
                            "class-name": "embedded-entry",
                            "entry-uid": one,
                            "locale": "en-us",
                            "content-type-uid": "note",
                            "target": "_self",
                            "href": "/x",
                        },
                        "children": [{"text": "link"}],
                    },
                    {
                        "type": "img",
                        "uid": "i",
                        "attrs": {"url": asset["url"], "asset-uid": asset["uid"], "width": 30.5},
                        "children": [{"text": ""}],
                    },
                    {
                        "type": "unknown",
                        "uid": "u",
                        "attrs": {"odd": {"deep": [None, True]}},
                        "children": [{"text": "", "break": True}],
                    },
                ],
            }
        ],
    }
    create(api, "note", "three", rte=link, body="<p></p>")


def uids_in_a_plugin(api: Api) -> None:
    content_type(api, "note", rich("rte", "note"))
    asset = api.upload("pic.png", b"pic", "image/png", title="pic")
    one = create(api, "note", "one")
    node = {
        "type": "custom",
        "uid": "p",
        "attrs": {"config": {"entry": one, "asset": asset["uid"], "html": f"<img src='{asset['url']}'>"}},
        "children": [{"text": "x"}],
    }
    create(api, "note", "two", rte={"type": "doc", "uid": "d", "attrs": {}, "children": [node]})


def app(api: Api, data_type: str) -> dict[str, object]:
    """A field that an app draws."""
    body = {
        "title": f"App of {data_type}",
        "type": "field",
        "data_type": data_type,
        "src": "https://app.invalid/x",
    }
    uid = api.post("/extensions", {"extension": body})["extension"]["uid"]
    return field(f"app_{data_type}", data_type, extension_uid=uid, field_metadata={"extension": True})


def uids_in_an_app(api: Api) -> None:
    content_type(api, "note", app(api, "json"), app(api, "text"))
    asset = api.upload("pic.png", b"pic", "image/png", title="pic")
    one = create(api, "note", "one")
    text = f'{{"uid": "{asset["uid"]}", "url": "{asset["url"]}", "all": ["{one}", "{one}"]}}'
    kept = {"within": f"entry:{one}", "text": text, "list": [one, {"deep": [asset["uid"]]}]}
    create(api, "note", "two", app_json=kept, app_text=text)


def uid_as_a_key_of_an_app(api: Api) -> None:
    content_type(api, "note", app(api, "json"))
    create(api, "note", "two", app_json={create(api, "note", "one"): "as a key"})


def addresses_in_styles(api: Api) -> None:
    content_type(api, "note", html("body"), rich("rte"))
    asset = api.upload("pic.png", b"pic", "image/png", title="pic")["url"]
    attrs = {"style": {"background": f"url({asset})"}, "list": [f"{asset} 1x, {asset}?w=2 2x"]}
    node = {"type": "p", "uid": "p", "attrs": attrs, "children": [{"text": "x"}]}
    create(
        api,
        "note",
        "two",
        body=f'<p style="background: url({asset})">x</p><img srcset="{asset} 1x, {asset}?w=2 2x">',
        rte={"type": "doc", "uid": "d", "attrs": {}, "children": [node]},
    )


def address_in_a_style_element(api: Api) -> None:
    content_type(api, "note", html("body"))
    asset = api.upload("pic.png", b"pic", "image/png", title="pic")["url"]
    create(api, "note", "two", body=f"<style>.x{{background:url({asset})}}</style>")


def fixed_fields(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    parts = block("part", field("words"), field("fixed", non_localizable=True))
    content_type(
        api,
        "note",
        field("fixed", non_localizable=True),
        blocks("parts", parts),
        group("rows", field("a"), field("fixed", "number", non_localizable=True), multiple=True),
    )
    note = create(
        api,
        "note",
        "N",
        fixed="one",
        parts=[{"part": {"words": "w", "fixed": "f"}}],
        rows=[{"a": "a", "fixed": 1}, {"a": "b", "fixed": 2}],
    )
    made = api.get(f"/content_types/note/entries/{note}")["entry"]
    part, rows = (
        made["parts"][0]["part"]["_metadata"]["uid"],
        [row["_metadata"]["uid"] for row in made["rows"]],
    )
    update(
        api,
        "note",
        note,
        title="N",
        locale="de-de",
        parts=[{"part": {"words": "wort", "_metadata": {"uid": part, "non_localizable_content": True}}}],
        rows=[{"a": "ah", "_metadata": {"uid": rows[1], "non_localizable_content": True}}],
    )
    update(
        api,
        "note",
        note,
        title="N",
        fixed="two",
        parts=[{"part": {"words": "w", "fixed": "g", "_metadata": {"uid": part}}}],
        rows=[
            {"a": "a", "fixed": 7, "_metadata": {"uid": rows[0]}},
            {"a": "b", "fixed": 8, "_metadata": {"uid": rows[1]}},
        ],
    )


def metadata_kept(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    environments(api, "live")
    content_type(api, "note", field("body"))
    widget = api.post(
        "/extensions",
        {
            "extension": {
                "title": "Keeper",
                "type": "widget",
                "srcdoc": "<html>x</html>",
                "scope": {"content_types": ["note"]},
            }
        },
    )
    extension = widget["extension"]["uid"]
    note = create(api, "note", "N", body="x")
    update(api, "note", note, title="N", locale="de-de")
    asset = api.upload("a.txt", b"1", "text/plain", title="A")["uid"]
    for body in (
        {"entity_uid": note, "type": "entry", "_content_type_uid": "note", "locale": "en-us", "value": "v1"},
        {"entity_uid": note, "type": "entry", "_content_type_uid": "note", "locale": "de-de", "value": "v2"},
        {
            "entity_uid": asset,
            "type": "asset",
            "_content_type_uid": "sys_assets",
            "locale": "en-us",
            "value": "v3",
            "about": note,
        },
    ):
        api.post("/metadata", {"metadata": {"extension_uid": extension, "scope": "local", **body}})
    publish(api, "note", note, 1, "en-us", "live")


def nested_global_fields(api: Api) -> None:
    api.post(
        "/global_fields",
        {"global_field": {"uid": "inner", "title": "Inner", "schema": [field("x", "file"), rich("r")]}},
    )
    outer = [field("inner", "global_field", reference_to="inner"), reference("to", "note")]
    content_type(api, "note")
    api.post("/global_fields", {"global_field": {"uid": "outer", "title": "Outer", "schema": outer}})
    schema = [
        TITLE,
        field("outer", "global_field", reference_to="outer"),
        field("outers", "global_field", reference_to="outer", multiple=True),
        field(
            "pick",
            enum={"advanced": True, "choices": [{"key": "One", "value": "1"}, {"key": "Two", "value": "2"}]},
            multiple=True,
            display_type="checkbox",
        ),
        field("default", field_metadata={"default_value": "given"}),
    ]
    options = {"is_page": False, "singleton": False, "title": "title"}
    api.put(
        "/content_types/note",
        {"content_type": {"uid": "note", "title": "Note", "schema": schema, "options": options}},
    )
    asset = api.upload("a.txt", b"1", "text/plain", title="A")["uid"]
    one = create(api, "note", "one", pick=["2", "1"], default="")
    other = {"inner": {"x": asset}, "to": [{"uid": one, "_content_type_uid": "note"}]}
    create(api, "note", "two", outer=other, outers=[other, {"inner": {"x": None}, "to": []}])


FIELDS = [
    cycle_of_mandatory,
    unique_values_swapped,
    html_and_links,
    uids_in_a_plugin,
    uids_in_an_app,
    uid_as_a_key_of_an_app,
    addresses_in_styles,
    address_in_a_style_element,
    fixed_fields,
    metadata_kept,
    nested_global_fields,
]
