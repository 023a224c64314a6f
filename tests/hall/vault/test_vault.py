"""What is sealed opens for its owner alone, survives a change of keys, and is gone when erased."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from onecity.core.errors import InputError, MissingError, StoreError
from onecity.hall.node.keystore import KeyTable
from onecity.hall.node.tables.keeping import KEYS
from onecity.hall.vault import Vault
from onecity.hall.vault.keeping import PATIENCE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NAME = "李四".encode()


@pytest.fixture
def store() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        KEYS.create(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.make(tmp_path, KeyTable(), lambda: NOW)


def test_what_is_sealed_opens_for_its_owner_alone(vault: Vault, store: Connection) -> None:
    first, second = vault.seal(store, "C1", NAME), vault.seal(store, "C1", NAME)
    vault.seal(store, "C2", NAME)
    assert first != second
    assert NAME not in first
    assert vault.unseal(store, "C1", first) == vault.unseal(store, "C1", second) == NAME
    with pytest.raises(StoreError):
        vault.unseal(store, "C2", first)
    with pytest.raises(MissingError):
        vault.unseal(store, "C3", first)


def test_any_changed_byte_is_seen(vault: Vault, store: Connection) -> None:
    sealed = vault.seal(store, "C1", NAME)
    for place in range(len(sealed)):
        other = bytearray(sealed)
        other[place] ^= 1
        with pytest.raises(StoreError):
            vault.unseal(store, "C1", bytes(other))
    for cut in (b"", sealed[:5], sealed[:-1]):
        with pytest.raises(StoreError):
            vault.unseal(store, "C1", cut)


def test_a_key_moved_to_another_owner_does_not_open(vault: Vault, store: Connection) -> None:
    sealed = vault.seal(store, "C1", NAME)
    vault.seal(store, "C2", NAME)
    stolen = store.execute(KEYS.select().where(KEYS.c.owner == "C1")).one().wrapped
    store.execute(KEYS.update().where(KEYS.c.owner == "C2").values(wrapped=stolen))
    with pytest.raises(StoreError):
        vault.unseal(store, "C2", sealed)


def test_what_was_erased_stays_erased(vault: Vault, store: Connection) -> None:
    sealed = vault.seal(store, "C1", NAME)
    kept = vault.seal(store, "C2", NAME)
    assert vault.erase(store, "C1")
    assert not vault.erase(store, "C1")
    assert vault.is_erased(store, "C1")
    assert not vault.is_erased(store, "C2")
    with pytest.raises(MissingError) as caught:
        vault.unseal(store, "C1", sealed)
    assert caught.value.key == "hall_vault.erased"
    with pytest.raises(MissingError) as caught:
        vault.seal(store, "C1", b"more")
    assert caught.value.key == "hall_vault.erased"
    assert vault.unseal(store, "C2", kept) == NAME
    row = store.execute(KEYS.select().where(KEYS.c.owner == "C1")).one()
    assert row.wrapped is None
    assert row.erased == "2026-03-02T00:00:00.000000Z"


def test_master_keys_change_and_old_copies_of_the_store_are_closed(
    vault: Vault, store: Connection, tmp_path: Path
) -> None:
    sealed = {f"C{n}": vault.seal(store, f"C{n}", NAME) for n in range(25)}
    old = store.execute(KEYS.select().where(KEYS.c.owner == "C7")).one()
    vault.erase(store, "C7")
    other = Vault.open(tmp_path, KeyTable())  # a second process, open all the while
    assert vault.add_master() == "vault-2"
    assert vault.rewrap(store, 10) == 10
    later = Vault.open(tmp_path, KeyTable(), lambda: NOW + PATIENCE)
    assert later.retire(store) == ()  # it still wraps some
    other.seal(store, "C99", NAME)
    assert store.execute(KEYS.select().where(KEYS.c.owner == "C99")).one().kek == "vault-2"
    assert all(other.unseal(store, owner, text) == NAME for owner, text in sealed.items()
               if owner != "C7")  # fmt: skip
    while vault.rewrap(store, 10):
        pass
    assert vault.retire(store) == ()  # too early: somebody may still wrap with it
    assert later.retire(store) == ("vault-1",)
    assert vault.unseal(store, "C3", sealed["C3"]) == NAME
    assert sorted(file.name for file in tmp_path.iterdir()) == ["blind.key", "vault-2.key"]
    # The key of what was erased, brought back from an old copy, is wrapped by what is gone.
    store.execute(
        KEYS.update().where(KEYS.c.owner == "C7").values(kek=old.kek, wrapped=old.wrapped)
    )
    with pytest.raises(MissingError) as caught:
        Vault.open(tmp_path, KeyTable()).unseal(store, "C7", sealed["C7"])
    assert caught.value.key == "hall_vault.no_master_key"
    with pytest.raises(InputError):
        later.masters.destroy("vault-2")


def test_many_are_loaded_without_asking_the_store(vault: Vault, store: Connection) -> None:
    locks = [vault.lock(f"C{n}") for n in range(50)]
    sealed = [lock.seal(NAME) for lock in locks]
    for lock in locks:
        KeyTable().put(store, lock.wrapped, NOW)
    assert all(
        vault.unseal(store, lock.wrapped.owner, text) == NAME
        for lock, text in zip(locks, sealed, strict=True)
    )


def test_a_number_is_found_by_what_stands_for_it(vault: Vault, tmp_path: Path) -> None:
    number = "420100199001011234"
    assert vault.blind(number) == Vault.open(tmp_path, KeyTable()).blind(number)
    assert vault.blind(number) != vault.blind(number[:-1] + "5")
    assert number not in vault.blind(number)
    other = tmp_path / "other"
    assert Vault.make(other, KeyTable()).blind(number) != vault.blind(number)


def test_master_keys_are_their_owners_alone(vault: Vault, tmp_path: Path) -> None:
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(InputError):
        Vault.make(tmp_path, KeyTable())
    (tmp_path / "vault-1.key").write_text("no key")
    with pytest.raises(InputError):
        Vault.open(tmp_path, KeyTable())
    (tmp_path / "vault-1.key").unlink()
    with pytest.raises(MissingError):
        Vault.open(tmp_path, KeyTable())
