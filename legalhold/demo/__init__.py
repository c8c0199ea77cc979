"""A believable organisation made from a seed, and the whole main job run on it. Reads and writes only through services."""
