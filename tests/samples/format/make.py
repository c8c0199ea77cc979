"""Writes a small archive in today's formats, to be kept when a format changes: `make.py FOLDER`.

Give it a new folder named after the new format version, and never overwrite an old one: the tests read them all.
"""

import random
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from legalhold.archive import (
    EMPTY_HEAD,
    AddedRow,
    ClosedRow,
    ContentDigester,
    JournalEntry,
    MasterKey,
    NewPart,
    PackWriter,
    PartKind,
    SnapshotManifest,
    canonical_json,
    create_archive,
    cut,
    encode_manifest,
    encode_recipe,
    new_pack_name,
)

MASTER = MasterKey(bytes(range(32)))
MAIL = b"From: anna@example.org\r\nSubject: Held\r\n\r\nPlease keep this.\r\n" * 20


def main(folder: Path) -> None:
    source = random.Random(2026).randbytes
    archive = create_archive(root=folder / "archive", master=MASTER, random=source)
    (folder / "master-key.txt").write_text(f"{MASTER.text()}\n")
    digester = ContentDigester()
    parts = [NewPart(PartKind.DATA, digester.add(part), part) for part in cut(BytesIO(MAIL), cuts=(100,))]
    content = digester.summary()
    noise = random.Random(1).randbytes(40)
    snapshot = SnapshotManifest(
        "5f8c2e1e-0000-4000-8000-000000000001",
        2,
        1_772_452_800_000_000,
        "complete",
        1,
        {"method": "mbox"},
        {"found": 1},
    )
    row = AddedRow(
        b"Inbox",
        b"key",
        b"Held.eml",
        1,
        5,
        None,
        len(MAIL),
        content.digest,
        content.crc32,
        content.parts,
        ("PARSE_ERROR",),
    )
    (chunk,) = encode_manifest(
        snapshot=snapshot, listed=[b"Inbox"], added=[row], closed=[ClosedRow(b"Inbox", b"old", 1)]
    )
    writer = PackWriter(name=new_pack_name(source), group=archive.group, random=source)
    writer.add_all(
        [
            *parts,
            NewPart(PartKind.DATA, sha256(noise).digest(), noise),
            NewPart(PartKind.RECIPE, content.digest, encode_recipe(content)),
            NewPart(PartKind.MANIFEST, sha256(chunk).digest(), chunk),
        ],
    )
    archive.store.create(name=writer.name, data=writer.finish())
    payload = canonical_json({"manifest": sha256(chunk).hexdigest(), "sequence": 2})
    entries = [
        JournalEntry("snapshot.completed", payload, 1_772_452_800_000_001),
        JournalEntry("hold.placed", b"{}", 2),
    ]
    head = archive.journal.append(previous=EMPTY_HEAD, entries=entries, random=source)
    archive.journal.append(previous=head, entries=[JournalEntry("hold.released", b"{}", 3)], random=source)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
