"""The two organisations that the main job runs on: a small one from the samples, and one of real mail from the corpora."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from legalhold.archive import create_archive, create_master_key

pytest.register_assert_rewrite(
    *(f"tests.journeys.{name}" for name in ("main_job", "capturing", "books", "packed", "losing", "walking"))
)

from tests.journeys.capturing import Inputs  # noqa: E402 - rewritten first, so that they say what failed
from tests.journeys.main_job import MainJob  # noqa: E402
from tests.journeys.places import Place, files_below, halving, messages, share_out, vanishing  # noqa: E402


@pytest.fixture
def corpora() -> Path:
    return Path(os.environ["LEGALHOLD_CORPORA"])


@pytest.fixture
def small(samples) -> Inputs:
    """Twenty messages, three of which the other has too."""
    return _inputs(
        mbox=samples / "mail/held.mbox", maildir=samples / "maildir", calendars=samples / "ics", contacts=samples / "vcf",
        late=samples / "eml", published=samples / "mail/held.sha256", common=(2, 1),
    )  # fmt: skip


@pytest.fixture
def large(corpora) -> Inputs:
    """A thousand real messages and five hundred others, 750 calendars and 26 contacts, 20 of them common to both."""
    return _inputs(
        mbox=corpora / "mail-real/samba.mbox", maildir=corpora / "mail-real/usrp-maildir", calendars=corpora / "ics",
        contacts=corpora / "vcf", late=corpora / "mail-nasty/stalwart", published=corpora / "mail-real/samba.sha256",
        common=(16, 4),
    )  # fmt: skip


@pytest.fixture
def run_job(transactional_db, archive, clock, tmp_path):
    """Return a job on these inputs that has captured nothing yet."""
    return lambda inputs: MainJob(inputs=inputs, archive=archive, clock=clock, folder=_folder(tmp_path / "inputs"))


@pytest.fixture
def fresh_archive(tmp_path, random):
    """Create an empty archive beside the first one."""
    master = create_master_key(tmp_path / "fresh.key", random=random)
    return lambda: create_archive(root=tmp_path / "fresh", master=master, random=random)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _inputs(*, mbox, maildir, calendars, contacts, late, published, common) -> Inputs:
    his_events, her_events, events = share_out(files_below(calendars), common=common[0])
    his_cards, her_cards, cards = share_out(files_below(contacts), common=common[1])
    held = (
        Place("Mail", "mbox", messages(mbox)),
        Place("Calendar", "ics", halving(her_events) + vanishing(events)),
        Place("Contacts", "vcf", halving(her_cards) + vanishing(cards)),
    )
    other = (
        Place("Mail", "maildir", halving(files_below(maildir))),
        Place("Calendar", "ics", halving(his_events) + vanishing(events)),
        Place("Contacts", "vcf", halving(his_cards) + vanishing(cards)),
    )
    return Inputs(
        held=held,
        other=other,
        late=Place("Old mail", "eml", halving(files_below(late))),
        published=tuple(published.read_text().split()),
    )
