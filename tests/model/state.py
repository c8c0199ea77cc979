"""The state of the model: one byte per fact, so that a state is a small, hashable `bytes`.

It knows the layout and pure look-ups of it; no protocol.  A version is numbered `source * 4 + (first snapshot - 1)`;
a snapshot's listing is two bits: 0 not taken, 1 content 0, 2 content 1, 3 the item was gone.
"""

from __future__ import annotations

from itertools import product

# catalog: what a database backup holds
PROTECT = 0  # bits: 0-1 hold placed, 2-3 hold released, 4-5 source associated with the custodian, 6-7 source removed
LISTED = 1  # one byte a source, two bits a snapshot
EXPIRED = 3  # bit a snapshot, numbered as versions are
TOMBS = 4  # bit a version: deleted, its tombstone in the outbox
CONDEMNED = 5  # bit a version
CONTENTS = 6  # bits 0-1 row exists, 2-3 marked dead
PARTS = 7  # one byte a part: 0 no row, else (pack + 1) << 1 | dead
PACKS = 9  # two bits a pack, see NO_ROW …
WRITTEN = 10  # head of the journal as the catalog knows it: protect, listed 0, listed 1, tombs, condemned packs
PIN_SOURCES = 15  # only the mutant that freezes a custodian's pin at placement uses it
CATALOG_END = 16
# archive: what is on disk beside the database
JOURNAL = 16  # the same five facts, durable
FILES = 21  # two bits a pack: the parts in its file, 0 = no file
# what the outside world was told, and what it would complain about
TOLD = 22  # protect, listed 0, listed 1
FAULT = 25  # 0, or the number of a broken promise that only an action can see
EPOCH = 26  # 1 backup taken, 2 restored, 4 rebuilt
# volatile: lost in a crash
INGEST = 27  # four bytes an ingest: phase | content << 4, found | still valid << 4, pack + 1, locks
COMPACT = 35  # three bytes a compactor: phase, argument, locks
PLANNER = 41  # version + 1 that is about to be condemned
SIZE = 42
# a scope with restore carries a backup of the catalog behind it
BACKUP = 42

NO_ROW, WRITING, LIVE, CONDEMNED_PACK = range(4)
IDLE, LOOKED, RESERVED, CREATED, TOUCHED = range(5)
PLANNED, DELETING, SWEEPING_CONTENT, SWEEPING_PART, REPACK_RESERVED, REPACK_CREATED = range(1, 7)
GONE = 3
PLACED_BITS, RELEASED_BITS, ASSOCIATED_BITS, REMOVED_BITS = 0b11, 0b1100, 0b110000, 0b11000000


def _codes(listed: int) -> list[int]:
    return [code for n in range(4) if (code := listed >> 2 * n & 3)]


def _versions(listed: int) -> tuple[tuple[int, int, int], ...]:
    """Give (first, last or -1 when live, content) of each version of a source with these snapshots."""
    runs: list[list[int]] = []
    for n, code in enumerate(_codes(listed)):
        if runs and runs[-1][1] == -1:
            if code == runs[-1][2] + 1:
                continue
            runs[-1][1] = n - 1
        if code != GONE:
            runs.append([n, -1, code - 1])
    return tuple((first, last, content) for first, last, content in runs)


COUNT = tuple(len(_codes(listed)) for listed in range(256))
VERSIONS = tuple(_versions(listed) for listed in range(256))
BY_FIRST = tuple({first: (last, content) for first, last, content in versions} for versions in VERSIONS)
# contents that the versions of a source use, by listing and four bits of tombstones
USED = tuple(
    sum({1 << content for first, _, content in VERSIONS[listed] if not tombs >> first & 1})
    for listed, tombs in product(range(256), range(16))
)


def used_contents(state: bytes | bytearray, tombs: int) -> int:
    """Give the contents that versions use, as bits, were these the tombstones."""
    return USED[state[LISTED] << 4 | tombs & 15] | USED[state[LISTED + 1] << 4 | tombs >> 4]


def version_of(state: bytes, version: int) -> tuple[int, int]:
    """Give (last snapshot or -1, content) of a version row."""
    return BY_FIRST[state[LISTED + (version >> 2)]][version & 3]


def pack_state(state: bytes, pack: int) -> int:
    """Give the state of a pack's row."""
    return state[PACKS] >> 2 * pack & 3


def set_pack(draft: bytearray, pack: int, value: int) -> None:
    """Set the state of a pack's row."""
    draft[PACKS] = draft[PACKS] & ~(3 << 2 * pack) | value << 2 * pack


def condemned_packs(state: bytes) -> int:
    """Give the packs whose row is condemned, as bits."""
    packs = state[PACKS]
    both = packs & packs >> 1 & 0x55
    return both & 1 | both >> 1 & 2 | both >> 2 & 4 | both >> 3 & 8


def part_pack(row: int) -> int:
    """Give the pack that a part row names, -1 without a row."""
    return (row >> 1) - 1


def locked(state: bytes) -> int:
    """Give the rows that open transactions have locked: bits 0-1 contents, 2-3 parts."""
    return state[INGEST + 3] | state[INGEST + 7] | state[COMPACT + 2] | state[COMPACT + 5]


def canonical(state: bytes) -> bytes:
    """Order the two compactors, which are alike."""
    first, second = state[COMPACT : COMPACT + 3], state[COMPACT + 3 : COMPACT + 6]
    if first < second:
        return state[:COMPACT] + second + first + state[COMPACT + 6 :]
    return state


def reset_actors(draft: bytearray) -> None:
    """Forget all that a machine forgets when it stops."""
    draft[INGEST:SIZE] = bytes(SIZE - INGEST)
