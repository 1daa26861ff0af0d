"""Sealed columns: what a model reads and writes is text, what the database holds is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from config.keyfile import rewrap
from core.crypto import CryptoError, DataKey, Keyring, Sealed, drop_data_key, new_data_key, secret
from core.database import Ground
from core.ids import new_id

NAME = "Zeynep Ünal"
OTHER = "Zübeyde"


class _Base(DeclarativeBase):
    """Apart from the house's tables: this one exists for one test at a time."""


class Person(Sealed, _Base):
    __tablename__ = "pg_temp_person"

    name = secret()
    note = secret()
    age: Mapped[int] = mapped_column(default=0)


@pytest.fixture
def people(ground: Ground) -> Iterator[Session]:
    """A session on one connection that has a table of people, gone with the connection's transaction."""
    with ground.engine.connect() as connection:
        connection.execute(
            text(
                "CREATE TEMP TABLE pg_temp_person (id uuid PRIMARY KEY, data_key_id uuid, age int,"
                " name_sealed bytea, note_sealed bytea)",
            ),
        )
        with ground.sessions(bind=connection, join_transaction_mode="create_savepoint") as session:
            yield session
        connection.rollback()


def stored(session: Session, person: Person, column: str = "name_sealed") -> bytes | None:
    found: bytes | None = session.execute(
        text(f"SELECT {column} FROM pg_temp_person WHERE id = :id"),  # noqa: S608
        {"id": person.id},
    ).scalar_one()
    return found


def test_text_goes_in_and_comes_out_and_the_row_holds_neither(people: Session) -> None:
    person = Person(name=NAME)
    assert person.name == NAME
    people.add(person)
    people.commit()
    assert person.name == NAME
    row = stored(people, person) or b""
    assert NAME.encode() not in row
    people.expunge_all()
    again = people.get_one(Person, person.id)
    assert (again.name, again.note) == (NAME, None)
    assert NAME not in repr(again)


def test_a_change_is_sealed_anew_and_none_empties_the_column(people: Session) -> None:
    person = Person(name=NAME, note=NAME)
    people.add(person)
    people.flush()
    first = stored(people, person)
    person.name = OTHER
    person.note = None
    assert (person.name, person.note) == (OTHER, None)
    people.flush()
    assert stored(people, person) != first
    assert stored(people, person, "note_sealed") is None
    people.expire(person)
    assert (person.name, person.note) == (OTHER, None)


def test_equal_texts_do_not_look_equal(people: Session) -> None:
    one, two = Person(name=NAME), Person(name=NAME)
    people.add_all([one, two])
    people.flush()
    assert stored(people, one) != stored(people, two)
    assert one.data_key_id != two.data_key_id


def test_a_rollback_takes_the_text_back(people: Session) -> None:
    person = Person(name=NAME)
    people.add(person)
    people.commit()
    person.name = OTHER
    people.flush()
    people.rollback()
    assert person.name == NAME
    person.name = OTHER
    people.rollback()
    person.age = 40
    people.commit()
    people.expire(person)
    assert (person.name, person.age) == (NAME, 40)


def test_a_refresh_shows_what_another_wrote(people: Session) -> None:
    person, source = Person(name=NAME), Person(name=NAME)
    people.add_all([person, source])
    people.flush()
    assert person.name == NAME
    people.execute(update(Person).where(Person.id == person.id).values(name_sealed=None))
    people.refresh(person)
    assert person.name is None


def test_records_may_share_a_key_and_lose_it_together(people: Session) -> None:
    key = new_data_key(people)
    one, two = Person(name=NAME, data_key_id=key), Person(name=OTHER, data_key_id=key)
    people.add_all([one, two])
    people.flush()
    assert people.scalars(select(DataKey.id).where(DataKey.id.in_([one.data_key_id, two.data_key_id]))).all() == [key]
    drop_data_key(people, key)
    people.expunge_all()
    assert [people.get_one(Person, item.id).name for item in (one, two)] == [None, None]
    people.add(Person(name=NAME, data_key_id=key))
    with pytest.raises(CryptoError):
        people.flush()


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\x01" + b"x" * 12, b"\x02" + b"x" * 40, b"\x01" + b"x" * 60])
def test_damage_is_refused(people: Session, damage: bytes) -> None:
    person = Person(name=NAME)
    people.add(person)
    people.flush()
    people.execute(update(Person).where(Person.id == person.id).values(name_sealed=damage))
    people.expire(person)
    with pytest.raises(CryptoError):
        _ = person.name


def test_a_value_moved_to_another_row_or_column_does_not_open(people: Session) -> None:
    key = new_data_key(people)
    one, two = Person(name=NAME, data_key_id=key), Person(name=OTHER, note=NAME, data_key_id=key)
    people.add_all([one, two])
    people.flush()
    for moved in (stored(people, one), stored(people, two, "note_sealed")):
        people.execute(update(Person).where(Person.id == two.id).values(name_sealed=moved))
        people.expire(two)
        with pytest.raises(CryptoError):
            _ = two.name


def test_no_statement_and_no_error_of_the_database_carries_the_text(people: Session) -> None:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        sent.append(f"{statement} {parameters!r}")

    connection = people.connection()
    event.listen(connection, "before_cursor_execute", note)
    person = Person(name=NAME)
    people.add(person)
    people.flush()
    people.expire(person)
    assert person.name == NAME
    twin = Person(id=person.id, name=NAME, age=4711)
    people.expunge(person)
    people.add(twin)
    with pytest.raises(IntegrityError) as refused:
        people.flush()
    sent.append(str(refused.value))
    assert any("INSERT INTO pg_temp_person" in line for line in sent)
    for form in (NAME, NAME.encode().hex(), repr(NAME.encode()).strip("b'")):
        assert [line for line in sent if form in line] == []
    assert "4711" not in sent[-1]


def test_a_new_key_of_the_file_takes_over_without_touching_what_is_sealed(people: Session, tmp_path: Path) -> None:
    ring: Keyring = people.info["keyring"]
    person = Person(name=NAME)
    people.add(person)
    people.flush()
    before = stored(people, person)
    newer = ring.with_new_key()
    newer.save(tmp_path / "data.key")
    people.info["keyring"] = newer = Keyring.load(tmp_path / "data.key")
    while rewrap(people):
        pass
    people.info.pop("data_keys", None)
    people.expunge_all()
    # The old key is not needed any more.
    people.info["keyring"] = replace(newer, keys={newer.current: newer.keys[newer.current]})
    assert people.get_one(Person, person.id).name == NAME
    assert stored(people, person) == before
    assert newer.blind_index("phone", "x") == ring.blind_index("phone", "x") != ring.blind_index("mail", "x")


def test_a_foreign_key_file_opens_nothing(people: Session) -> None:
    person = Person(name=NAME)
    people.add(person)
    people.flush()
    people.expunge_all()
    people.info.pop("data_keys", None)
    people.info["keyring"] = Keyring.generate()
    with pytest.raises(CryptoError):
        _ = people.get_one(Person, person.id).name


def test_a_key_file_is_private_and_its_faults_are_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    ring = Keyring.generate()
    ring.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keyring.load(path) == ring
    assert repr(ring) == "Keyring(current='1')"
    key_id = new_id()
    with pytest.raises(CryptoError):
        ring.unwrap(ring.wrap(b"k" * 32, key_id), "1", UUID(int=1))
    with pytest.raises(CryptoError):
        ring.unwrap(b"", "1", key_id)
    for broken in ("", "[]", "{}", '{"current": "1", "keys": {"1": "AAAA"}, "root": "AAAA"}'):
        path.write_text(broken)
        with pytest.raises(CryptoError, match=path.name):
            Keyring.load(path)
