"""What speaks to other systems for a service: object stores, HTTP with pinned addresses, queues."""
