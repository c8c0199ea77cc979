"""The record of what is preserved, where its bytes are, and what keeps it; and the one gate that destroys."""
