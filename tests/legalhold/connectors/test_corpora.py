"""Real and hostile input: every file has exactly one fate, nothing crashes, bytes out are bytes in."""

import hashlib
import os
import resource
import time
from pathlib import Path

import pytest

from legalhold.connectors import Exclusions, FileOpened, FolderListed, NotCaptured, RawItem, connect
from legalhold.formats import ItemKind
from legalhold.formats.facts import read_facts

pytestmark = pytest.mark.corpora


@pytest.fixture
def corpora() -> Path:
    return Path(os.environ["LEGALHOLD_CORPORA"])


def scan(path, chosen):
    return connect(path=path, format=chosen, exclude=Exclusions()).scan()


def digest(item):
    with item.open() as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_real_mbox_gives_the_published_digests(corpora):
    items = [item for item in scan(corpora / "mail-real/samba.mbox", "auto") if isinstance(item, RawItem)]

    found = [digest(item) for item in items if item.kind is ItemKind.MESSAGE]

    assert found == (corpora / "mail-real/samba.sha256").read_text().split()
    assert digest(items[-1]) == hashlib.sha256((corpora / "mail-real/samba.mbox").read_bytes()).hexdigest()


def test_real_maildir_gives_the_published_digests(corpora):
    items = [item for item in scan(corpora / "mail-real/usrp-maildir", "auto") if isinstance(item, RawItem)]

    found = [digest(item) for item in sorted(items, key=lambda item: item.name)]

    by_name = sorted((corpora / "mail-real/usrp-maildir/cur").iterdir())
    assert found == (corpora / "mail-real/usrp.sha256").read_text().split()
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in by_name] == found


@pytest.mark.parametrize("chosen", ["eml", "mbox", "ics", "vcf", "files"])
@pytest.mark.parametrize("folder", ["mail-nasty", "ics", "vcf", "outlook"])
def test_every_nasty_file_has_one_fate(corpora, folder, chosen):
    begun = time.process_time()
    paths = [path for path in (corpora / folder).rglob("*") if path.is_file()]
    opened = []
    keys = []

    for finding in scan(corpora / folder, chosen):
        if isinstance(finding, RawItem):
            with finding.open() as stream:
                data = stream.read()
            assert len(data) == finding.size_bytes
            read_facts(finding.kind, data)
            keys.append((finding.folder, finding.key))
        elif isinstance(finding, FileOpened):
            opened.append(b"/".join((*finding.folder, finding.name)))
        else:
            assert isinstance(finding, FolderListed)
            assert not isinstance(finding, NotCaptured)

    assert sorted(opened) == sorted(os.fsencode(path.relative_to(corpora / folder)) for path in paths)
    assert len(keys) == len(set(keys))
    assert time.process_time() - begun < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 500 * 1024


def test_mail_that_hangs_other_parsers_is_read_at_once(corpora):
    begun = time.process_time()

    (item,) = (item for item in scan(corpora / "mail-nasty/infinite_loop_334B.eml", "eml") if isinstance(item, RawItem))
    with item.open() as stream:
        data = stream.read()
    read_facts(item.kind, data)

    assert len(data) == 334
    assert item.kind is ItemKind.MESSAGE
    assert time.process_time() - begun < 0.5
