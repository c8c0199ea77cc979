"""One module per method: plain functions from a request, and the share it opened, to a response."""
