"""Bodies that a stranger could post as messages of SNS, in an endless order that a seed decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.sns_sender import HOST, TOPIC, message, s3_event, subscribe_url

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

SENTINEL = "sentinel27182"
"""Stands in every body; nothing that the service says elsewhere may have it."""
KEYS = (
    *("raw/{}.csv", "raw/../{}.csv", "raw/./{}.csv", "raw//{}.csv", "/raw/{}.csv", "../raw/{}.csv", "{}"),
    *(
        "raw/%00{}.csv",
        "raw/{}%0A.csv",
        "raw/{}%1B[2J.csv",
        "raw/%FF{}.csv",
        "raw/%C3%28{}.csv",
        "raw/%{}.csv",
    ),
    *(
        "raw/{}.csv%00",
        "raw/{}.CSV.GZ",
        "raw/{}.csv/",
        "raw/{}/",
        "raw/_{}.csv",
        "raw/{}.parquet",
        "raw/{}.csv.zst",
    ),
    *(
        "state/batches.json",
        "state/inbox/{}.json",
        "processed/{}.csv",
        "raw/%2e%2e%2f{}.csv",
        "raw/{}%F0%9F%98%80.csv",
    ),
    *("raw/{}\\..\\x.csv", "raw/=cmd|{}.csv", "raw/" + "{}" * 100 + ".csv", "raw/" + "x/" * 600 + "{}.csv"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1e308, 2**63, 10**30, "", " ", "\0", "\n", "ü", "\U0001f600", [], {}, [[]]),
    *(
        "Notification",
        "SubscriptionConfirmation",
        "UnsubscribeConfirmation",
        "__proto__",
        "2026-03-01T00:00:00Z",
    ),
    *([SENTINEL], {SENTINEL: SENTINEL}, SENTINEL * 100, {"Records": []}, {"a": {"b": {"c": []}}}),
    *(
        f"http://{SENTINEL}.example/",
        f"https://{HOST}/{SENTINEL}",
        "https://127.0.0.1/",
        "https://[::1]/",
        "file:///",
    ),
)
BROKEN = (
    *(
        b"",
        b"\0",
        b"{",
        b"[",
        b"null",
        b"[]",
        b"{}",
        b'"',
        b"\xff\xfe{\0}\0",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"-",
    ),
    *(b"[" * 100_000, b'{"a":' * 20_000, b'{"Type":' + b"9" * 5000 + b"}", b'{"Type":"\\ud800"}'),
    *(b"<xml/>", b"a=b&c=d", b"POST / HTTP/1.1\r\n\r\n", b'{"Type":"Notification","Type":"Other"}'),
)


def hostile_body(generator: random.Random) -> bytes:
    """Return the next body."""
    kinds: tuple[Callable[[random.Random], bytes], ...] = (
        _broken,
        _flipped,
        _with_values,
        _with_values,
        _of_records,
        _of_records,
        _of_bridge,
        _of_keys,
        _of_keys,
        _confirmation,
    )
    return generator.choice(kinds)(generator)


def _broken(generator: random.Random) -> bytes:
    if generator.random() < 0.5:
        return generator.randbytes(generator.randrange(1, 2000)) + SENTINEL.encode()
    return generator.choice(BROKEN) + generator.choice((b"", SENTINEL.encode()))


def _flipped(generator: random.Random) -> bytes:
    body = bytearray(_of_keys(generator))
    for _ in range(generator.randrange(1, 6)):
        body[generator.randrange(len(body))] = generator.randrange(256)
    return bytes(body[: generator.choice((None, generator.randrange(len(body))))])


def _with_values(generator: random.Random) -> bytes:
    content = message(generator.choice(("Notification", "SubscriptionConfirmation")), Message=SENTINEL)
    for name in generator.sample([*content, "Subject", "Token", "SubscribeURL", "Signature", "Extra"], 3):
        content[name] = generator.choice(VALUES)
    return json.dumps(content).encode()


def _of_keys(generator: random.Random) -> bytes:
    keys = [generator.choice(KEYS).replace("{}", f"{SENTINEL}{generator.randrange(10**6)}") for _ in range(3)]
    bucket = generator.choice(("sensors", "sensors", f"{SENTINEL}-bucket"))
    etag = generator.choice((None, "0" * 32, f'"{SENTINEL}"', "x" * 300, "\n"))
    fields = generator.choice(({}, {"versionId": SENTINEL}, {"versionId": 1}, {"size": -1, "sequencer": []}))
    return _notification(s3_event(*keys, bucket=bucket, etag=etag, **fields))


def _of_records(generator: random.Random) -> bytes:
    content = json.loads(s3_event(f"raw/{SENTINEL}.csv"))
    record = content["Records"][0]
    place = generator.choice((content, record, record["s3"], record["s3"]["object"], record["s3"]["bucket"]))
    name = generator.choice(list(place))
    if generator.random() < 0.3:
        del place[name]
    else:
        place[name] = generator.choice(VALUES)
    return _notification(json.dumps(content))


def _of_bridge(generator: random.Random) -> bytes:
    described: dict[str, Any] = {"key": f"raw/{SENTINEL}.csv", "etag": "0", "version-id": None}
    detail: dict[str, Any] = {"bucket": {"name": "sensors"}, "object": described}
    content: dict[str, Any] = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    place = generator.choice((content, detail, described))
    place[generator.choice(list(place))] = generator.choice(VALUES)
    return _notification(json.dumps(content))


def _confirmation(generator: random.Random) -> bytes:
    url = generator.choice(
        (
            *(subscribe_url(host=f"{SENTINEL}.example"), subscribe_url(host="127.0.0.1"), "https://[::1]/"),
            *(subscribe_url(host="sns.private.amazonaws.com"), subscribe_url() + f"&x={SENTINEL}"),
            f"https://{HOST}/?Action=DeleteTopic&Token={SENTINEL}&TopicArn={TOPIC}",
        )
    )
    fields = {
        "SubscribeURL": url,
        "Token": generator.choice((SENTINEL, subscribe_url()[-32:])),
        "Message": SENTINEL,
    }
    return json.dumps(message("SubscriptionConfirmation", **fields)).encode()


def _notification(text: str) -> bytes:
    return json.dumps(message("Notification", Message=text, Subject=SENTINEL)).encode()
