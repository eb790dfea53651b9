"""The wire of streams: the bodies of `/invocations`, and the JSON of the other routes."""
