"""What is shown of an export: trees of nodes, defined here and nowhere else."""
