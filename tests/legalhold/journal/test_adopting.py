"""Catalog and archive agree, or nothing is appended, acknowledged or destroyed, and it says why."""

from __future__ import annotations

import pytest
from django.db import transaction

from legalhold.journal import services as journal
from legalhold.journal.errors import HeadNotConfirmed, JournalAhead, JournalBehind, JournalDiffers, JournalFrozen
from legalhold.journal.queries import is_frozen, journal_state


def forget(archive, sequence):
    (archive.store.root / f"journal/{sequence:012d}").unlink()


@pytest.fixture
def write(put, archive):
    """Commit and flush one entry per number, an object each."""

    def write(*numbers):
        for number in numbers:
            put(number)
            journal.flush(archive=archive)

    return write


def test_new_installation_agrees(db, archive):
    result = journal.adopt(archive=archive)
    journal.require_equal_heads(archive=archive)

    assert (result.adopted, result.sequence, result.frozen_because) == (0, 0, "")


def test_equal_heads_let_destruction_go_on(db, archive, write):
    write(1, 2)

    journal.require_equal_heads(archive=archive)

    assert is_frozen() is False


def test_older_catalog_freezes_and_names_the_object_and_what_to_do(db, archive, write, copy):
    write(1)
    older = copy()
    write(2, 3)
    older.restore()

    result = journal.adopt(archive=archive)

    assert result.adopted == 0
    assert result.sequence == 1
    for words in ("journal/000000000002", "thing.done of 2026-03-02 12:00:00", "older copy", "archive rebuild"):
        assert words in result.frozen_because
    assert result.frozen_because == journal_state().frozen_because


def test_older_catalog_destroys_nothing_even_without_a_start(db, archive, write, copy):
    write(1)
    older = copy()
    write(2)
    older.restore()

    with pytest.raises(JournalAhead, match="older copy"):
        journal.require_equal_heads(archive=archive)
    with pytest.raises(JournalFrozen, match="older copy"):
        journal.require_equal_heads(archive=archive)

    assert is_frozen() is True


def test_older_catalog_with_an_act_of_its_own_acknowledges_nothing(db, archive, write, put, copy):
    write(1)
    older = copy()
    write(2)
    older.restore()
    put(99)

    with pytest.raises(JournalAhead):
        journal.flush(archive=archive)

    assert archive.journal.head().sequence == 2
    assert is_frozen() is True


def test_older_catalog_whose_outbox_explains_the_newer_objects_is_caught_up_with(db, archive, write, put, copy):
    write(1)
    put(2)
    older = copy()
    journal.flush(archive=archive)
    older.restore()

    result = journal.adopt(archive=archive)

    assert (result.adopted, result.sequence, result.frozen_because) == (1, 2, "")


def test_older_catalog_whose_outbox_explains_only_some_of_them_freezes_at_the_first_it_does_not(
    db, archive, write, put, copy
):
    write(1)
    put(2)
    older = copy()
    journal.flush(archive=archive)
    write(3)
    older.restore()

    result = journal.adopt(archive=archive)

    assert result.sequence == 2
    assert "journal/000000000003" in result.frozen_because


def test_entry_that_differs_in_its_payload_alone_is_not_adopted(db, archive, write, put, copy):
    older = copy()
    write(1)
    older.restore()
    put(2)

    assert "journal/000000000001" in journal.adopt(archive=archive).frozen_because


def test_entries_in_another_order_are_not_adopted(db, archive, put, copy):
    older = copy()
    put(1, 2)
    journal.flush(archive=archive)
    older.restore()
    put(2, 1)

    assert journal.adopt(archive=archive).frozen_because != ""


def test_entries_between_which_a_late_one_was_committed_are_adopted(db, archive, put, copy):
    older = copy()
    put(1, 3)
    journal.flush(archive=archive)
    older.restore()
    put(1, 2, 3)

    result = journal.adopt(archive=archive)

    assert (result.adopted, result.frozen_because, journal_state().unwritten) == (2, "", 1)


def test_older_archive_freezes(db, archive, write):
    write(1, 2)
    forget(archive, 2)

    with pytest.raises(JournalBehind, match="ends with journal/000000000001"):
        journal.require_equal_heads(archive=archive)

    assert is_frozen() is True


def test_empty_archive_under_a_catalog_with_a_past_freezes(db, archive, write):
    write(1)
    forget(archive, 1)

    with pytest.raises(JournalBehind, match="ends with no object"):
        journal.require_equal_heads(archive=archive)


@pytest.mark.parametrize("more", [(), (4,)])
def test_archive_of_another_history_freezes(db, archive, write, copy, more):
    empty = copy()
    write(1)
    mine = copy()
    forget(archive, 1)
    empty.restore()
    write(2, *more)
    mine.restore()

    with pytest.raises(JournalDiffers, match="where this catalog has written"):
        journal.require_equal_heads(archive=archive)


@pytest.mark.parametrize("sequence", [1, 3])
def test_broken_chain_freezes_and_says_so(db, archive, write, sequence):
    write(1, 2, 3)
    path = archive.store.root / f"journal/{sequence:012d}"
    if sequence == 3:
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    else:
        path.unlink()

    with pytest.raises(JournalFrozen, match=f"broken: journal/00000000000{sequence}"):
        journal.require_equal_heads(archive=archive)

    assert is_frozen() is True


def test_first_reason_stands(db):
    journal.freeze(because="one.")
    journal.freeze(because="two.")

    assert journal_state().frozen_because == "one."


def test_adopt_of_a_frozen_journal_changes_nothing(db, archive, put):
    put(1)
    journal.freeze(because="one.")

    result = journal.adopt(archive=archive)

    assert (result.adopted, result.frozen_because) == (0, "one.")


def test_confirming_the_head_ends_the_freeze(db, archive, write):
    write(1)
    journal.freeze(because="one.")

    journal.confirm(archive=archive, digest=archive.journal.head().digest.hex().upper())
    write(2)

    assert journal_state().sequence == 2


def test_confirming_another_digest_is_refused_and_the_freeze_stays(db, archive, write):
    write(1)
    journal.freeze(because="one.")

    with pytest.raises(HeadNotConfirmed, match="journal/000000000001"):
        journal.confirm(archive=archive, digest="00" * 32)

    assert journal_state().frozen_because == "one."


def test_confirming_does_not_help_an_older_catalog(db, archive, write, copy):
    older = copy()
    write(1)
    older.restore()
    journal.adopt(archive=archive)

    with pytest.raises(JournalFrozen, match="archive rebuild"):
        journal.confirm(archive=archive, digest=archive.journal.head().digest.hex())

    assert is_frozen() is True


def test_head_taken_over_after_a_rebuild_stays_frozen_until_it_is_confirmed(db, archive, write, copy):
    empty = copy()
    write(1, 2)
    empty.restore()

    head = journal.take_head(archive=archive, because="rebuilt.")
    with pytest.raises(JournalFrozen, match="rebuilt"), transaction.atomic():
        journal.append(verb="thing.done", payload={}, at=None)
    journal.confirm(archive=archive, digest=head.digest.hex())
    journal.require_equal_heads(archive=archive)
    write(3)

    assert journal_state().sequence == 3


def test_flush_under_way_is_no_newer_archive(transactional_db, archive, put):
    """Between an object and its head, another process may ask whether the heads are equal: it waits for the turn."""
    import threading

    from django.db import connection

    from legalhold.archive import failpoints

    is_between, answers, threads = threading.Event(), [], []

    def ask():
        try:
            journal.require_equal_heads(archive=archive)
            answers.append("equal")
        except JournalFrozen as error:
            answers.append(str(error))
        finally:
            connection.close()

    def between():
        thread = threading.Thread(target=ask)
        threads.append(thread)
        thread.start()
        is_between.wait(0.2)
        answers.append("flushed")

    put(1)
    failpoints.arm(name="journal.after_object", action=between)
    try:
        journal.flush(archive=archive)
    finally:
        failpoints.disarm()
    threads[0].join(5)

    assert answers == ["flushed", "equal"]
