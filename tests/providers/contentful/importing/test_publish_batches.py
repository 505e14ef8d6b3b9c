"""What is published in bulk: hundreds of actions are prepared at a time, and none keeps its documents in memory."""

from __future__ import annotations

import gc

from stackferry.io.storage.sqlite import TempTables
from stackferry.providers.contentful.importing.documents import Document
from stackferry.providers.contentful.importing.publishing.batches import BatchTable, Item, batches


def items(count: int) -> list[Item]:
    return [Item(Document("entries", f"entry{number}", "page"), frozenset({"de"})) for number in range(count)]


def held() -> int:
    gc.collect()
    return sum(isinstance(one, Item) for one in gc.get_objects())


def test_a_batch_that_waits_holds_none_of_its_items() -> None:
    scratch, before = TempTables(), held()
    table = BatchTable(scratch)
    waiting = [table.kept(batch) for batch in table.first(0, batches(iter(items(500)), "publish/0"))]
    assert held() == before
    assert [len(batch.items) for batch in waiting] == [200, 200, 100]
    assert [item for batch in waiting for item in batch.items] == items(500)
    assert all(batch.of_locales for batch in waiting)
    assert [item for name in table.names(0) for item in table.items(name)] == items(500)
    scratch.close()


def test_an_item_keeps_how_it_is_sent() -> None:
    scratch = TempTables()
    table = BatchTable(scratch)
    (made,) = batches([Item(Document("assets", "boat"), frozenset({"de"}), as_whole=True, anew="7")], "again")
    batch = table.kept(made)
    assert [*batch.items] == [*made.items]
    assert not batch.of_locales
    assert table.names(0) == []
    scratch.close()
