"""Parked records and outputs.

The smallest example: a record that is not JSON is a document with the reason and its bytes in base64.
"""

from __future__ import annotations

from base64 import b64decode

import orjson

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.outputs import Output, What, given_up, identity_of, parked
from tests.support.sink_outputs import notice, result


def test_a_parked_record_keeps_its_bytes() -> None:
    value = b"\xff\x00 not text"
    output = parked(Record("orders-0-7", "orders-0", 7, 8, value, 1_767_225_600.5), "not-utf-8", "Byte 0.")
    document = orjson.loads(output.line)
    assert document == {
        "id": "orders-0-7",
        "reason": "not-utf-8",
        "detail": "Byte 0.",
        "partition": "orders-0",
        "offset": 7,
        "time": 1_767_225_600.5,
        "value": "/wAgbm90IHRleHQ=",
    }
    assert b64decode(document["value"]) == output.record == value
    assert (output.what, output.state, output.offset) == (What.PARKED, "not-utf-8", 7)


def test_what_a_sink_did_not_take_is_parked_as_it_would_have_been_sent() -> None:
    output = given_up(result(7), "hook", "The host answered 404.")
    assert (output.id, output.state, output.record) == ("orders-0-7", "sink:hook", result(7).line)


def test_the_identity_is_the_id_and_for_what_is_parked_also_the_reason() -> None:
    outputs: list[Output] = [result(7), notice(3), given_up(result(7), "a", ""), given_up(result(7), "b", "")]
    identities = [output.identity for output in outputs]
    assert identities == ["orders-0-7", "shop/anomalies/3", "orders-0-7 sink:a", "orders-0-7 sink:b"]
    assert [identity_of(orjson.loads(output.line)) for output in outputs] == identities
