"""The clients of other systems: object stores, HTTP with pinned addresses, queues and topics."""
