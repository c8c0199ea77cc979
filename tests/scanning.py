"""Scanning paths as a capture does, for tests of the connectors: what was found, and whether it adds up."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from legalhold.connectors import Excluded, Exclusions, FileOpened, NotCaptured, RawItem, connect

NOTHING = Exclusions()
MAIL = b"From: a@example.org\nDate: Thu, 14 Mar 2024 09:32:00 +0000\n\nx\n"


def scan(path, chosen="auto", exclude=NOTHING):
    return list(connect(path=Path(path), format=chosen, exclude=exclude).scan())


def only(findings, kind):
    return [finding for finding in findings if isinstance(finding, kind)]


def content(item):
    with item.open() as stream:
        return stream.read()


def opened(findings):
    return Counter(finding.as_ for finding in only(findings, FileOpened))


def kinds(findings):
    return Counter(item.kind.name for item in only(findings, RawItem))


def assert_accounted(findings):
    """Check the equations of a scan whose files were all read, and that keys are unique."""
    items = only(findings, RawItem)
    keys = [(item.folder, item.key) for item in items]
    assert len(keys) == len(set(keys))
    assert opened(findings)["container"] == kinds(findings)["CONTAINER"]
    assert opened(findings)["excluded"] == len(only(findings, Excluded))
    assert opened(findings)["unreadable"] == len(only(findings, NotCaptured))
    for item in items:
        assert len(content(item)) == item.size_bytes
        assert content(item) == content(item)


def scanning(path, chosen):
    return connect(path=Path(path), format=chosen, exclude=NOTHING).scan()


def refuse(monkeypatch, name, suffix, code):
    """Let an operating system call fail for paths that end so."""
    call = getattr(os, name)

    def refusing(path, *args, **kwargs):
        if os.fsencode(path).endswith(suffix):
            raise OSError(code, os.strerror(code), path)
        return call(path, *args, **kwargs)

    monkeypatch.setattr(os, name, refusing)


def maildir(root, *names):
    for box in ("cur", "new", "tmp"):
        (root / box).mkdir(parents=True)
    for name in names:
        (root / name).write_bytes(MAIL)
    return root
