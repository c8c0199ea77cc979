"""The trail: one event per act, in the act's transaction, sealed into a signed Merkle tree. Actors are text."""
