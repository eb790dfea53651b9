"""Messages of SNS: what is taken, what is refused, and that nothing of a forgery is asked for.

The smallest example: a signed notification is answered 200, and its object is scored.
"""

from __future__ import annotations

import asyncio
import json
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from prometheus_client import generate_latest

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.batches import waiting
from anomaly_container.services.batches.errors import CertificateUnavailable
from anomaly_container.services.batches.intake import sns as intake
from tests.support.sns_sender import (
    HOST,
    PEM,
    TOPIC,
    Sender,
    SnsHost,
    message,
    s3_event,
    subscribe_url,
)
from tests.unit.services.batches.conftest import finished, no_note, notify, until

if TYPE_CHECKING:
    from tests.support.faulty_store import FaultyStore
    from tests.unit.services.batches.conftest import Start

TABLE = b"a,b\n1,2\n3,4\n5,6\n"
OTHER_TOPIC = TOPIC + "-2"
OK = {"status": "ok"}
Fields = dict[str, Any]


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_signed_notification_is_taken(
    start: Start, store: FaultyStore, sender: Sender, version: str
) -> None:
    client = await start()
    store.shared.write("raw/x.csv", TABLE)
    signed = sender.notification("raw/x.csv", SignatureVersion="1")
    signed = sender.signed(
        {name: one for name, one in signed.items() if name != "Signature"} | {"SignatureVersion": version}
    )
    assert await notify(client, signed, x_amz_sns_message_type="Notification") == (200, OK)
    await finished(client, 1)
    assert "processed/x_summary.json" in store.shared.objects


@pytest.mark.parametrize("subject", [None, "", "Amazon S3 Notification"])
async def test_a_subject_is_signed_if_it_is_there(start: Start, sender: Sender, subject: str | None) -> None:
    client = await start()
    fields = {} if subject is None else {"Subject": subject}
    signed = sender.signed(message("Notification", Message=s3_event()) | fields)
    assert await notify(client, signed) == (200, OK)
    assert (await notify(client, signed | {"Subject": "another"}))[0] == 403


async def test_the_first_confirmed_topic_is_pinned(
    start: Start, store: FaultyStore, sender: Sender, sns: SnsHost
) -> None:
    client = await start("Batches:Topics=")
    refused = await notify(client, sender.notification())
    assert (refused[0], refused[1]["error"]["code"]) == (403, "TopicNotAllowed")
    assert await notify(client, sender.confirmation()) == (200, {"status": "confirmed"})
    assert sns.requests[-1] == subscribe_url().removeprefix(f"https://{HOST}")
    assert json.loads(store.shared.data("state/batches.json"))["topic"] == TOPIC
    asked = len(sns.requests)
    for other in (
        sender.confirmation(TopicArn=OTHER_TOPIC),
        sender.signed(message("Notification", Message=s3_event(), TopicArn=OTHER_TOPIC)),
    ):
        status, content = await notify(client, other)
        assert (status, content["error"]["code"]) == (403, "TopicNotAllowed")
    assert await notify(client, sender.notification()) == (200, OK)
    assert len(sns.requests) == asked
    assert await notify(client, sender.confirmation()) == (200, {"status": "confirmed"})


@pytest.mark.parametrize("status", [302, 403, 500])
async def test_a_failed_visit_is_502_and_pins_nothing(
    start: Start, store: FaultyStore, sns: SnsHost, status: int
) -> None:
    client = await start("Batches:Topics=")
    sns.answers["/"] = status
    code, content = await notify(client, sns.sender.confirmation())
    assert (code, content["error"]["code"]) == (502, "SubscribeFailed")
    assert "state/batches.json" not in store.shared.objects
    assert sns.trap.connections == 0
    sns.answers.clear()
    assert (await notify(client, sns.sender.confirmation()))[0] == 200


async def test_the_end_of_a_subscription_is_logged_and_never_undone(
    start: Start, sender: Sender, sns: SnsHost, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start()
    with caplog.at_level(logging.WARNING):
        assert await notify(client, sender.confirmation("UnsubscribeConfirmation")) == (200, OK)
    assert [record.getMessage() for record in caplog.records if record.name == intake.log.name] == [
        "The subscription of /notify was ended; it is not subscribed again."
    ]
    assert sns.requests == [PEM]


@pytest.mark.parametrize(
    ("headers", "fields", "status", "code"),
    [
        ({"x_amz_sns_message_type": "SubscriptionConfirmation"}, {}, 400, "InvalidMessage"),
        ({"x_amz_sns_message_type": "Other"}, {}, 400, "InvalidMessage"),
        ({"x_amz_sns_message_type": "Other"}, {"Type": "Other"}, 400, "InvalidMessage"),
        ({"x_amz_sns_rawdelivery": "true"}, {}, 403, "RawDelivery"),
        ({"x_amz_sns_rawdelivery": "True"}, {}, 403, "RawDelivery"),
        ({}, {"Type": []}, 400, "InvalidMessage"),
        ({}, {"Type": {}}, 400, "InvalidMessage"),
        ({}, {"Type": None}, 400, "InvalidMessage"),
        ({}, {"MessageId": "x" * 201}, 400, "InvalidMessage"),
        ({}, {"MessageId": ""}, 400, "InvalidMessage"),
        ({}, {"Message": 1}, 400, "InvalidMessage"),
        ({}, {"TopicArn": None}, 400, "InvalidMessage"),
    ],
)
async def test_a_malformed_message_is_refused(  # noqa: PLR0913, PLR0917  # a row of the table
    start: Start, sender: Sender, headers: dict[str, str], fields: Fields, status: int, code: str
) -> None:
    client = await start()
    answered, content = await notify(client, sender.notification() | fields, **headers)
    assert (answered, content["error"]["code"]) == (status, code)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"Records": {}}', '{"Records": [{}]}', "text"])
async def test_a_signed_message_that_names_no_objects_is_400(start: Start, sender: Sender, text: str) -> None:
    signed = sender.signed(message("Notification", Message=text))
    assert (await notify(await start(), signed))[0] == 400


async def test_a_body_has_a_bound(start: Start, sender: Sender) -> None:
    client = await start()
    room = intake.LONGEST - len(json.dumps(sender.notification()).encode())
    body = json.dumps(sender.notification()).encode()
    assert (await notify(client, body + b" " * room))[0] == 200
    assert (await notify(client, body + b" " * (room + 1)))[0] == 413


async def test_a_message_that_comes_again_is_taken_once(
    start: Start, store: FaultyStore, sender: Sender
) -> None:
    client = await start()
    store.shared.write("raw/x.csv", TABLE)
    signed = sender.notification("raw/x.csv")
    answers = await asyncio.gather(*(notify(client, signed) for _ in range(5)))
    assert answers == [(200, OK)] * 5
    await finished(client, 1)
    assert await notify(client, signed) == (200, OK)
    await until(lambda: no_note(store))
    content = await (await client.get("/anomalies/summary")).json()
    assert (content["files_processed"], content["total_rows_scored"]) == (1, 3)
    assert [key for key, _ in store.shared.written].count("processed/x.csv") == 1


async def test_a_full_queue_is_503_and_notes_nothing(
    start: Start, store: FaultyStore, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting.Waiting, "has_room", lambda _self, objects=1: objects < 3)
    client = await start()
    status, content = await notify(client, sender.notification("raw/1.csv", "raw/2.csv", "raw/3.csv"))
    assert (status, content["error"]["code"]) == (503, "QueueFull")
    assert store.shared.written == []


async def test_what_is_written_here_is_not_noted(start: Start, store: FaultyStore, sender: Sender) -> None:
    client = await start()
    ours = (
        "state/inbox/1.json",
        "state/batches.json",
        "processed/x.csv",
        "staging/1.csv",
        "raw/x.txt",
        "raw/",
    )
    assert await notify(client, sender.notification(*ours)) == (200, OK)
    other = sender.signed(message("Notification", Message=s3_event("raw/x.csv", bucket="other")))
    assert await notify(client, other) == (200, OK)
    test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "sensors"}
    assert await notify(client, sender.signed(message("Notification", Message=json.dumps(test)))) == (200, OK)
    assert store.shared.written == []


async def test_keys_below_a_prefix(start: Start, store: FaultyStore, sender: Sender) -> None:
    client = await start("Batches:Url=s3://sensors/plant/1")
    store.shared.write("raw/x.csv", TABLE)
    assert await notify(client, sender.notification("raw/x.csv", "plant/1/raw/x.csv")) == (200, OK)
    await finished(client, 1)
    assert "processed/x.csv" in store.shared.objects


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_certificate_that_cannot_be_fetched_now_loses_nothing(
    start: Start, sender: Sender, sns: SnsHost, status: int
) -> None:
    client = await start()
    signed = sender.notification()
    sns.answers[PEM] = status
    code, content = await notify(client, signed)
    assert (code, content["error"]["code"]) == (503, "CertificateUnavailable")
    sns.answers.clear()
    assert await notify(client, signed) == (200, OK)
    sns.answers[PEM] = status
    assert await notify(client, signed) == (200, OK), "the certificate is known"


async def test_no_more_than_four_certificates_are_fetched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SECONDS_FOR_A_FETCH", 0.2)
    running = most = 0

    async def fetch(_url: str, _limit: int) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await asyncio.Event().wait()
        finally:
            running -= 1
        return b""

    subscription = cast("Any", SimpleNamespace(fetch=fetch, clock=lambda: 0.0))
    receiver = intake.Sns(subscription)
    calls = [receiver._certificate(f"https://{HOST}/{number}.pem") for number in range(20)]  # noqa: SLF001  # the bound itself
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(one) for one in found} == {CertificateUnavailable}, "each has a deadline"
    assert (most, running) == (4, 0)


async def test_eight_certificates_are_kept_for_a_day(
    start: Start, sender: Sender, sns: SnsHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start()
    paths = [f"/SimpleNotificationService-{number:032x}.pem" for number in range(9)]
    sns.bodies |= dict.fromkeys(paths, sender.pem)
    for path in [*paths, *paths[1:], paths[0]]:
        signed = sender.signed(
            message("Notification", Message=s3_event(), SigningCertURL=f"https://{HOST}{path}")
        )
        assert (await notify(client, signed))[0] == 200
    assert sns.requests == [*paths, paths[0]]
    monkeypatch.setattr(intake, "CERTIFICATE_SECONDS", 0.0)
    assert (
        await notify(
            client,
            sender.signed(
                message("Notification", Message=s3_event(), SigningCertURL=f"https://{HOST}{paths[5]}")
            ),
        )
    )[0] == 200
    assert sns.requests[-1] == paths[5]


def test_messages_are_counted_by_kind_and_result() -> None:
    text = generate_latest(REGISTRY).decode()
    assert 'anomaly_batches_notify_total{kind="Notification",result="ok"}' in text
    assert 'anomaly_batches_notify_total{kind="other",result="InvalidMessage"}' in text
    assert 'anomaly_batches_notify_total{kind="SubscriptionConfirmation",result="confirmed"}' in text
