"""The vendor's Python client once more: the calls that an object, or what lies below it, has of its own.

`test_contentful_python_client` drives the client's own methods; here each kind is made, found, listed, changed and
deleted by the objects themselves, and by the proxies of a space, an environment, a type, an entry and an organization.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import contentful_management
import pytest
from contentful_management.errors import NotFoundError, VersionMismatchError
from space_client import SPACE, TOKEN, Clock, symbol

from stackferry.emulators.contentful import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Client = Any
ORGANIZATION = "invented-organization"
FIELDS = [{"type": "Symbol"}]
TYPE = {"name": "page", "displayField": "title", "fields": [symbol("title"), symbol("slug")]}
ENTRY = {"content_type_id": "page", "fields": {"title": {"en-US": "First"}}}
ASSET = {"fields": {"title": {"en-US": "Mast"}}}
LOCALE = {"name": "German", "code": "de", "fallbackCode": "en-US", "optional": True}
EXTENSION = {
    "extension": {"name": "Map", "src": "https://map.invalid/", "fieldTypes": FIELDS, "sidebar": False}
}
WEBHOOK = {"name": "Hook", "url": "https://hook.invalid/", "topics": ["Entry.*"]}
ROLE = {"name": "Author", "permissions": {"ContentModel": ["read"]}, "policies": []}
MEMBER = {"admin": True, "roles": [], "email": "ada@example.invalid"}
CONCEPT = {"prefLabel": {"en-US": "Boats"}}


@pytest.fixture
def client() -> Iterator[Client]:
    emulator = Emulator(clock=Clock())
    emulator.add_space(key=SPACE, token=TOKEN, organization=ORGANIZATION)
    with serve(emulator) as origin:
        host = origin.removeprefix("http://")
        made = contentful_management.Client(TOKEN, api_url=host, uploads_api_url=host, https=False)
        made.content_types(SPACE, "master").create("page", TYPE).publish()
        yield made
    assert emulator.defects == []


def space(client: Client) -> Any:
    return client.spaces().find(SPACE)


def environment(client: Client) -> Any:
    return client.environments(SPACE).find("master")


def of_type(client: Client) -> Any:
    return client.content_types(SPACE, "master").find("page")


# A proxy, what is made with it (without an id: the service chooses one), and a change.
KINDS: dict[str, tuple[Callable[[Client], Any], str | None, Any, Any]] = {
    "spaces": (
        lambda c: c.spaces(),
        None,
        {"name": "Another", "organization_id": ORGANIZATION},
        {"name": "New"},
    ),
    "environments of a space": (lambda c: space(c).environments(), "next", {"name": "Next"}, {"name": "New"}),
    "types of an environment": (lambda c: environment(c).content_types(), "note", TYPE, {"name": "New"}),
    "entries of an environment": (lambda c: environment(c).entries(), "home", ENTRY, {"title": "New"}),
    "entries of a type": (lambda c: of_type(c).entries(), "home", ENTRY, {"title": "New"}),
    "assets of an environment": (lambda c: environment(c).assets(), "mast", ASSET, {"title": "New"}),
    "locales of an environment": (lambda c: environment(c).locales(), None, LOCALE, {"name": "New"}),
    "extensions": (lambda c: environment(c).ui_extensions(), "map", EXTENSION, {"name": "New"}),
    "tags": (lambda c: c.tags(SPACE, "master"), "sail", {"name": "Sail"}, {"name": "New"}),
    "webhooks of a space": (lambda c: space(c).webhooks(), None, WEBHOOK, {"name": "New"}),
    "roles of a space": (lambda c: space(c).roles(), None, ROLE, {"name": "New"}),
    "keys of a space": (lambda c: space(c).api_keys(), None, {"name": "Site"}, {"name": "New"}),
    "members of a space": (lambda c: space(c).memberships(), None, MEMBER, {"admin": False}),
}


def made_with(proxy: Any, uid: str | None, body: Any) -> Any:
    return proxy.create(uid, body) if uid else proxy.create(attributes=body)


@pytest.mark.parametrize("kind", KINDS)
def test_a_round_of_each_kind(client: Client, kind: str) -> None:
    proxy_of, uid, body, change = KINDS[kind]
    proxy = proxy_of(client)
    before = len(proxy.all())
    made = made_with(proxy, uid, dict(body))
    assert len(proxy.all()) == before + 1
    found = proxy.find(made.id)
    assert found.id == made.id
    ((name, value),) = change.items()
    if kind == "environments of a space":  # the client's own `save` of one sends no name
        found.update(dict(change))
    else:
        setattr(found, name, value)
        found.save()
    assert getattr(proxy.find(made.id), name) == value
    proxy.find(made.id).update(dict(body))
    assert getattr(proxy.find(made.id), name) != value
    proxy.find(made.id).delete()
    assert len(proxy.all()) == before
    again = made_with(proxy, None if uid is None else f"{uid}2", dict(body))
    if kind == "tags":  # their proxy names no version, and without one the service deletes none
        with pytest.raises(VersionMismatchError):
            proxy.delete(again.id)
        return
    proxy.delete(again.id)
    with pytest.raises(NotFoundError):
        proxy.find(again.id)


def test_what_is_published_of_types(client: Client) -> None:
    client.content_types(SPACE, "master").create("draft", TYPE)
    assert [one.id for one in client.content_types(SPACE, "master").all_published()] == ["page"]


def test_editor_interfaces_of_a_type(client: Client) -> None:
    proxy = of_type(client).editor_interfaces()
    assert proxy.all().id == proxy.find().id == proxy.default().id


def test_snapshots_of_an_entry_and_a_type(client: Client) -> None:
    home = client.entries(SPACE, "master").create("home", ENTRY)
    home.publish()
    proxies = (home.snapshots(), of_type(client).snapshots())
    for proxy in (*proxies, client.entry_snapshots(SPACE, "master", "home")):
        (one,) = proxy.all()
        assert proxy.find(one.id).id == one.id


def test_links_lead_to_what_they_name(client: Client) -> None:
    home = client.entries(SPACE, "master").create("home", ENTRY)
    assert home.to_link().resolve(SPACE, "master").title == "First"
    mast = client.assets(SPACE, "master").create("mast", ASSET)
    assert mast.fields_with_locales()["title"] == {"en-US": "Mast"}
    assert mast.to_link().resolve(SPACE, "master").id == "mast"


def test_keys_have_their_previews(client: Client) -> None:
    made = space(client).api_keys().create({"name": "Site"})
    previews = space(client).preview_api_keys()
    assert previews.find(previews.all()[0].id).id == made.preview_api_key().id


def test_uploads_of_a_space(client: Client) -> None:
    upload = space(client).uploads().create(io.BytesIO(b"the bytes"))
    assert space(client).uploads().find(upload.id).id == upload.id
    upload.delete()
    with pytest.raises(NotFoundError):
        space(client).uploads().find(upload.id)


def test_users(client: Client) -> None:
    assert space(client).users().find("invented-user").id == "invented-user"
    (organization,) = client.organizations().all()
    assert organization.users().find("invented-user").id == "invented-user"


def test_taxonomy_of_an_organization(client: Client) -> None:
    (organization,) = client.organizations().all()
    concepts = organization.taxonomy_concepts()
    made = concepts.create("boats", dict(CONCEPT))
    assert [one.id for one in concepts.all()] == [made.id]


def test_webhooks_tell_of_their_calls(client: Client) -> None:
    made = space(client).webhooks().create(dict(WEBHOOK))
    assert len(made.calls().all()) == 0
    assert made.health().find(made.id).total == 0
    with pytest.raises(NotFoundError):
        made.calls().find("nothing")
