"""What a rebuild brought back, and what it couldn't, for a person who is about to trust it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Counts of what is there again, the head it was rebuilt up to, and everything that isn't as it should be.

    ``lost`` are snapshots without a readable manifest, ``missing`` digests of contents that no pack has and no tombstone
    explains, ``damaged`` packs, ``unreadable`` digests of contents with a damaged part, ``unfrozen`` digests of versions
    that a pin names and no snapshot has; ``unnamed`` manifest parts that no snapshot names, and ``unused`` packs that
    nothing uses: captures that were never acknowledged, and leavings.
    """

    sequence: int
    digest: str
    entries: int
    packs: int
    parts: int
    snapshots: int
    versions: int
    exports: int
    condemned: int
    lost: tuple[str, ...]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    unreadable: tuple[str, ...]
    unfrozen: tuple[str, ...]
    unnamed: tuple[str, ...]
    unused: tuple[str, ...]
    changed_exports: str

    @property
    def is_good(self) -> bool:
        """Whether everything that the journal knows of is there again."""
        return not (self.losses or self.changed_exports)

    @property
    def losses(self) -> tuple[str, ...]:
        """What the journal knows of and the archive doesn't give any more, a sentence each."""
        return (
            *(f"damaged: {pack}" for pack in self.damaged),
            *(f"a snapshot can't be restored: {snapshot}" for snapshot in self.lost),
            *(f"missing, and no tombstone says why: content {digest}" for digest in self.missing),
            *(f"damaged, and can't be read: content {digest}" for digest in self.unreadable),
            *(f"frozen by a pin, and in no snapshot: version {digest}" for digest in self.unfrozen),
        )

    def lines(self) -> tuple[str, ...]:
        """Return the rebuild in sentences."""
        counts = (
            f"{self.entries} journal entries up to journal/{self.sequence:012d} brought back {self.snapshots} snapshots,"
            f" {self.versions} versions, {self.parts} parts in {self.packs} packs, and {self.exports} exports"
        )
        wrong = [*self.losses, *([self.changed_exports] if self.changed_exports else [])]
        left = [
            *([f"{self.condemned} condemned packs are still there; compaction unlinks them"] if self.condemned else []),
            *(f"a manifest part that no snapshot names: {digest}" for digest in self.unnamed),
            *(f"a pack that nothing uses: {name}" for name in self.unused),
        ]
        return (
            counts,
            *wrong,
            *left,
            f"the journal's newest object has the digest {self.digest}",
            *(
                [f"{len(self.losses)} losses, which must be confirmed as well or found in another copy"]
                if self.losses
                else []
            ),
            "everything is frozen until a person has compared that with a copy kept elsewhere: `archive confirm DIGEST`",
        )
