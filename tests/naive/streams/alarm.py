"""The alarm as its rules are written: every event is kept, and every window of every tick is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anomaly_container.services.streams.alarm_settings import AlarmSettings


def naive_changes(
    rule: AlarmSettings, events: list[tuple[int, bool]], until: int
) -> list[tuple[float, str, float]]:
    """Return time, state and count of each change; the times of events begin at a multiple of every step."""
    seen: list[tuple[int, bool]] = []
    found: list[tuple[float, str, float]] = []
    state = "INSUFFICIENT_DATA" if rule.missing == "missing" else "OK"
    quiet, now = 0, None
    aligned = rule.window == "aligned"
    step = rule.period_seconds if aligned else 60

    def look(time: int, *, tick: bool) -> None:
        nonlocal state, quiet
        breaching, empty, newest = 0, 0, 0
        for k in range(rule.periods):
            end, start = time - k * rule.period_seconds, time - (k + 1) * rule.period_seconds
            inside = [
                flag for when, flag in seen if (start <= when < end if aligned else start < when <= end)
            ]
            count = sum(inside)
            newest = count if k == 0 else newest
            if not inside and rule.missing != "notBreaching":
                empty += 1
                breaching += rule.missing == "breaching"
            else:
                breaching += count > (rule.clear_at if state == "ALARM" else rule.threshold)
        after = state
        if empty == rule.periods and rule.missing in {"ignore", "missing"}:
            after = "INSUFFICIENT_DATA" if rule.missing == "missing" else state
        elif breaching >= rule.datapoints:
            after, quiet = "ALARM", 0
        elif state == "ALARM":
            quiet += tick
            after = "OK" if quiet >= rule.clear_ticks else "ALARM"
        else:
            after = "OK"
        if after != state:
            state, quiet = after, 0
            found.append((time, after, newest))

    for second, flag in [*events, (until, None)]:
        if now is not None:
            for tick in range(now + 1, second + (flag is None)):
                if tick % step == 0:
                    look(tick, tick=True)
        if flag is None:
            break
        first, later = now is None, now is None or second > now
        seen.append((second, flag))
        now = second if later else now
        is_tick = not first and later and second % step == 0
        if is_tick or not aligned:
            look(now or 0, tick=is_tick)
    return found
