"""Fills an empty stack through the API, with legal content that is seldom seen.

Every object has a name that no other object of its kind has: titles, names, codes, file names.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from plain_api import Number
from rich_text_nodes import document, embedded_asset, embedded_entry, link_to, paragraph, text_node
from weird_types import content_types, global_fields

if TYPE_CHECKING:
    from plain_api import Api

NFC, NFD = unicodedata.normalize("NFC", "Ångström é"), unicodedata.normalize("NFD", "Ångström é")
STRANGE = "‏مرحبا‎ \u200f\u202eabc\u202c \t\n 👩‍👩‍👧‍👦 \u0001\u007f \\ \"' <b> &amp; \u2028"
LANGUAGES = [("de-de", "en-us"), ("de-at", "de-de"), ("fr-fr", "en-us"), ("ar-sa", "fr-fr")]
FAR = "2097-03-01T10:00:00.000Z"


class WeirdStack:
    """The objects of the stack, by name, as they are made."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.assets: dict[str, Any] = {}
        self.entries: dict[str, str] = {}

    def fill(self) -> WeirdStack:
        self.settings()
        self.schema()
        self.files()
        self.authors()
        self.articles()
        self.languages()
        self.workflow()
        self.publishing()
        self.release()
        return self

    def settings(self) -> None:
        for code, fallback in LANGUAGES:
            self.api.post(
                "/locales", {"locale": {"code": code, "name": code.upper(), "fallback_locale": fallback}}
            )
        for name in ("production", "staging"):
            urls = [{"locale": "en-us", "url": f"https://{name}.invalid/"}, {"locale": "de-at", "url": ""}]
            self.api.post("/environments", {"environment": {"name": name, "urls": urls}})
        source = "https://extensions.invalid/colour.html"
        body = {
            "title": "Colour",
            "type": "field",
            "data_type": "json",
            "src": source,
            "config": {"a": 1},
            "tags": ["x"],
            "multiple": False,
        }
        self.extension = self.api.post("/extensions", {"extension": body})["extension"]["uid"]
        self.taxonomy()
        self.api.post(
            "/webhooks",
            {
                "webhook": {
                    "name": "Hook",
                    "retry_policy": "manual",
                    "disabled": False,
                    "concise_payload": True,
                    "channels": ["content_types.article.entries.create", "assets.publish"],
                    "branches": ["main"],
                    "destinations": [
                        {
                            "target_url": "https://hook.invalid/x",
                            "custom_header": [{"header_name": "X-Kind", "value": "plain"}],
                        }
                    ],
                }
            },
        )

    def taxonomy(self) -> None:
        self.api.post(
            "/taxonomies", {"taxonomy": {"uid": "places", "name": "Places", "description": "where"}}
        )
        order = [
            ("zeta", None),
            ("alpha", None),
            ("mid", None),
            ("under_zeta_2", "zeta"),
            ("under_zeta_1", "zeta"),
            ("deepest", "under_zeta_1"),
        ]
        last: dict[str | None, int] = {}
        for uid, parent in order:
            last[parent] = last.get(parent, 0) + 1
            term = {"uid": uid, "name": uid.title(), "parent_uid": parent, "order": last[parent]}
            self.api.post("/taxonomies/places/terms", {"term": term})
        self.api.post("/taxonomies/places", {"taxonomy": {"name": "Orte"}}, locale="de-de")
        self.api.post("/taxonomies/places/terms/zeta", {"term": {"name": "Zett"}}, locale="de-de")
        self.api.post("/taxonomies/places/terms/mid", {"term": {"name": "Milieu"}}, locale="fr-fr")

    def schema(self) -> None:
        for body in global_fields():
            self.api.post("/global_fields", {"global_field": body})
        author, article = content_types(self.extension)
        first = {**author, "schema": author["schema"][:2]}
        self.api.post("/content_types", {"content_type": first})
        self.api.post("/content_types", {"content_type": article})
        self.api.put("/content_types/author", {"content_type": author})
        parent = self.api.post("/labels", {"label": {"name": "Writing", "content_types": ["article"]}})[
            "label"
        ]
        child = {"name": "People", "parent": [parent["uid"]], "content_types": ["author"]}
        self.api.post("/labels", {"label": child})

    def files(self) -> None:
        top = self.api.post("/assets/folders", {"asset": {"name": "Pictures"}})["asset"]["uid"]
        low = self.api.post("/assets/folders", {"asset": {"name": "Old", "parent_uid": top}})["asset"]["uid"]
        self.folders = {"Pictures": top, "Old": low}
        rows = [
            ("one.png", b"one", "image/png", low),
            ("two.txt", b"", "text/plain", ""),
            ("drei-ü-🚢.svg", b"<svg/>", "image/svg+xml", top),
        ]
        for name, content, kind, folder in rows:
            more = {"parent_uid": folder} if folder else {}
            made = self.api.upload(
                name, content, kind, title=f"Title of {name}", description="", tags="a,b", **more
            )
            self.assets[name] = made
        uid = self.assets["one.png"]["uid"]
        files = {"asset[upload]": ("one.png", b"one, again", "image/png")}
        self.assets["one.png"] = self.api.call("PUT", f"/assets/{uid}", files=files)["asset"]

    def entry(self, kind: str, body: dict[str, Any], **query: Any) -> str:
        made = self.api.post(f"/content_types/{kind}/entries", {"entry": body}, **query)["entry"]
        self.entries[body["title"]] = made["uid"]
        uid: str = made["uid"]
        return uid

    def change(self, title: str, body: dict[str, Any], kind: str = "article", **query: Any) -> Any:
        uid = self.entries[title]
        return self.api.put(f"/content_types/{kind}/entries/{uid}", {"entry": body}, **query)["entry"]

    def authors(self) -> None:
        for number in range(3):
            self.entry("author", {"title": f"Author {number}", "bio": ("", "words", STRANGE)[number]})

    def articles(self) -> None:
        one, two = self.assets["one.png"], self.assets["two.txt"]
        author = self.entries["Author 0"]
        for title in (
            "Empty",
            NFC,
            NFD,
            "Quotes \"double\" 'single' \\ back",
            "T" * 1000,
            STRANGE.strip()[:60],
        ):
            self.entry("article", {"title": title, "url": f"/{len(self.entries)}"})
        everything = {
            "title": "Everything",
            "url": "/every/thing?x=1&y=ü#top",
            "plain": STRANGE,
            "lines": "a\r\nb\n\n",
            "words": ["", "x", "x", NFD],
            "fixed": "everywhere",
            "yes": False,
            "when": "2026-02-28T23:59:59.999+05:30",
            "amount": Number("0.1"),
            "amounts": [0, -1, Number("1e22"), 12345678901234567890, Number("-0.000001")],
            "link": {"title": "", "href": "mailto:a@b.invalid"},
            "links": [{"title": "t", "href": "/x?y=%20"}],
            "picture": one["uid"],
            "pictures": [two["uid"], one["uid"], one["uid"]],
            "html": f'<p>é <img src="{one["url"]}" data-sys-asset-uid="{one["uid"]}" alt="x">'
            f'<a href="{two["url"]}?width=3">z</a></p>',
            "rte": document(
                "doc1",
                paragraph(
                    "p1",
                    text_node("Hi", bold=True),
                    embedded_entry("e1", author, "author"),
                    embedded_asset("a1", one),
                ),
                {
                    "type": "a",
                    "uid": "l1",
                    "attrs": {"url": two["url"], "target": "_blank"},
                    "children": [text_node("x")],
                },
            ),
            "rtes": [
                document("doc2", paragraph("p2", text_node(""))),
                document("doc3", paragraph("p3", text_node("3"))),
            ],
            "authors": [link_to("author", author), link_to("author", self.entries["Author 2"])],
            "related": [link_to("author", author), link_to("article", self.entries["Empty"])],
            "outer": {
                "size": 3,
                "middle": [
                    {
                        "inner": {
                            "leaf": "x",
                            "who": [link_to("author", author)],
                            "note": document("doc4", paragraph("p4", embedded_entry("e4", author, "author"))),
                        }
                    },
                    {
                        "inner": {
                            "leaf": "",
                            "who": [],
                            "note": document("doc5", paragraph("p5", text_node("y"))),
                        }
                    },
                ],
            },
            "rows": [{"a": "1", "b": 1}, {"a": "", "b": None}, {"a": "1", "b": 1}],
            "body": [
                {
                    "teaser": {
                        "text": "t",
                        "picture": one["uid"],
                        "to": [link_to("article", self.entries["Empty"])],
                        "body": f'<img src="{one["url"]}">',
                    }
                },
                {
                    "columns": {
                        "parts": [
                            {
                                "quote": {
                                    "words": "w",
                                    "more": document("doc6", paragraph("p6", embedded_asset("a6", two))),
                                }
                            },
                            {"teaser": {"text": "", "picture": None, "to": [], "body": ""}},
                        ]
                    }
                },
                {"shared": {"seo": {"keywords": "k", "card": [{"network": "n", "picture": one["uid"]}]}}},
                {"teaser": {"text": "last"}},
            ],
            "seo": {
                "keywords": "a, b",
                "card": [{"network": "x", "picture": two["uid"]}, {"network": "", "picture": None}],
            },
            "taxonomies": [
                {"taxonomy_uid": "places", "term_uid": "deepest"},
                {"taxonomy_uid": "places", "term_uid": "mid"},
            ],
            "colour": {
                "hex": "#fff",
                "deep": [{"n": Number("1.50"), "none": None}],
                "asset": {"uid": one["uid"], "url": one["url"], "filename": one["filename"]},
            },
            "choice": "two",
            "tags": ["one", "zwei", "日本"],
        }
        uid = self.entry("article", everything)
        loop = [link_to("article", uid), link_to("author", self.entries["Author 1"])]
        self.change("Everything", {**everything, "plain": "second", "related": loop})
        self.change(
            "Everything", {**everything, "plain": "third", "related": loop, "link": None, "picture": None}
        )
        self.change("Author 1", {"title": "Author 1", "best": [link_to("article", uid)]}, "author")
        for version, name in ((1, "first"), (2, "with loop")):
            path = f"/content_types/article/entries/{uid}/versions/{version}/name"
            self.api.post(path, {"entry": {"_version_name": name, "locale": "en-us", "force": False}})

    def languages(self) -> None:
        one = self.assets["one.png"]
        self.change(
            "Empty", {"title": "Leer", "url": "/leer", "html": f'<img src="{one["url"]}">'}, locale="de-de"
        )
        self.change("Empty", {"title": "Leer", "url": "/leer", "plain": "zwei"}, locale="de-de")
        self.change("Empty", {"title": "فارغ", "url": "/فارغ"}, locale="ar-sa")
        self.change("Author 2", {"title": "Auteur 2", "bio": ""}, "author", locale="fr-fr")

    def workflow(self) -> None:
        everybody = {"roles": {"uids": []}, "users": {"uids": ["$all"]}, "others": {}}
        stages = [
            {
                "name": name,
                "color": "#2196f3",
                "SYS_ACL": everybody,
                "next_available_stages": following,
                "entry_lock": "$none",
            }
            for name, following in (("Draft", ["$all"]), ("Done", []))
        ]
        made = self.api.post(
            "/workflows",
            {
                "workflow": {
                    "name": "Flow",
                    "description": "x",
                    "workflow_stages": stages,
                    "admin_users": {"users": []},
                    "branches": ["main"],
                    "content_types": ["article"],
                    "enabled": True,
                }
            },
        )["workflow"]
        self.stages = {stage["name"]: stage["uid"] for stage in made["workflow_stages"]}
        self.flow = made["uid"]
        for title, stage, locale in (
            ("Empty", "Draft", "en-us"),
            ("Empty", "Done", "de-de"),
            ("Everything", "Done", "en-us"),
        ):
            path = f"/content_types/article/entries/{self.entries[title]}/workflow"
            chosen = {"uid": self.stages[stage], "comment": "", "notify": False}
            self.api.post(path, {"workflow": {"workflow_stage": chosen}}, locale=locale)

    def publish(
        self, title: str, version: int, locale: str, *environments: str, kind: str = "article", **more: Any
    ) -> None:
        where = {"environments": list(environments), "locales": more.pop("locales", [locale])}
        body = {"entry": where, "locale": locale, "version": version, **more}
        self.api.post(f"/content_types/{kind}/entries/{self.entries[title]}/publish", body)

    def publishing(self) -> None:
        self.publish("Everything", 1, "en-us", "production")
        self.publish("Everything", 2, "en-us", "staging")
        self.publish("Empty", 1, "en-us", "production", locales=["en-us", "fr-fr"])
        self.publish("Empty", 1, "de-de", "production")
        self.publish("Empty", 2, "de-de", "staging")
        self.publish("Author 0", 1, "en-us", "production", locales=["en-us", "de-de", "de-at"], kind="author")
        self.publish(NFD, 1, "en-us", "staging", locales=["en-us"])
        body = {"asset": {"locales": ["en-us", "de-de"], "environments": ["production"]}, "version": 1}
        self.api.post(f"/assets/{self.assets['one.png']['uid']}/publish", body)
        body = {"asset": {"locales": ["fr-fr"], "environments": ["staging"]}, "version": 2}
        self.api.post(f"/assets/{self.assets['one.png']['uid']}/publish", body)
        self.publish("Author 2", 1, "fr-fr", "production", kind="author", scheduled_at=FAR)

    def release(self) -> None:
        made = self.api.post("/releases", {"release": {"name": "Spring", "description": "d"}})["release"][
            "uid"
        ]
        items = [
            self.item("Everything", 2, "en-us", "publish"),
            self.item("Empty", 1, "de-de", "unpublish"),
            {
                "uid": self.assets["one.png"]["uid"],
                "version": 1,
                "locale": "en-us",
                "action": "publish",
                "content_type_uid": "built_io_upload",
            },
        ]
        self.api.post(f"/releases/{made}/items", {"items": items})
        self.api.post("/releases", {"release": {"name": "Nothing in it", "description": ""}})
        locked = self.api.post("/releases", {"release": {"name": "Locked", "description": "l"}})["release"][
            "uid"
        ]
        self.api.post(
            f"/releases/{locked}/items", {"items": [self.item("Everything", 3, "en-us", "publish")]}
        )
        self.api.put(f"/releases/{locked}", {"release": {"name": "Locked", "locked": True}})

    def item(self, title: str, version: int, locale: str, action: str) -> dict[str, Any]:
        return {
            "uid": self.entries[title],
            "version": version,
            "locale": locale,
            "action": action,
            "content_type_uid": "article",
        }


def fill_weird(api: Api) -> None:
    """All of it."""
    WeirdStack(api).fill()
