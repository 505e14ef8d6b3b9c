"""A Timeline release with files of its own: other files of an asset in two locales, and an asset of its own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from every_kind_space import fill_every_kind
from small_space import store_file

from stackferry.emulators.contentful.environment import document_from

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Environment, Space


def fill_release_files(space: Space, environment: Environment) -> None:
    fill_every_kind(space, environment)
    add_release_files(space, environment)


def add_release_files(space: Space, environment: Environment) -> None:
    """In the campaign the picture gets new files in two locales, and a logo exists in it alone."""
    campaign = environment.releases["campaign"]
    picture: Any = copy.deepcopy(campaign.assets["picture"].body)
    for code, name in (("en-US", "new.png"), ("de", "neu.png")):
        path = store_file(space, f"/{space.id}/new/token/{name}", f"bytes of {name}".encode())
        file: Any = {"fileName": name, "contentType": "image/png", "url": path}
        picture["fields"]["file"][code] = {**file, "details": {"size": len(f"bytes of {name}")}}
    campaign.assets["picture"].body = picture
    path = store_file(space, f"/{space.id}/logo/token/logo.png", b"a logo")
    logo: Any = {"fileName": "logo.png", "contentType": "image/png", "url": path, "details": {"size": 6}}
    sys: Any = {**campaign.assets["picture"].sys, "id": "logo"}
    body: Any = {"sys": sys, "fields": {"title": {"en-US": "Logo"}, "file": {"en-US": logo}}}
    campaign.assets["logo"] = document_from(body, None, environment.locale_codes)
    raw: Any = campaign.raw
    link = {"sys": {"type": "Link", "linkType": "Asset", "id": "logo"}}
    items = [*raw["entities"]["items"], {"entity": link, "action": "publish"}]
    campaign.raw = {**raw, "entities": {**raw["entities"], "items": items}}


def files_in_campaign(space: Space) -> dict[tuple[str, str], Any]:
    """The bytes in the campaign of a space, by asset and locale."""
    (campaign,) = (one for one in space.master.releases.values() if one.raw["title"] == "Campaign")
    found = {}
    for uid, document in campaign.assets.items():
        body: Any = document.body
        for code, file in body["fields"]["file"].items():
            stored = space.files.get(file.get("url", ""))
            found[uid, code] = stored.content if stored else None
    return found


WANTED = {
    ("picture", "en-US"): b"bytes of new.png",
    ("picture", "de"): b"bytes of neu.png",
    ("logo", "en-US"): b"a logo",
}
