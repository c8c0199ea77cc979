"""Shares: who may read an export, until when, and the WebDAV server that they read it from."""
