"""Streams of log events and metrics: read, scored by a random cut forest, and sent to sinks."""
