"""Standard output for programs: JSON from its first line to its last, whichever process writes."""

from __future__ import annotations

import json
import signal

import requests

from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.server import GATE, running


def test_every_line_of_the_console_is_json_where_it_is_asked_for() -> None:
    words = [*GATE, "Logging:Console:FormatterName=Json", "Logging:Requests=JSON", "Logging:Debug:x=y"]
    with running([*words, "Logging:Console:LogLevel=Debug"], workers=2, ready=False) as server:
        answer = requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(24), timeout=30)
        pids = server.worker_pids
        out, err = server.stop(signal.SIGTERM)
    entries = [json.loads(line) for line in out.splitlines()]
    messages = [entry["message"] for entry in entries]
    assert messages[0] == "The setting Logging:Debug:x is accepted and has no effect yet."
    assert "Application started. Press Ctrl+C to shut down." in messages
    assert any(entry["logger"].startswith("gunicorn") for entry in entries)
    [line] = [entry for entry in entries if entry.get("requestId") == answer.headers["apim-request-id"]]
    assert line["points"] == 24
    assert line["process"] in pids
    assert err == ""
