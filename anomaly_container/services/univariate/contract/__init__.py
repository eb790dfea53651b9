"""The contract of the univariate API: JSON, field names and error codes; no HTTP server."""
