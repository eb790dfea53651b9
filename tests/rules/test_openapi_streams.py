"""The description of streams says what the routes answer: words, bounds, errors, true examples.

The smallest example: `{"scores": [{"score": 1.02}]}` is an answer of `/invocations`; `{"scores": 1}` is not.
"""

from __future__ import annotations

import json
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # has no types and no stubs here

from anomaly_container import __version__
from anomaly_container.services.streams import errors, handlers
from anomaly_container.services.streams.contract import state
from anomaly_container.services.streams.contract.answer import rendered
from anomaly_container.services.streams.contract.body import CSV, JSON, JSON_LINES, LARGEST, read
from anomaly_container.services.streams.drift import EVENTS
from anomaly_container.services.streams.invocation import RowResult
from anomaly_container.services.streams.notices import State
from anomaly_container.services.streams.results import MOST_REASONS, Reason
from anomaly_container.services.streams.service import SERVICE
from anomaly_container.web.access_keys import KEY_HEADER
from anomaly_container.web.errors import MESSAGES
from tests.rules import test_openapi as univariate

assert SERVICE.openapi is not None
SPEC: dict[str, Any] = yaml.safe_load(SERVICE.openapi.read_text(encoding="utf-8"))
COMPONENTS = SPEC["components"]
SCHEMAS = COMPONENTS["schemas"]
KEYS: list[dict[str, list[str]]] = [{}, {"subscriptionKey": []}, {"bearerKey": []}]
METHODS = [(path, method) for path, item in SPEC["paths"].items() for method in item.values()]
INVOCATIONS = SPEC["paths"]["/invocations"]["post"]


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


def test_the_document_is_valid() -> None:
    openapi_spec_validator.validate(SPEC)
    assert SPEC["info"]["version"] == __version__
    assert accepts(SCHEMAS["Scores"], {"scores": [{"score": 1.02}]})
    assert not accepts(SCHEMAS["Scores"], {"scores": 1})


def test_every_example_matches_its_schema() -> None:
    contents = [
        resolve(response).get("content", {}).get(JSON)
        for _, method in METHODS
        for response in method["responses"].values()
    ]
    contents += [response["content"].get(JSON) for response in COMPONENTS["responses"].values()]
    contents.append(INVOCATIONS["requestBody"]["content"][JSON])
    seen = 0
    for content in filter(None, contents):
        examples = [resolve(one)["value"] for one in content.get("examples", {}).values()]
        for example in [*examples, *([content["example"]] if "example" in content else [])]:
            assert accepts(content["schema"], example), example
            seen += 1
    assert seen > 50


def test_the_examples_of_bodies_are_read() -> None:
    contents = INVOCATIONS["requestBody"]["content"]
    assert list(contents) == [CSV, JSON, JSON_LINES]
    bodies = [(CSV, contents[CSV]["example"]), (JSON_LINES, contents[JSON_LINES]["example"])]
    bodies += [(JSON, json.dumps(resolve(one)["value"])) for one in contents[JSON]["examples"].values()]
    for content_type, text in bodies:
        body = read(text.encode(), content_type, 7)
        assert len(body.rows) + len(body.events) == 1


@pytest.mark.parametrize("values", [True, False])
def test_the_answers_match_their_schema(values: bool) -> None:
    reason = Reason("path", 0.75, "low", "/a", None)
    results = [RowResult(1.5, 1.0, (reason,), has_values=True), RowResult(0.5, 1.0)]
    for explain in (True, False):
        content = json.loads(rendered(results, JSON, explain=explain, values=values))
        assert accepts(SCHEMAS["Scores"], content)


def test_words_and_bounds() -> None:
    assert SCHEMAS["Numbers"]["items"] == {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
    assert SCHEMAS["ErrorType"]["enum"] == sorted({*errors.TYPES.values(), errors.OTHERS})
    assert SCHEMAS["Score"]["properties"]["reasons"]["maxItems"] == MOST_REASONS
    of_state = SCHEMAS["State"]["properties"]
    assert of_state["alarms"]["additionalProperties"]["enum"] == [str(word) for word in State]
    assert of_state["results"]["maxItems"] == state.MOST_DRAWN
    assert str(EVENTS) in of_state["features"]["items"]["properties"]["missing"]["description"]
    parameters = {one["name"]: one for one in SPEC["paths"]["/streams/v1/anomalies"]["get"]["parameters"]}
    limit = parameters["limit"]["schema"]
    assert (limit["maximum"], limit["default"]) == (handlers.MOST_ANOMALIES, handlers.USUAL_ANOMALIES)
    report = SPEC["paths"]["/streams/v1/reports/{hour}"]["get"]
    [forms] = [one["schema"]["enum"] for one in report["parameters"] if one["name"] == "format"]
    assert forms == list(handlers.REPORT_TYPES)
    assert list(report["responses"]["200"]["content"]) == list(handlers.REPORT_TYPES.values())
    meters = SCHEMAS["Usage"]["properties"]["meters"]["items"]["properties"]["name"]["enum"]
    assert meters == list(SERVICE.meters)


def test_the_errors_are_those_of_the_service() -> None:
    raised = [errors.NotAcceptable(), errors.UnsupportedType(), errors.UnknownReport(), errors.NoModel()]
    own = {(errors.TYPES.get(error.status, errors.OTHERS), error.message) for error in raised}
    shell = {(errors.TYPES.get(status, errors.OTHERS), text) for status, text in MESSAGES.items()}
    found = set()
    for response in COMPONENTS["responses"].values():
        content = response["content"].get(JSON, {"schema": {}})
        if content["schema"].get("$ref", "").endswith("/Error"):
            assert "x-amzn-ErrorType" in response["headers"]
            found.add((content["example"]["code"], content["example"]["message"]))
    assert own <= found
    assert {message for _, message in found - own - shell} == {
        "row 3 has 6 values, the model has 7",
        "limit must be a whole number from 1 to 1000",
        "The month must be a number from 1 to 12, and the year must have four digits.",
        "Line 4 of the usage log is broken.",
    }


def test_a_key_may_come_in_either_header() -> None:
    assert COMPONENTS["securitySchemes"]["subscriptionKey"]["name"] == KEY_HEADER
    for _, method in METHODS:
        assert method["security"] == KEYS
        assert "WWW-Authenticate" in resolve(method["responses"]["401"])["headers"]


def test_the_pages_of_every_port_are_described_alike() -> None:
    """The two documents differ only in the files of the page and in the name of the service."""
    shared = {"/livez", "/readyz", "/metrics", "/swagger", "/docs", "/swagger/{FILE}", "/openapi.yaml"}
    shared |= {"/openapi.json", "/records/usage-logs/", "/records/usage-logs/{MONTH}/{YEAR}"}
    for path in shared:
        assert SPEC["paths"][path] == univariate.SPEC["paths"][path], path
