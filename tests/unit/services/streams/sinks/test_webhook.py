"""A webhook.

The smallest example: one output is posted as `{"stream": "shop", "outputs": [...]}`, with a signature that
the receiver makes again from the time, the body and the secret.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.sinks.sink import SinkFailed, SinkRefused
from anomaly_container.services.streams.sinks.webhook import WebhookSink
from tests.support.sink_outputs import broken, notice, report, result, results
from tests.support.webhook_receiver import SECRET, Receiver, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = 1_767_225_600.0
PAGE = Path(__file__).resolve().parents[5] / "docs" / "sinks.md"


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with listening() as made:
        yield made


def webhook(hook: Receiver, **words: Any) -> WebhookSink:  # noqa: ANN401  # those of a sink
    given: dict[str, Any] = {"stream": "shop", "clock": lambda: NOW, "secret": SECRET, "seconds": 1.0} | words
    return WebhookSink(HttpClient(), hook.url, **given)


async def test_the_receiver_can_verify_what_it_got(hook: Receiver) -> None:
    await webhook(hook).send([result(7), notice(1)])
    assert hook.verified(NOW) == {
        "stream": "shop",
        "outputs": [orjson.loads(result(7).line), orjson.loads(notice(1).line)],
    }


async def test_the_same_outputs_have_the_same_key_and_others_another(hook: Receiver) -> None:
    sink = webhook(hook)
    for outputs in (results(0, 3), results(0, 3), results(0, 4)):
        await sink.send(outputs)
    keys = [headers["Idempotency-Key"] for headers, _ in hook.seen]
    assert keys[0] == keys[1] == hashlib.sha256(b"orders-0-0\norders-0-1\norders-0-2").hexdigest()
    assert keys[2] != keys[0]


async def test_without_a_secret_there_is_no_signature(hook: Receiver) -> None:
    await webhook(hook, secret=None).send([result(7)])
    assert "X-Anomaly-Signature" not in hook.seen[0][0]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_be_taken_later_is_tried_again(hook: Receiver, status: int) -> None:
    hook.status, hook.headers = status, {"Retry-After": "7"}
    with pytest.raises(SinkFailed, match=f"^The host answered {status}.$") as caught:
        await webhook(hook).send([result(7)])
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422])
async def test_every_other_answer_is_final_and_no_redirect_is_followed(hook: Receiver, status: int) -> None:
    hook.status, hook.headers = status, {"Location": "/hook"}
    with pytest.raises(SinkRefused):
        await webhook(hook).send([result(7)])
    assert len(hook.seen) == 1


async def test_silence_is_tried_again_after_the_time_out(hook: Receiver) -> None:
    hook.status = 0
    start = time.monotonic()
    with pytest.raises(SinkFailed):
        await webhook(hook, seconds=0.2).send([result(7)])
    assert time.monotonic() - start < 3


async def test_a_port_that_nobody_listens_on_is_tried_again(hook: Receiver) -> None:
    hook.url = "http://127.0.0.1:1/hook"
    with pytest.raises(SinkFailed):
        await webhook(hook).send([result(7)])


async def test_http_to_another_machine_is_not_sent(hook: Receiver) -> None:
    hook.url = "http://192.0.2.1/hook"
    with pytest.raises(SinkFailed, match="neither https nor on loopback"):
        await webhook(hook).send([result(7)])


async def test_slack_gets_a_text(hook: Receiver) -> None:
    outputs = [result(7), notice(1), report(), broken(8), result(9, reason="<a&b>")]
    await webhook(hook, is_slack=True).send(outputs)
    assert hook.verified(NOW)["text"].splitlines() == [
        "High Outlier orders-0-7 at 2026-01-01T00:00:00Z, score 2.5: response_time high (75%)",
        (
            "ALARM: anomalies of shop since 2026-01-01T00:10:00Z, 6 anomalies in 15 minutes, "
            "mainly response_time (80%)"
        ),
        "Hour 2026-01-01T00:00:00Z: 70 events, 6 anomalies",
        "Parked orders-0-8: not-json (It ends early.)",
        "High Outlier orders-0-9 at 2026-01-01T00:00:00Z, score 2.5: &lt;a&amp;b&gt; high (75%)",
    ]


async def test_slack_gets_so_many_lines(hook: Receiver) -> None:
    await webhook(hook, is_slack=True).send(results(0, 100))
    lines = hook.verified(NOW)["text"].splitlines()
    assert (len(lines), lines[-1]) == (51, "and 50 more")


async def test_the_check_in_the_documentation_tells_what_is_genuine(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, Any] = {}
    exec(PAGE.read_text().split("```python\n")[1].split("```")[0], names)  # noqa: S102  # our own page
    is_genuine = names["is_genuine"]
    await webhook(hook).send([result(7)])
    [(headers, body)] = hook.seen
    made = headers["X-Anomaly-Signature"]
    monkeypatch.setattr(time, "time", lambda: NOW + 200)
    assert is_genuine(made, body, SECRET)
    assert not is_genuine(made, body + b" ", SECRET)
    assert not is_genuine(made, body, "another")
    assert not is_genuine(made.replace("t=1767225600", "t=1767225601"), body, SECRET)
    monkeypatch.setattr(time, "time", lambda: NOW + 400)
    assert not is_genuine(made, body, SECRET)
