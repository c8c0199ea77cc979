"""The configurations that are explored: small ones for every commit, the whole for a campaign."""

from __future__ import annotations

from tests.model.scope import CUSTODIAN, Scope

CI = (
    Scope(
        name="gaps",
        snapshots=(3, 0),
        choices=((1, 2, 3), ()),
        targets=(0,),
        release=True,
        expire=True,
        reverse=True,
        crash=True,
    ),
    Scope(name="holds", targets=(CUSTODIAN,), associated=0, associate=True, remove=True, plan=True, release=True),
    Scope(name="dedup", snapshots=(1, 1), compactors=2, remove=True, crash=True),
    Scope(name="sharing", snapshots=(1, 1), choices=((1,), (2,)), compactors=2, remove=True, crash=True),
    Scope(name="ids", snapshots=(3, 1), choices=((1, 2, 3), (1,)), contents=(0b01, 0b10), expire=True),
    Scope(name="repack", snapshots=(1, 1), contents=(0b11, 0b01), choices=((1,), (2,)), remove=True, repack=True),
    Scope(name="repack at once", snapshots=(1, 1), compactors=2, remove=True, repack=True),
    Scope(
        name="journal",
        targets=(CUSTODIAN,),
        associated=0,
        associate=True,
        journal=True,
        remove=True,
        rebuild=True,
        crash=True,
    ),
    Scope(name="restore", targets=(0,), journal=True, remove=True, restore=True, rebuild=True, repack=True),
)
FULL = ()
