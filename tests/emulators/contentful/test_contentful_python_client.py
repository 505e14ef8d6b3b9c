"""The vendor's own Python client, unchanged, against the emulator over a socket: every call that it has.

It is judged by what it makes of the answers, not by what our own client would think of them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import contentful_management
import pytest
from contentful_management.errors import NotFoundError, RateLimitExceededError, VersionMismatchError
from space_client import SPACE, TOKEN, Clock, symbol

from stackferry.emulators.contentful import Emulator, Limits, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

Client = Any
ORGANIZATION = "invented-organization"


@pytest.fixture
def served() -> Iterator[tuple[Emulator, Client]]:
    emulator = Emulator(clock=Clock())
    emulator.add_space(key=SPACE, token=TOKEN, organization=ORGANIZATION)
    with serve(emulator) as origin:
        host = origin.removeprefix("http://")
        yield emulator, contentful_management.Client(TOKEN, api_url=host, uploads_api_url=host, https=False)
    assert emulator.defects == []


@pytest.fixture
def client(served: tuple[Emulator, Client]) -> Client:
    return served[1]


def page(client: Client, uid: str = "page") -> Any:
    """A published content type."""
    types = client.content_types(SPACE, "master")
    kind = types.create(
        uid, {"name": uid, "displayField": "title", "fields": [symbol("title"), symbol("slug")]}
    )
    return kind.publish()


def entry(client: Client, uid: str, title: str = "First") -> Any:
    body = {"content_type_id": "page", "fields": {"title": {"en-US": title}}}
    return client.entries(SPACE, "master").create(uid, body)


def gone(find: Any, *args: Any) -> bool:
    with pytest.raises(NotFoundError):
        find(*args)
    return True


def test_spaces(client: Client) -> None:
    assert [one.id for one in client.spaces().all()] == [SPACE]
    space = client.spaces().find(SPACE)
    assert space.update({"name": "Renamed"}).name == "Renamed"
    assert space.reload().name == "Renamed"
    made = client.spaces().create(
        {"name": "Another", "organization_id": ORGANIZATION, "default_locale": "de"}
    )
    assert [row.code for row in client.locales(made.id, "master").all()] == ["de"]
    client.spaces().delete(made.id)
    assert gone(client.spaces().find, made.id)


def test_what_lies_in_a_space_is_reached_from_it(client: Client) -> None:
    space = client.spaces().find(SPACE)
    proxies = (
        space.webhooks(),
        space.roles(),
        space.api_keys(),
        space.preview_api_keys(),
        space.memberships(),
    )
    assert [len(proxy.all()) for proxy in proxies] == [0, 0, 0, 0, 0]
    assert [one.id for one in space.environments().all()] == ["master"]
    assert space.users().find("invented-user").id == "invented-user"


def test_environments(client: Client) -> None:
    page(client)
    environments = client.environments(SPACE)
    made = environments.create("next", {"name": "Next", "source_environment_id": "master"})
    assert (made.id, made.name) == ("next", "Next")
    assert [one.id for one in made.content_types().all()] == ["page"]
    for proxy in (made.entries(), made.assets(), made.locales(), made.ui_extensions()):
        proxy.all()
    found = environments.find("next")
    found.update({"name": "Renamed"})
    assert environments.find("next").name == "Renamed"
    assert sorted(one.id for one in environments.all()) == ["master", "next"]
    environments.delete("next")
    assert gone(environments.find, "next")


def test_locales(client: Client) -> None:
    locales = client.locales(SPACE, "master")
    made = locales.create({"name": "German", "code": "de", "fallbackCode": "en-US", "optional": True})
    assert (made.code, made.fallback_code, made.optional) == ("de", "en-US", True)
    assert locales.find(made.id).name == "German"
    made.name = "Deutsch"
    assert made.save().name == "Deutsch"
    assert sorted(one.code for one in locales.all()) == ["de", "en-US"]
    locales.delete(made.id)
    assert [one.code for one in locales.all()] == ["en-US"]


def test_content_types(client: Client) -> None:
    kind = page(client)
    assert kind.is_published
    assert [field.id for field in kind.fields] == ["title", "slug"]
    types = client.content_types(SPACE, "master")
    assert [one.id for one in types.all({"order": "sys.id"})] == ["page"]
    found = types.find("page")
    found.name = "Renamed"
    found.save()
    assert types.find("page").name == "Renamed"
    assert len(found.entries().all()) == 0
    assert (
        found.entries().create("made", {"fields": {"title": {"en-US": "By its type"}}}).title == "By its type"
    )
    assert [one.id for one in found.entries().all()] == ["made"]
    client.entries(SPACE, "master").delete("made")
    found.publish()
    assert len(found.snapshots().all()) == 2
    found.unpublish()
    types.delete("page")
    assert gone(types.find, "page")
    without_id = types.create(None, {"name": "Other", "fields": [symbol()]})
    assert types.find(without_id.id).name == "Other"


def test_editor_interfaces(client: Client) -> None:
    kind = page(client)
    for proxy in (kind.editor_interfaces(), client.editor_interfaces(SPACE, "master", "page")):
        found = proxy.find()
        assert [control["fieldId"] for control in found.controls] == ["title", "slug"]
        assert proxy.default().id == found.id
    found.controls[0]["widgetId"] = "singleLine"
    found.save()
    again = client.editor_interfaces(SPACE, "master", "page").find()
    assert (again.controls[0]["widgetId"], again.version) == ("singleLine", 2)


def test_entries(client: Client) -> None:
    page(client)
    entries = client.entries(SPACE, "master")
    first = entry(client, "home")
    assert (first.id, first.version, first.title, first.content_type.id) == ("home", 1, "First", "page")
    first.title = "Second"
    assert first.save().version == 2
    assert first.publish().is_published
    assert not first.is_updated
    first.title = "Third"
    first.save()
    assert first.reload().title == "Third"
    first.unpublish()
    assert not first.is_published
    assert first.archive().is_archived
    assert not first.unarchive().is_archived
    other = entries.create(None, {"content_type_id": "page", "fields": {"title": {"en-US": "Other"}}})
    found = entries.all({"content_type": "page", "fields.title": "Other"})
    assert [one.id for one in found] == [other.id]
    assert (found.total, found.skip, found.limit) == (1, 0, 100)
    assert [one.id for one in entries.all({"sys.id[in]": ["home", "nothing"]})] == ["home"]
    entries.delete("home")
    assert gone(entries.find, "home")


def test_a_stale_version_is_told(client: Client) -> None:
    page(client)
    mine, theirs = entry(client, "home"), client.entries(SPACE, "master").find("home")
    theirs.title = "Theirs"
    theirs.save()
    mine.title = "Mine"
    with pytest.raises(VersionMismatchError):
        mine.save()
    assert client.entries(SPACE, "master").find("home").title == "Theirs"


def test_snapshots(client: Client) -> None:
    page(client)
    home = entry(client, "home").publish()
    home.title = "Second"
    home.save()
    home.publish()
    listed = client.entry_snapshots(SPACE, "master", "home").all()
    assert [one.snapshot.fields()["title"] for one in listed] == ["Second", "First"]
    one = client.snapshots(SPACE, "master", "home").find(listed[1].id)
    assert one.snapshot.version == 2
    assert [one.id for one in home.snapshots().all()] == [one.id for one in listed]
    kinds = client.content_type_snapshots(SPACE, "master", "page")
    assert kinds.find(kinds.all()[0].id).snapshot.name == "page"


def test_uploads_and_assets(client: Client) -> None:
    uploads = client.uploads(SPACE)
    upload = uploads.create(io.BytesIO(b"the bytes"))
    assert uploads.find(upload.id).id == upload.id
    assets = client.assets(SPACE, "master")
    file = {"fileName": "a.txt", "contentType": "text/plain", "uploadFrom": upload.to_link().to_json()}
    made = assets.create("mast", {"fields": {"title": {"en-US": "Mast"}, "file": {"en-US": file}}})
    made.process()
    found = assets.find("mast")
    assert found.url().endswith("/a.txt")
    assert found.fields()["file"]["details"] == {"size": 9}
    assert found.publish().is_published
    found.unpublish()
    assert found.archive().is_archived
    found.unarchive()
    assert [one.id for one in assets.all({"mimetype_group": "text"})] == ["mast"]
    uploads.delete(upload.id)
    assert gone(uploads.find, upload.id)
    assets.delete("mast")
    assert gone(assets.find, "mast")


def test_tags(client: Client) -> None:
    tags = client.tags(SPACE, "master")
    made = tags.create("sail", {"name": "Sail", "sys": {"visibility": "public"}})
    assert (made.name, made.visibility) == ("Sail", "public")
    found = tags.find("sail")
    found.name = "Sails"
    assert found.save().name == "Sails"
    assert [one.id for one in tags.all()] == ["sail"]
    page(client)
    home = entry(client, "home")
    assert home.to_link().to_json()["sys"]["linkType"] == "Entry"
    tags.find("sail").delete()
    assert gone(tags.find, "sail")


def test_webhooks(client: Client) -> None:
    webhooks = client.webhooks(SPACE)
    headers = [{"key": "x-secret", "value": "hidden", "secret": True}, {"key": "x-open", "value": "shown"}]
    body = {"name": "Hook", "url": "https://hook.invalid/", "topics": ["Entry.*"], "headers": headers}
    made = webhooks.create({**body, "httpBasicUsername": "user", "httpBasicPassword": "secret"})
    assert made.headers == [{"key": "x-secret", "secret": True}, {"key": "x-open", "value": "shown"}]
    assert "httpBasicPassword" not in made.raw
    made.name = "Renamed"
    assert made.save().name == "Renamed"
    assert len(made.calls().all()) == 0
    assert client.webhook_health(SPACE, made.id).find(made.id).total == 0
    assert made.health().find(made.id).healthy == 0
    assert gone(client.webhook_calls(SPACE, made.id).find, "nothing")
    assert [one.id for one in webhooks.all()] == [made.id]
    assert webhooks.find(made.id).topics == ["Entry.*"]
    webhooks.delete(made.id)
    assert gone(webhooks.find, made.id)


def test_roles(client: Client) -> None:
    roles = client.roles(SPACE)
    body = {"name": "Author", "permissions": {"ContentModel": ["read"]}, "policies": []}
    made = roles.create(body)
    assert roles.find(made.id).permissions == {"ContentModel": ["read"]}
    made.name = "Writer"
    assert made.save().name == "Writer"
    assert len(roles.all()) == 1
    roles.delete(made.id)
    assert gone(roles.find, made.id)


def test_api_keys(client: Client) -> None:
    keys = client.api_keys(SPACE)
    made = keys.create({"name": "Website", "description": "the site"})
    assert made.access_token
    assert keys.find(made.id).name == "Website"
    made.name = "Site"
    assert made.save().name == "Site"
    assert len(keys.all()) == 1
    previews = client.preview_api_keys(SPACE)
    assert previews.find(previews.all()[0].id).access_token != made.access_token
    keys.delete(made.id)
    assert (len(keys.all()), len(previews.all())) == (0, 0)


def test_memberships(client: Client) -> None:
    memberships = client.memberships(SPACE)
    made = memberships.create({"admin": True, "roles": [], "email": "ada@example.invalid"})
    assert memberships.find(made.id).admin is True
    made.admin = False
    made.save()
    assert [one.admin for one in memberships.all()] == [False]
    memberships.delete(made.id)
    assert len(memberships.all()) == 0


def test_extensions(client: Client) -> None:
    extensions = client.ui_extensions(SPACE, "master")
    fields = [{"type": "Symbol"}]
    body = {
        "extension": {"name": "Map", "src": "https://map.invalid/", "fieldTypes": fields, "sidebar": False}
    }
    made = extensions.create("map", body)
    assert (made.name, made.source, made.field_types) == ("Map", "https://map.invalid/", fields)
    made.name = "Chart"
    assert made.save().name == "Chart"
    other = extensions.create(None, {"extension": {"name": "Inline", "srcdoc": "<p>", "fieldTypes": fields}})
    assert sorted(one.id for one in extensions.all()) == sorted(["map", other.id])
    extensions.delete("map")
    assert gone(extensions.find, "map")


def test_taxonomy(client: Client) -> None:
    concepts, schemes = client.taxonomy_concepts(ORGANIZATION), client.taxonomy_concept_schemes(ORGANIZATION)
    boats = concepts.create("boats", {"prefLabel": {"en-US": "Boats"}})
    above = [{"sys": {"type": "Link", "linkType": "TaxonomyConcept", "id": "boats"}}]
    dinghy = concepts.create(None, {"prefLabel": {"en-US": "Dinghy"}, "broader": above})
    assert [one.id for one in concepts.descendants("boats")] == [dinghy.id]
    assert [one.id for one in concepts.ancestors(dinghy.id)] == ["boats"]
    changed = concepts.update(
        "boats", boats.version, [{"op": "replace", "path": "/uri", "value": "https://x.invalid"}]
    )
    assert (changed.uri, changed.version) == ("https://x.invalid", 2)
    assert (len(concepts.all()), concepts.total()) == (2, {"total": 2})
    made = schemes.create("craft", {"prefLabel": {"en-US": "Craft"}, "concepts": above, "topConcepts": above})
    assert concepts.find("boats").concept_schemes[0]["sys"]["id"] == "craft"
    renamed = [{"op": "replace", "path": "/prefLabel/en-US", "value": "Crafts"}]
    assert schemes.update("craft", made.version, renamed).pref_label == {"en-US": "Crafts"}
    assert (len(schemes.all()), schemes.total()) == (1, {"total": 1})
    assert schemes.find("craft").id == "craft"
    schemes.create(None, {"prefLabel": {"en-US": "Other"}})
    schemes.delete("craft", 2)
    concepts.delete(dinghy.id, dinghy.version)
    concepts.delete("boats", 2)
    assert len(concepts.all()) == 0


def test_the_account(client: Client) -> None:
    assert client.users().me().id == "invented-user"
    assert [one.id for one in client.organizations().all()] == [ORGANIZATION]
    tokens = client.personal_access_tokens()
    made = tokens.create({"name": "CI", "scopes": ["content_management_manage"]})
    assert made.token
    assert tokens.find(made.id).token == ""
    assert [one.name for one in tokens.all()] == ["CI"]
    assert tokens.revoke(made.id).is_revoked


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_usage(client: Client) -> None:
    for proxy in (
        client.organization_periodic_usages(ORGANIZATION),
        client.space_periodic_usages(ORGANIZATION),
    ):
        assert {one.metric for one in proxy.all()} == {"cma", "cda", "cpa", "gql"}


def test_the_rate_limit_is_told(served: tuple[Emulator, Client]) -> None:
    emulator, client = served
    client.max_rate_limit_retries = 0
    emulator.limits = Limits(second=2)
    client.spaces().find(SPACE)
    client.spaces().find(SPACE)
    with pytest.raises(RateLimitExceededError):
        client.spaces().find(SPACE)
