"""The HTTP shell: routing, middlewares, error responses and the pages of every service."""
