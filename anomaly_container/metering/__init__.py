"""Usage metering: count each call once, report it on time, and refuse queries if that fails for too long.

A request uses only two objects, `counter.Counter` and `policy.PolicyByte`, both in memory. All work that
waits for a disk or a network runs on the thread of `heartbeat.Heartbeat`.
"""
