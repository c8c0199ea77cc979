"""The generated organisation is the same on every machine."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from legalhold.demo.organisation import DAYS, Organisation
from legalhold.demo.people import HELD, STAFF, UNHELD

BEGINS_AT = datetime(2026, 1, 1, tzinfo=UTC)


def history(root: Path) -> list[tuple[str, str, str, str]]:
    """Return who was captured when, and a digest of what lay there."""
    seen = []
    for due in Organisation(root=root, begins_at=BEGINS_AT).live():
        files = sorted(path for path in due.path.rglob("*") if path.is_file())
        state = b"".join(str(path.relative_to(root)).encode() + path.read_bytes() for path in files)
        seen.append((due.person.email, due.folder, f"{due.taken_at:%Y-%m-%d}", sha256(state).hexdigest()))
    return seen


def test_two_organisations_are_the_same(tmp_path):
    one, other = history(tmp_path / "one"), history(tmp_path / "other")

    assert one == other
    assert len(one) == 246
    assert {email for email, *_ in one} == {person.email for person in STAFF}


def test_the_held_and_the_unheld_have_the_same_mail_on_the_last_day(tmp_path):
    organisation = Organisation(root=tmp_path, begins_at=BEGINS_AT)

    captures = sum(1 for _ in organisation.live())

    assert captures == 246
    names = [
        sorted(path.name for path in (tmp_path / person.employee_id / "mail" / "cur").iterdir())
        for person in (HELD, UNHELD)
    ]
    assert names[0] == names[1]
    assert len(names[0]) > 100
    assert organisation.messages == 14 * DAYS
