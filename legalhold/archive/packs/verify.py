"""Checks whole packs, and lists what all of them hold; the truth that a catalog is rebuilt from."""

from collections.abc import Iterator

from legalhold.archive.errors import Damage
from legalhold.archive.keys.ring import GroupKeyMissing, KeyRing
from legalhold.archive.packs.layout import (
    HEADER_DATA,
    PREFIX,
    PackDamaged,
    PartDamaged,
    PartEntry,
    PartKind,
    Tail,
)
from legalhold.archive.packs.reader import PackReader, open_cipher, open_footer, read_tail, unpack_part, unseal_part
from legalhold.archive.recipe import RecipeDamaged, decode_recipe
from legalhold.archive.store import ObjectMissing, ObjectTruncated, Store, StoreFailed


def walk_packs(store: Store, keys: KeyRing) -> Iterator[tuple[str, tuple[PartEntry, ...] | PackDamaged]]:
    """Yield every pack's name with what its footer lists, or with why that can't be read; reads footers only."""
    for name in store.names(prefix=PREFIX):
        try:
            yield name, PackReader(store=store, name=name, keys=keys).entries()
        except PackDamaged as error:
            yield name, error
        except (GroupKeyMissing, ObjectMissing, ObjectTruncated, StoreFailed) as error:
            yield name, PackDamaged(str(error))


def verify_pack(store: Store, keys: KeyRing, name: str, *, full: bool) -> list[Damage]:
    """Return what is damaged in a pack: every byte of it is covered.

    Checks header, trailer, footer and each part's seal; `full` also decompresses and hashes every part.
    Raises GroupKeyMissing, which is no damage of the pack.
    """
    try:
        tail = read_tail(store=store, name=name)
        cipher = open_cipher(keys=keys, name=name, tail=tail)
        data = store.read(name=name)
        end = tail.footer_offset + tail.footer_length
        entries = open_footer(cipher=cipher, name=name, tail=tail, sealed=data[tail.footer_offset : end])
    except (PackDamaged, ObjectMissing, StoreFailed) as error:
        return [Damage(name, 0, str(error))]
    damages = _check_tiling(name, data, tail, entries)
    for entry in entries:
        try:
            sealed = data[entry.offset : entry.offset + entry.length]
            stored = unseal_part(cipher=cipher, name=name, entry=entry, sealed=sealed)
            if full:
                _check_content(name, entry, stored)
        except (PartDamaged, RecipeDamaged) as error:
            damages.append(Damage(name, entry.offset, str(error)))
    return damages


def _check_content(name: str, entry: PartEntry, stored: bytes) -> None:
    part = unpack_part(name=name, entry=entry, stored=stored)
    if entry.kind is PartKind.RECIPE:
        decode_recipe(part, digest=entry.digest)


def _check_tiling(name: str, data: bytes, tail: Tail, entries: tuple[PartEntry, ...]) -> list[Damage]:
    """Check that header, parts and footer follow each other without a byte between, so that no byte goes unchecked."""
    damages = []
    if data[: len(HEADER_DATA)] != HEADER_DATA:
        damages.append(Damage(name, 0, "the header is no pack's of a format known here"))
    position = len(HEADER_DATA)
    for entry in entries:
        if entry.offset != position:
            damages.append(Damage(name, position, f"the next part listed begins at byte {entry.offset}"))
        position = entry.offset + entry.length
    if position != tail.footer_offset:
        damages.append(Damage(name, position, f"the last part ends here, the footer begins at {tail.footer_offset}"))
    return damages
