"""Retention profiles: which snapshots are kept, until when, and why. They expire snapshots; they destroy nothing."""
