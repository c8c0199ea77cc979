"""What was written once is read for ever: an archive of each older format, read by today's code and by hand."""

import hmac
import random as randomness
import struct
import zlib
from hashlib import sha256

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from legalhold.archive import (
    AddedRow,
    ClosedRow,
    JournalEntry,
    ListedFolder,
    PartKind,
    SnapshotManifest,
    canonical_json,
    decode_manifest,
    decode_recipe,
    load_master_key,
    open_archive,
    verify_pack,
    walk_packs,
)

MAIL = b"From: anna@example.org\r\nSubject: Held\r\n\r\nPlease keep this.\r\n" * 20
NOISE = randomness.Random(1).randbytes(40)


@pytest.fixture(params=["1"])
def folder(request, samples):
    return samples / "format" / request.param


@pytest.fixture
def archive(folder, random):
    master = load_master_key("env:KEY", environ={"KEY": (folder / "master-key.txt").read_text()})
    return open_archive(root=folder / "archive", master=master, random=random)


def test_pack_of_each_format_is_read(archive):
    ((name, entries),) = walk_packs(archive.store, archive.keys)
    parts = [archive.parts.read(pack=name, entry=entry) for entry in entries]

    assert verify_pack(archive.store, archive.keys, name, full=True) == []
    assert [entry.kind for entry in entries] == [PartKind.DATA] * 3 + [PartKind.RECIPE, PartKind.MANIFEST]
    assert parts[:3] == [MAIL[:100], MAIL[100:], NOISE]
    recipe = decode_recipe(parts[3], digest=entries[3].digest)
    assert (recipe.digest, recipe.size_bytes, recipe.crc32) == (sha256(MAIL).digest(), len(MAIL), zlib.crc32(MAIL))
    assert recipe.parts == (sha256(MAIL[:100]).digest(), sha256(MAIL[100:]).digest())
    assert list(decode_manifest([parts[4]])) == [
        SnapshotManifest(
            source_key="5f8c2e1e-0000-4000-8000-000000000001",
            sequence=2,
            taken_at=1_772_452_800_000_000,
            state="complete",
            closes_at=1,
            custody={"method": "mbox"},
            ledger={"found": 1},
        ),
        ListedFolder(b"Inbox"),
        AddedRow(
            folder=b"Inbox",
            item_key=b"key",
            name=b"Held.eml",
            kind=1,
            item_from=5,
            item_to=None,
            size_bytes=len(MAIL),
            content_digest=recipe.digest,
            crc32=recipe.crc32,
            parts=recipe.parts,
            exceptions=("PARSE_ERROR",),
        ),
        ClosedRow(b"Inbox", b"old", 1),
    ]


def test_journal_of_each_format_is_read(archive):
    ((_, entries),) = walk_packs(archive.store, archive.keys)
    manifest = entries[4].digest.hex()

    read = [entries for _, entries in archive.journal.verify()]

    assert read == [
        (
            JournalEntry(
                "snapshot.completed", canonical_json({"manifest": manifest, "sequence": 2}), 1_772_452_800_000_001
            ),
            JournalEntry("hold.placed", b"{}", 2),
        ),
        (JournalEntry("hold.released", b"{}", 3),),
    ]


def test_keys_of_each_format_are_whole(archive):
    assert archive.keys.names() == ("journal", "organisation")
    assert list(archive.keys.damages()) == []


# format 1 by hand: the offset tables of docs/format, without our code


def group_secret(folder, group):
    name = f"keys/{group}.000001"
    data = (folder / "archive" / f"{name}.a").read_bytes()
    assert len(data) == 120
    assert (data[:4], data[4:8], data[8:12]) == (b"LHKY", b"\1\0\0\0", b"\0\0\0\1")
    assert data[12:28] == sha256(b"legalhold master key id\0" + bytes(range(32))).digest()[:16]
    assert data[104:] == sha256(data[:104]).digest()[:16]
    wrapping = hmac.digest(bytes(range(32)), b"legalhold group key", "sha256")
    secret = AESGCM(wrapping).decrypt(data[44:56], data[56:104], data[:44] + name.encode())
    return data[28:44], secret


def test_pack_is_read_by_the_offset_table(samples):
    folder = samples / "format" / "1"
    group_id, secret = group_secret(folder, "organisation")
    (path,) = (folder / "archive" / "packs").glob("*/*")
    name = path.relative_to(folder / "archive").as_posix().encode()
    pack = path.read_bytes()
    assert pack[:8] == pack[-8:] == b"LHPK\1\0\0\0"
    lock, tail, checksum = pack[-108:-32], pack[-32:-12], pack[-12:-8]
    assert checksum == struct.pack(">I", zlib.crc32(lock + tail))
    assert lock[:16] == group_id
    wrapping = hmac.digest(secret, b"legalhold pack key", "sha256")
    cipher = AESGCM(AESGCM(wrapping).decrypt(lock[16:28], lock[28:], name))
    footer_at, footer_length, footer_raw_length, count = struct.unpack(">QIII", tail)
    assert footer_at + footer_length + 108 == len(pack)
    footer = cipher.decrypt(b"\0" * 4 + b"\xff" * 8, pack[footer_at:-108], tail + name)
    if len(footer) < footer_raw_length:
        footer = zstandard.ZstdDecompressor().decompress(footer)
    parts = []
    for kind, digest, offset, length, raw_length, dictionary in struct.iter_unpack(">B32sQIIH", footer):
        bound = struct.pack(">32sBIH", digest, kind, raw_length, dictionary) + name
        part = cipher.decrypt(struct.pack(">IQ", 0, offset), pack[offset : offset + length], bound)
        parts.append(part if len(part) == raw_length else zstandard.ZstdDecompressor().decompress(part))
    assert len(parts) == count == 5
    assert parts[:3] == [MAIL[:100], MAIL[100:], NOISE]
    recipe = struct.pack(">4sBBHQII", b"LHRC", 1, 0, 0, len(MAIL), zlib.crc32(MAIL), 2)
    assert parts[3] == recipe + sha256(MAIL[:100]).digest() + sha256(MAIL[100:]).digest()
    assert parts[4][:12] == b"LHMF\1\0\0\0\0\0\0\0"


def test_journal_is_read_by_the_offset_table(samples):
    folder = samples / "format" / "1"
    group_id, secret = group_secret(folder, "journal")
    first, second = ((folder / "archive" / "journal" / f"{number:012d}").read_bytes() for number in (1, 2))
    assert first[:8] == b"LHJN\1\0\0\0"
    assert (first[8:16], second[8:16]) == (struct.pack(">Q", 1), struct.pack(">Q", 2))
    assert (first[16:48], second[16:48]) == (bytes(32), sha256(first).digest())
    assert first[48:64] == group_id
    assert second[-4:] == struct.pack(">I", zlib.crc32(second[:-4]))
    (raw_length,) = struct.unpack(">I", second[64:68])
    cipher = AESGCM(hmac.digest(secret, b"legalhold journal", "sha256"))
    entries = cipher.decrypt(second[68:80], second[80:-4], second[:68])
    assert len(entries) == raw_length
    assert entries == struct.pack(">qHI", 3, 13, 2) + b"hold.released{}"
