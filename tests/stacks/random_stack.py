"""Random stacks, each named by a seed, with what collects in a stack over some years.

Languages with chains of fallbacks, entries localized in some of them (a few without a master document), rings of
references, several versions per document, old versions that are still published, publications of a fallback, releases
that are open, locked or empty.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from random_fields import Fields, Row, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack

CODES = ("de-de", "fr-fr", "fr-ca", "uk-ua", "zh-hans-cn", "pt-br")
FOLDER = "application/vnd.contenstack.folder"
STAMPS: Row = {"created_at": "2023-01-01T00:00:00.000Z", "updated_at": "2023-05-05T05:05:05.000Z",
               "created_by": "blt_invented_user", "updated_by": "blt_invented_user"}  # fmt: skip
TITLE: Row = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True, "unique": True,
              "multiple": False, "non_localizable": False}  # fmt: skip
TAGS = ("plain", "ärger")
NAMES = {
    "photo (1).png": "image/png",
    "naïve café.JPG": "image/jpeg",
    "..hidden": "application/octet-stream",
    "a b[2].txt": "text/plain",
    "CON": "application/octet-stream",
    "日本.pdf": "application/pdf",
}


class RandomStack:
    """Fills one stack. Nothing is checked here: the emulator checks what is written to the target."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self.stack, self.branch = stack, stack.main
        self.random = Random(seed)
        self.world = World()
        self.fields = Fields(self.random, self.world)
        self.fallback: dict[str, str] = {}
        self.environments: list[str] = []
        self.schemas: dict[str, list[Row]] = {}
        self.latest: dict[tuple[str, str], dict[str, int]] = {}  # of an entry: language → latest version

    def make(self) -> None:
        self._ground()
        self._assets()
        self._types()
        self._entries()
        self._releases()
        self._schedules()

    def some(self, least: int, most: int) -> range:
        return range(self.random.randint(least, most))

    def _ground(self) -> None:
        master = self.branch.master_locale
        codes = [master]
        for code in self.random.sample(CODES, self.random.randint(0, 3)):
            self.fallback[code] = self.random.choice(codes)
            self._put_locale(code)
            codes.append(code)
        for number in self.some(1, 3):
            uid = self.fields.uid()
            self.environments.append(uid)
            urls = [{"locale": code, "url": "https://example.org"} for code in codes]
            row: Row = {"uid": uid, "name": f"env-{number}", "urls": urls}
            self.stack.put("environments", {**row, **STAMPS})

    def _put_locale(self, code: str) -> None:
        row = {
            "code": code,
            "uid": self.fields.uid(),
            "name": f"In {code}",
            "fallback_locale": self.fallback[code],
        }
        self.branch.put_locale({**row, **STAMPS})

    def _assets(self) -> None:
        folders: list[str | None] = [None]
        for number in self.some(0, 2):
            uid = self.fields.uid()
            parent = self.random.choice(folders)
            row: Row = {
                "uid": uid,
                "name": f"Folder {number}",
                "is_dir": True,
                "content_type": FOLDER,
                "tags": [],
                "parent_uid": parent,
                "_version": 1,
            }
            self.branch.put_asset({**row, **STAMPS})
            folders.append(uid)
        for _ in self.some(0, 4):
            self._asset(folders)

    def _asset(self, folders: list[Any]) -> None:
        uid, versions = self.fields.uid(), self.random.randint(1, 3)
        name, folder = self.random.choice(sorted(NAMES)), self.random.choice(folders)
        for number in range(1, versions + 1):
            address = f"https://images.contentstack.io/v3/assets/blt_old/{uid}/{number:024x}/f"
            row: Row = {"uid": uid, "filename": name, "title": self.fields.words(), "description": self.fields.words(),
                        "tags": ["plain", "ärger"], "parent_uid": folder, "is_dir": False, "url": address,
                        "content_type": NAMES[name], "_version": number, **STAMPS}  # fmt: skip
            if number == versions:
                row["publish_details"] = list(self._shown_asset(versions))
            content = self.random.randbytes(self.random.randint(0, 400))
            self.branch.put_asset({**row, "file_size": str(len(content))}, content)
        self.world.assets[uid] = (
            f"http://emulator.invented/v3/assets/{self.stack.api_key}/{uid}/{versions:024x}/{quote(name)}"
        )

    def _shown_asset(self, latest: int) -> Iterator[Row]:
        for environment in self.environments:
            for code in (self.branch.master_locale, *self.fallback):
                if self.fields.chance(0.3):
                    yield self._detail(environment, code, self.random.randint(1, latest))

    def _detail(self, environment: str, code: str, version: int) -> Row:
        when = {"time": STAMPS["updated_at"], "user": STAMPS["created_by"]}
        return {"environment": environment, "locale": code, "version": version, **when}

    def _types(self) -> None:
        names = [f"type_{number}" for number in self.some(1, 4)]
        for number in self.some(0, 2):
            schema = self.fields.schema(names, depth=1, most=3, sealed=True)
            self.world.global_fields[f"global_{number}"] = schema
            row: Row = {
                "uid": f"global_{number}",
                "title": f"Global {number}",
                "description": "",
                "schema": schema,
                **STAMPS,
            }
            self.branch.put("global_fields", row)
        for name in names:
            schema = [dict(TITLE), *self.fields.schema(names, depth=2)]
            schema[0]["unique"] = self.fields.chance(0.5)
            for one in schema[1:]:
                one["non_localizable"] = one["data_type"] == "text" and self.fields.chance(0.15)
            self.schemas[name] = schema
            options: Row = {"title": "title", "is_page": False, "singleton": False}
            made: Row = {"uid": name, "title": name, "description": "", "schema": schema, "options": options}
            self.branch.put_content_type({**made, **STAMPS})
            self.world.entries[name] = [self.fields.uid() for _ in self.some(1, 4)]

    def _entries(self) -> None:
        for name, uids in self.world.entries.items():
            for uid in uids:
                self._entry(name, uid)

    def _entry(self, name: str, uid: str) -> None:
        codes = [self.branch.master_locale, *self.fallback]
        count = len(codes) if self.fields.chance(0.4) else self.random.randint(1, len(codes))
        mine = sorted(self.random.sample(codes, count), key=codes.index)
        self.latest[name, uid] = latest = {code: self.random.randint(1, 3) for code in mine}
        shown, fixed = self._shown(latest), dict[str, Any]()
        for code, versions in latest.items():
            for number in range(1, versions + 1):
                values = self.fields.values(self.schemas[name], master=code == codes[0])
                details = shown.get(code, []) if number == versions else []
                self._document(name, uid, code, number, {**values, **fixed, "publish_details": details})
            if code == codes[0]:  # what no language translates, every language has from the master
                fixed = {
                    one["uid"]: values.get(one["uid"]) for one in self.schemas[name] if one["non_localizable"]
                }
                fixed = {key: value for key, value in fixed.items() if value is not None}

    def _document(self, name: str, uid: str, code: str, number: int, values: Row) -> None:
        title = f"{self.fields.words()} {uid[-5:]}"
        row = {
            **values,
            "title": title,
            "tags": [*TAGS[: number % 3]],
            "uid": uid,
            "_version": number,
            "locale": code,
        }
        self.branch.put_entry_version(name, code, {**row, **STAMPS})

    def _shown(self, latest: dict[str, int]) -> dict[str, list[Row]]:
        """Publications, by the language of the published document."""
        found: dict[str, list[Row]] = {}
        for environment in self.environments:
            for code in (self.branch.master_locale, *self.fallback):
                owner = self.owner(code, latest)
                if owner and self.fields.chance(0.5):
                    detail = self._detail(environment, code, self.random.randint(1, latest[owner]))
                    found.setdefault(owner, []).append(detail)
        return found

    def owner(self, code: str, latest: dict[str, int]) -> str:
        """The language whose document a language shows, by its fallbacks; empty if there is none."""
        while code and code not in latest:
            code = self.fallback.get(code, "")
        return code

    def _releases(self) -> None:
        for number in self.some(0, 3):
            items = [] if self.fields.chance(0.2) else list(self._items())
            row: Row = {
                "uid": self.fields.uid(),
                "name": f"Release {number} {self.fields.words()}",
                "status": [],
            }
            facts: Row = {
                "description": self.fields.words(),
                "locked": self.fields.chance(0.4),
                "_deploy_latest": False,
            }
            self.branch.put_release({**row, **facts, **STAMPS}, items)

    def _items(self) -> Iterator[Row]:
        for (name, uid), latest in self.latest.items():
            code = self.random.choice([self.branch.master_locale, *self.fallback])
            owner = self.owner(code, latest)
            if owner and self.fields.chance(0.5):
                yield self._item(name, uid, code, self.random.randint(1, latest[owner]))
        for uid in self.world.assets:
            if self.fields.chance(0.5):
                version = self.branch.assets[uid].version
                yield self._item("built_io_upload", uid, self.branch.master_locale, version)

    def _item(self, kind: str, uid: str, code: str, version: int) -> Row:
        action = self.random.choice(["publish", "unpublish"])
        facts = {"action": action, "content_type_uid": kind, "uid": uid}
        return {**facts, "locale": code, "version": version, "title": "as pinned"}

    def _schedules(self) -> None:
        """Schedule some publications for the future."""
        for (name, uid), latest in self.latest.items():
            code = self.random.choice([self.branch.master_locale, *self.fallback])
            owner = self.owner(code, latest)
            if owner and self.fields.chance(0.3):
                thing = {"uid": uid, "locale": owner, "version": self.random.randint(1, latest[owner])}
                self._schedule({"type": "entry", "entry": thing, "content_type": {"uid": name}}, code)
        for uid in self.world.assets:
            if self.fields.chance(0.3):
                code = self.random.choice([self.branch.master_locale, *self.fallback])
                number = self.random.randint(1, self.branch.assets[uid].version)
                thing = {"uid": uid, "locale": code, "version": number}
                kind = {"uid": "built_io_upload"}
                self._schedule({"type": "asset", "asset": thing, "content_type": kind}, code)

    def _schedule(self, what: Row, code: str) -> None:
        at = f"2099-{self.random.randint(1, 12):02}-01T00:00:00.000Z"
        where: Row = {"environment": [self.random.choice(self.environments)], "locale": [code]}
        action = self.random.choice(["publish", "unpublish"])
        facts = {
            "uid": self.fields.uid(),
            "action": action,
            "scheduled_at": at,
            "publish_status": "scheduled",
        }
        self.branch.put_queue_item({**what, **where, **facts, **STAMPS})


def fill_random(stack: Stack, seed: int) -> None:
    """Fill an empty stack; equal seeds give equal stacks."""
    RandomStack(stack, seed).make()
