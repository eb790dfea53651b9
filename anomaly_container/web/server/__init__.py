"""Connections, below a request."""
