"""The border between bytes and the detection library: JSON, field names and error codes; no HTTP server."""
