"""The composition root: the only room that reads the environment and wires the others together."""
