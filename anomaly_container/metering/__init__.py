"""Usage metering: every call counted once, reported on time, and what happens when it cannot be.

Requests touch two objects only, `counter.Counter` and `policy.PolicyByte`, both plain memory. Everything that
waits for a disk or a network happens on the thread of `heartbeat.Heartbeat`.
"""
