"""The description of batches says what the routes answer: words, bounds, errors, true examples.

The smallest example: `{"status": "ok"}` is an answer of `/notify`, and `{"status": "no"}` is not.
"""

from __future__ import annotations

import json
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # has no types and no stubs here

from anomaly_container import __version__
from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import contract, errors, handlers
from anomaly_container.services.batches.attempt import Attempt
from anomaly_container.services.batches.dead_letters import Reason
from anomaly_container.services.batches.intake.signature import SIGNED_FIELDS
from anomaly_container.services.batches.keys import batch_id, key_id
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.progress import Progress
from anomaly_container.services.batches.service import SERVICE
from anomaly_container.services.batches.state import State, UnknownStateError
from anomaly_container.services.batches.stretches import MOST_POINTS
from anomaly_container.services.batches.summary import timestamp
from anomaly_container.services.batches.waiting import Item
from anomaly_container.web.access_keys import KEY_HEADER
from anomaly_container.web.errors import MESSAGES, ShellError
from tests.rules import test_openapi as univariate

assert SERVICE.openapi is not None
ATTEMPT = Attempt(item=Item(key="raw/a.csv", etag="e"), began=0.0, open=list, progress=Progress(size=9))
SPEC: dict[str, Any] = yaml.safe_load(SERVICE.openapi.read_text(encoding="utf-8"))
COMPONENTS = SPEC["components"]
SCHEMAS = COMPONENTS["schemas"]
KEYS: list[dict[str, list[str]]] = [{}, {"subscriptionKey": []}, {"bearerKey": []}]
METHODS = [(path, method) for path, item in SPEC["paths"].items() for method in item.values()]
ENTRY = Entry(
    key="raw/a.csv",
    etag="e",
    attempt="t",
    revision=1,
    processed_at=timestamp(0.0),
    rows=100,
    anomalies=5,
    severity=1.5,
    strongest="zscore:a",
    counts={"a": 100},
)
STATE = State(
    mode="default",
    columns=("a",),
    files=1,
    rows=100,
    anomalies=5,
    ledger=State(mode="default", columns=("a",)).ledger.with_entries([ENTRY]),
)
LETTER = Entry(key="raw/b.csv", etag="e", published=True, reason="ragged", processed_at=timestamp(0.0))


def resolve(node: Any) -> Any:  # noqa: ANN401 # a piece of a YAML document
    """Return what a node stands for."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = SPEC
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node


def accepts(schema: dict[str, Any], document: object) -> bool:
    return bool(Draft202012Validator({**schema, "components": COMPONENTS}).is_valid(document))


def rendered(content: object) -> Any:  # noqa: ANN401  # JSON
    return json.loads(contract.render(content))


def test_the_document_is_valid() -> None:
    openapi_spec_validator.validate(SPEC)
    assert SPEC["info"]["version"] == __version__
    assert accepts(SCHEMAS["Notified"], {"status": "ok"})
    assert not accepts(SCHEMAS["Notified"], {"status": "no"})


def test_every_example_matches_its_schema() -> None:
    contents = [
        resolve(response).get("content", {}).get("application/json")
        for _, method in METHODS
        for response in method["responses"].values()
    ]
    contents += [response["content"].get("application/json") for response in COMPONENTS["responses"].values()]
    contents.append(SPEC["paths"]["/notify"]["post"]["requestBody"]["content"]["application/json"])
    seen = 0
    for content in filter(None, contents):
        examples = [resolve(one)["value"] for one in content.get("examples", {}).values()]
        for example in [*examples, *([content["example"]] if "example" in content else [])]:
            assert accepts(content["schema"], example), example
            seen += 1
    assert seen > 50


@pytest.mark.parametrize(
    ("schema", "content"),
    [
        (
            "Batches",
            contract.page("batches", [contract.batch(ENTRY)], ENTRY.id)
            | {"working": [contract.working(ENTRY.id, ATTEMPT)]}
            | contract.baseline_facts([STATE], 30),
        ),
        ("WorkingBatch", contract.working(ENTRY.id, ATTEMPT)),
        ("BatchWithSummary", contract.batch_with_summary(ENTRY, None)),
        ("DeadLetters", contract.page("deadletters", [contract.dead_letter(LETTER)], None)),
        ("Summary", contract.anomalies_summary([STATE])),
        ("Summary", contract.anomalies_summary([State(mode="default", columns=())])),
        ("Baseline", contract.current_baseline(STATE, None, 30)),
        ("Health", contract.health("sensors", timestamp(0.0))),
        (
            "RecentAnomalies",
            contract.recent_anomalies([{"a": float("nan"), "source_file": "processed/a.csv"}]),
        ),
    ],
)
def test_the_answers_match_their_schemas(schema: str, content: dict[str, Any]) -> None:
    assert accepts(SCHEMAS[schema], rendered(content)), rendered(content)


def test_an_answer_has_every_field_of_a_batch() -> None:
    assert set(contract.batch(ENTRY)) == set(SCHEMAS["Batch"]["properties"])
    assert set(contract.dead_letter(LETTER)) == set(SCHEMAS["DeadLetter"]["properties"])


def test_words_and_bounds() -> None:
    assert SCHEMAS["Reason"]["enum"] == [str(reason) for reason in Reason]
    assert set(SCHEMAS["Message"]["properties"]["Type"]["enum"]) == set(SIGNED_FIELDS)
    limit = COMPONENTS["parameters"]["Limit"]["schema"]
    assert (limit["maximum"], limit["default"]) == (handlers.MOST_ROWS, handlers.USUAL_LIMIT)
    assert limit["maximum"] == handlers.MOST_ENTRIES
    assert SCHEMAS["Rows"]["properties"]["rows"]["maxItems"] == MOST_POINTS
    meters = SCHEMAS["Usage"]["properties"]["meters"]["items"]["properties"]["name"]["enum"]
    assert meters == list(SERVICE.meters)


def test_ids_are_as_described() -> None:
    assert len(batch_id("raw/a.csv", "e")) == len(key_id("raw/a.csv")) == 16
    assert ENTRY.id == batch_id("raw/a.csv", "e")
    assert LETTER.id == key_id("raw/b.csv")


def test_the_errors_are_those_of_the_service() -> None:
    raised: list[ShellError] = [
        errors.InvalidLimit(1000),
        errors.UnknownBatch(),
        errors.UnknownPartition(),
        errors.UnknownDeadLetter(),
        errors.InvalidMessage(),
        errors.BadSignature(),
        errors.CertificateUnavailable(),
        errors.TopicNotAllowed(),
        errors.RawDelivery(),
        errors.CertificateUnavailable(),
        errors.SubscribeFailed(),
        errors.QueueFull(),
    ]
    away = json.loads(errors.store_unavailable(Unavailable("away")).body)["error"]
    unread = json.loads(errors.state_unreadable(UnknownStateError()).body)["error"]
    known = {(error.code, error.message) for error in raised} | {
        (answer["code"], answer["message"]) for answer in (away, unread)
    }
    known |= {(str(status), text) for status, text in MESSAGES.items()}
    found = set()
    for response in COMPONENTS["responses"].values():
        content = response["content"].get("application/json", {"schema": {}})
        if content["schema"].get("$ref", "").endswith("/Error"):
            examples = [one["value"] for one in content.get("examples", {}).values()]
            for example in examples or [content["example"]]:
                found.add((example["error"]["code"], example["error"]["message"]))
    words = {pair for pair in known if not pair[0].isdecimal()}
    assert words <= found
    others = {code for code, _ in found - known}
    assert others == {"400", "401", "UsageLogDamaged"}


def test_a_key_may_come_in_either_header_and_a_message_needs_none() -> None:
    assert COMPONENTS["securitySchemes"]["subscriptionKey"]["name"] == KEY_HEADER
    for path, method in METHODS:
        assert method["security"] == ([{}, {"notifyCredentials": []}] if path == "/notify" else KEYS)
        assert "WWW-Authenticate" in resolve(method["responses"]["401"])["headers"]


def test_the_pages_of_every_port_are_described_alike() -> None:
    """The two documents differ only in the files of the page and in the name of the service."""
    shared = {"/livez", "/readyz", "/metrics", "/swagger", "/docs", "/swagger/{FILE}", "/openapi.yaml"}
    shared |= {"/openapi.json", "/records/usage-logs/", "/records/usage-logs/{MONTH}/{YEAR}"}
    for path in shared:
        assert SPEC["paths"][path] == univariate.SPEC["paths"][path], path
