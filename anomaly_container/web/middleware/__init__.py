"""The middlewares, one a file."""
