"""openapi.yaml says what the contract does: versions, fields, bounds, defaults, codes, true examples."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import openapi_spec_validator
import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # has no types and no stubs here

from anomaly_container import __version__
from anomaly_container.detection.univariate import Granularity, ImputeMode, MarginRule, Options
from anomaly_container.metering.log_sender import InvalidMonthError
from anomaly_container.metering.policy import MESSAGES, ApiStatus
from anomaly_container.metering.usage_log import UsageLogError
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract import limits
from anomaly_container.services.univariate.contract.errors import (
    BOUNDARY_VERSIONS,
    GRANULARITIES,
    IMPUTE_MODES,
    ContractError,
    ErrorCode,
)
from anomaly_container.services.univariate.contract.fields import Fields, Point
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.series_answer import series_answer
from anomaly_container.services.univariate.contract.series_file import (
    DateOrder,
    ReadOptions,
    SeriesFileError,
    read_series_file,
)
from anomaly_container.services.univariate.contract.versions import FACTS, ApiVersion, Operation
from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from anomaly_container.services.univariate.pages import PROBE
from anomaly_container.services.univariate.series_page import PARAMETERS, UNREADABLE_SERIES_FILE
from anomaly_container.services.univariate.service import SERVICE
from anomaly_container.web.access_keys import KEY_HEADER
from anomaly_container.web.metering_gate import COULD_NOT_CONNECT, NO_CREDIT
from anomaly_container.web.pages.usage_logs import DAMAGED

SPEC: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "openapi.yaml").read_text(encoding="utf-8")
)
COMPONENTS = SPEC["components"]
SCHEMAS = COMPONENTS["schemas"]
DETECTIONS = [Operation.ENTIRE, Operation.LAST]
EVERY_OPERATION = list(product(ApiVersion, Operation))


def resolve(node: Any) -> Any:  # noqa: ANN401 # a piece of a YAML document
    """Return what a node stands for."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = SPEC
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node


def path_of(version: ApiVersion, operation: Operation) -> str:
    return f"/anomalydetector/{version}/timeseries/{operation}/detect"


def post(version: ApiVersion, operation: Operation) -> dict[str, Any]:
    method: dict[str, Any] = SPEC["paths"][path_of(version, operation)]["post"]
    return method


def json_content(node: object) -> dict[str, Any]:
    content: dict[str, Any] = resolve(node)["content"]["application/json"]
    return content


def request_schema(version: ApiVersion, operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = resolve(json_content(post(version, operation)["requestBody"])["schema"])
    return schema


def answer_schema(version: ApiVersion, operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = resolve(json_content(post(version, operation)["responses"]["200"])["schema"])
    return schema


def properties(schema: dict[str, Any]) -> set[str]:
    """Return the names of a schema and of those it is composed of."""
    inherited = [properties(resolve(part)) for part in schema.get("allOf", [])]
    return set(schema.get("properties", {})).union(*inherited)


def accepts(schema: dict[str, Any], document: object) -> bool:
    return bool(Draft202012Validator({**schema, "components": COMPONENTS}).is_valid(document))


def wire_name(field: str) -> str:
    return str(msgspec.defstruct("Named", [field], rename="camel").__struct_encode_fields__[0])


def request_example(operation: Operation) -> dict[str, Any]:
    name = "ChangePointRequest" if operation is Operation.CHANGE_POINT else "DetectRequest"
    return dict(COMPONENTS["examples"][name]["value"])


def test_the_document_is_valid() -> None:
    openapi_spec_validator.validate(SPEC)
    assert SPEC["info"]["version"] == __version__


def test_every_operation_of_every_version_is_there() -> None:
    wanted = {path_of(*pair) for pair in EVERY_OPERATION}
    assert {path for path in SPEC["paths"] if path.startswith("/anomalydetector/")} == wanted
    assert {"/", "/status", "/ready"} <= set(SPEC["paths"])
    assert {tag["name"] for tag in SPEC["tags"]} - {"container"} == {str(version) for version in ApiVersion}
    assert all(post(*pair)["tags"] == [str(pair[0])] for pair in EVERY_OPERATION)


@pytest.mark.parametrize("version", ApiVersion)
def test_required_fields(version: ApiVersion) -> None:
    needs = {"series", "granularity"} if FACTS[version].granularity_required else {"series"}
    for operation in DETECTIONS:
        schema = request_schema(version, operation)
        assert set(schema["required"]) == needs
        assert schema["properties"]["granularity"].get("default") == (
            None if "granularity" in needs else Granularity.NONE
        )
    assert set(request_schema(version, Operation.CHANGE_POINT)["required"]) == {"series", "granularity"}


@pytest.mark.parametrize("version", ApiVersion)
def test_every_field_that_is_read_is_there_and_no_other(version: ApiVersion) -> None:
    read = {wire_name(field) for field in Fields.__struct_fields__}
    strategy = {"imputeStrategy"} if FACTS[version].impute_strategy else set()
    for operation in DETECTIONS:
        detection = read - {"stableTrendWindow", "imputeStrategy"} | strategy
        assert properties(request_schema(version, operation)) == detection
    assert properties(request_schema(version, Operation.CHANGE_POINT)) == {
        *("series", "granularity", "customInterval", "period", "stableTrendWindow", "threshold")
    }
    assert set(SCHEMAS["Point"]["properties"]) == {wire_name(part) for part in Point.__struct_fields__}


@pytest.mark.parametrize("version", ApiVersion)
def test_fields_beyond_a_versions_specification_are_marked(version: ApiVersion) -> None:
    beyond = [] if FACTS[version].impute_mode else ["imputeMode", "imputeFixedValue"]
    for operation in DETECTIONS:
        assert request_schema(version, operation)["x-tolerated"] == beyond
    assert set(SCHEMAS["DetectFields"]["x-undocumented"]) == {
        *("alpha", "threshold", "fillUpMode", "fixedValue", "boundaryVersion")
    }


def test_words() -> None:
    assert SCHEMAS["Granularity"]["enum"] == [*GRANULARITIES, None]
    assert set(SCHEMAS["ImputeMode"]["enum"]) == {*IMPUTE_MODES, None}
    assert set(SCHEMAS["ImputeMode"]["enum"]) >= {str(mode) for mode in ImputeMode}
    assert SCHEMAS["BoundaryVersion"]["enum"] == [*BOUNDARY_VERSIONS, None]
    assert SCHEMAS["UnivariateError"]["properties"]["code"]["enum"] == [str(code) for code in ErrorCode]


def test_bounds() -> None:
    series = SCHEMAS["Series"]
    assert Limits() == Limits(series["minItems"], series["maxItems"])
    number = SCHEMAS["Point"]["properties"]["value"]["anyOf"][0]
    fixed = SCHEMAS["ImputeFixedValue"]
    for bounds in (number, fixed):
        assert (bounds["minimum"], bounds["maximum"]) == (-limits.MAX_MAGNITUDE, limits.MAX_MAGNITUDE)
    for name, low in (("CustomInterval", 1), ("Period", 0)):
        assert (SCHEMAS[name]["minimum"], SCHEMAS[name]["maximum"]) == (low, limits.MAX_INT32)
    ratio = SCHEMAS["MaxAnomalyRatio"]
    assert (ratio["exclusiveMinimum"], ratio["maximum"]) == (0, limits.MAX_ANOMALY_RATIO)
    sensitivity = SCHEMAS["Sensitivity"]
    assert (sensitivity["minimum"], sensitivity["maximum"]) == (0, limits.MAX_SENSITIVITY)
    change_points = SCHEMAS["ChangePointRequest"]["properties"]
    threshold = change_points["threshold"]
    assert (threshold["minimum"], threshold["maximum"]) == (
        limits.MIN_CHANGE_POINT_THRESHOLD,
        limits.MAX_CHANGE_POINT_THRESHOLD,
    )
    assert change_points["stableTrendWindow"]["minimum"] == limits.MIN_STABLE_TREND_WINDOW


def test_defaults() -> None:
    options = Options()
    assert SCHEMAS["CustomInterval"]["default"] == options.interval
    assert "default" not in SCHEMAS["Period"]
    assert options.period is None
    assert SCHEMAS["MaxAnomalyRatio"]["default"] == options.max_anomaly_ratio
    assert SCHEMAS["Sensitivity"]["default"] == options.sensitivity
    assert SCHEMAS["ImputeMode"]["default"] == options.impute_mode


EDGES: dict[str, list[object]] = {
    "customInterval": [1, 0, -1, 2**31 - 1, 2**31, "1", True, 1.5, None],
    "period": [0, 1, 6, -1, 2**31, "6", True, 6.5, None],
    "maxAnomalyRatio": [0.49, 0.4901, 0.01, 0.0, 1, "0.1", True, None],
    "sensitivity": [0, 99, 100, 101, -1, "99", True, 95.5, None],
    "imputeMode": ["auto", "no", "last", "notFill", "zero", "x", "", 1, None],
    "granularity": ["daily", "none", "Daily", "x", 1],
    "boundaryVersion": ["V1", "V2", "V3", "V4", 1, None],
    "alpha": [0.05, 1, 0, -1, "0.05", True, None],
    "threshold": [0.01, 0.5, 0.99, "0.5", True, None],
    "fillUpMode": ["auto", "no", "x", 1, None],
    "imputeFixedValue": [3, 1e100, -1e100, 1.1e100, "3", True],
    "fixedValue": [3, 1e100, -1e100, 1.1e100, "3", True],
    "imputeStrategy": [None, "auto", {}, {"imputeMode": "auto"}, {"imputeMode": "x"}],
    "stableTrendWindow": [3, 6, 2, -1, "3", True, 3.5, None],
    "series": [None, {}, "x", []],
}
# A fixed value is looked at only where its mode asks for it.
COMPANIONS: dict[str, dict[str, object]] = {
    "imputeFixedValue": {"imputeMode": "fixed"},
    "fixedValue": {"fillUpMode": "fixed"},
}


def parses(document: object, operation: Operation, version: ApiVersion) -> bool:
    try:
        parse(json.dumps(document).encode(), operation, version, Limits())
    except ContractError:
        return False
    return True


@pytest.mark.parametrize("version", ApiVersion)
@pytest.mark.parametrize("operation", Operation)
def test_schema_and_parser_draw_the_same_lines(operation: Operation, version: ApiVersion) -> None:
    schema = request_schema(version, operation)
    assert properties(schema) <= set(EDGES)
    # Without a unit every step is on the grid, however long.
    plain = request_example(operation) | {"granularity": "none"}
    for field in properties(schema):
        for value in EDGES[field]:
            document = plain | COMPANIONS.get(field, {}) | {field: value}
            assert accepts(schema, document) == parses(document, operation, version), (field, value)


POINT_EDGES: dict[str, list[object]] = {
    "value": [1, 1.5, 1e100, -1e100, 1.1e100, "5", " -1.5e3 ", ".5", "x", "", None, True, [], {}],
    "timestamp": ["2026-03-01T00:00:00Z", "2026-03-01", 1, True, [], {}],
}


@pytest.mark.parametrize("part", POINT_EDGES)
def test_schema_and_parser_draw_the_same_lines_for_points(part: str) -> None:
    schema = request_schema(ApiVersion.V1_1, Operation.ENTIRE)
    plain = request_example(Operation.ENTIRE)
    for value in POINT_EDGES[part]:
        document = plain | {"series": [plain["series"][0] | {part: value}, *plain["series"][1:]]}
        assert accepts(schema, document) == parses(document, Operation.ENTIRE, ApiVersion.V1_1), value


@pytest.mark.parametrize(("version", "operation"), EVERY_OPERATION)
def test_examples_are_what_the_engine_answers(version: ApiVersion, operation: Operation) -> None:
    method = post(version, operation)
    request = resolve(json_content(method["requestBody"])["examples"]["daily"])["value"]
    wanted = resolve(json_content(method["responses"]["200"])["examples"]["daily"])["value"]
    assert request == request_example(operation)
    assert accepts(request_schema(version, operation), request)
    assert accepts(answer_schema(version, operation), wanted)
    answer = engine.answer(json.dumps(request).encode(), operation, version, Limits())
    got = json.loads(answer.body)
    assert list(got) == list(wanted)
    for name, value in wanted.items():
        assert got[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
    headers = method["responses"]["200"]
    assert set(answer.headers) | {"apim-request-id"} == set(resolve(headers)["headers"])
    assert int(answer.headers["model-id"]) in COMPONENTS["headers"]["ModelId"]["schema"]["enum"]
    assert accepts(COMPONENTS["headers"]["BillingUsage"]["schema"], answer.headers["csp-billing-usage"])


@pytest.mark.parametrize(("version", "operation"), EVERY_OPERATION)
def test_answers_have_the_fields_of_the_schema_and_no_other(
    version: ApiVersion, operation: Operation
) -> None:
    body = json.dumps(request_example(operation)).encode()
    answer = json.loads(engine.answer(body, operation, version, Limits()).body)
    schema = answer_schema(version, operation)
    inherited = [resolve(part)["required"] for part in schema.get("allOf", [])]
    assert properties(schema) == set(answer) == set(schema["required"]).union(*inherited)
    has_severity = operation is not Operation.CHANGE_POINT and FACTS[version].severity
    assert ("severity" in answer) == has_severity


def test_words_about_versions() -> None:
    described = {tag["name"]: tag["description"] for tag in SPEC["tags"]}
    for version, facts in FACTS.items():
        text = described[str(version)]
        assert ("required" in text) == facts.granularity_required
        assert ("no severity" not in text) == facts.severity
        assert ("proportional margins" in text) == (facts.margin_rule is MarginRule.V1)
        assert ("`imputeStrategy`" in text) == facts.impute_strategy
        assert ("`imputeMode`" in text) == facts.impute_mode


@pytest.mark.parametrize(("version", "operation"), EVERY_OPERATION)
def test_every_error_is_there(version: ApiVersion, operation: Operation) -> None:
    responses = post(version, operation)["responses"]
    assert set(responses) == {"200", "400", "403", "503"} | {str(status) for status in PLATFORM_MESSAGES}
    for status, response in responses.items():
        assert "apim-request-id" in resolve(response)["headers"]
        if status != "200":
            assert "x-ms-error-code" in resolve(response)["headers"]
        if status in {"429", "503"}:
            assert "Retry-After" in resolve(response)["headers"]


def test_a_key_may_come_in_either_header() -> None:
    schemes = COMPONENTS["securitySchemes"]
    assert schemes["subscriptionKey"]["name"] == KEY_HEADER
    assert schemes["bearerKey"] | {"description": ""} == {
        "type": "http",
        "scheme": "bearer",
        "description": "",
    }
    for methods in SPEC["paths"].values():
        for method in methods.values():
            assert method["security"] == [{}, {"subscriptionKey": []}, {"bearerKey": []}]
            assert "WWW-Authenticate" in resolve(method["responses"]["401"])["headers"]


def test_error_examples() -> None:
    for name, response in COMPONENTS["responses"].items():
        content = response["content"].get("application/json", {"schema": {"$ref": ""}})
        if "UnivariateError" in content["schema"]["$ref"]:
            for example in content["examples"].values():
                assert accepts(SCHEMAS["UnivariateError"], example["value"])
        elif "PlatformError" in content["schema"]["$ref"]:
            assert accepts(SCHEMAS["PlatformError"], content["example"]), name
            error = content["example"]["error"]
            known = {str(status): {text} for status, text in PLATFORM_MESSAGES.items()}
            known |= {code: set(MESSAGES.values()) for code in (NO_CREDIT, COULD_NOT_CONNECT)}
            known["400"].add(InvalidMonthError.MESSAGE)
            known[DAMAGED] = {str(UsageLogError(4))}
            assert error["message"] in known[error["code"]]


def test_the_400_examples_are_what_the_parser_says() -> None:
    examples = COMPONENTS["responses"]["BadRequest"]["content"]["application/json"]["examples"]
    document = request_example(Operation.ENTIRE)
    off_grid = [document["series"][0], document["series"][1] | {"timestamp": "2026-03-02T01:00:00Z"}]
    for name, broken in {
        "offGrid": document | {"series": [*off_grid, *document["series"][2:]]},
        "badPeriod": document | {"period": -1},
    }.items():
        with pytest.raises(ContractError) as caught:
            parse(json.dumps(broken).encode(), Operation.ENTIRE, ApiVersion.V1_1, Limits())
        assert examples[name]["value"] == {"code": caught.value.code, "message": caught.value.message}


def test_the_answer_to_a_look_is_the_one_documented() -> None:
    content = json_content(COMPONENTS["responses"]["Probe"])
    assert content["example"] == {"message": PROBE}
    assert accepts(SCHEMAS["Probe"], content["example"])


def test_the_examples_of_a_file_are_what_the_page_gets() -> None:
    content = json_content(COMPONENTS["responses"]["SeriesFile"])
    table = SPEC["paths"]["/ui/series"]["post"]["requestBody"]["content"]["application/octet-stream"][
        "example"
    ]
    answer = json.loads(series_answer(read_series_file(table.encode(), ReadOptions())))
    example = resolve(content["examples"]["visits"])["value"]
    assert answer | {"notes": []} == example
    assert accepts(SCHEMAS["SeriesFile"], answer)
    broken = resolve(json_content(COMPONENTS["responses"]["UnreadableSeriesFile"])["examples"]["number"])[
        "value"
    ]
    with pytest.raises(SeriesFileError) as caught:
        read_series_file(table.replace("8.5", "x").encode(), ReadOptions())
    assert broken == {
        "code": UNREADABLE_SERIES_FILE,
        "message": caught.value.reason,
        "line": caught.value.line,
    }
    assert accepts(SCHEMAS["FileError"], broken)


def test_the_parameters_of_a_file_are_those_that_are_read() -> None:
    parameters = {each["name"]: each["schema"] for each in SPEC["paths"]["/ui/series"]["post"]["parameters"]}
    assert set(parameters) == set(PARAMETERS.values())
    assert set(parameters["dateOrder"]["enum"]) == set(DateOrder)
    assert SCHEMAS["FileError"]["properties"]["option"]["enum"] == list(PARAMETERS.values())


def test_the_words_of_metering() -> None:
    assert set(SCHEMAS["Status"]["properties"]["apiStatus"]["enum"]) == {str(word) for word in ApiStatus}
    meters = SCHEMAS["Usage"]["properties"]["meters"]["items"]["properties"]["name"]["enum"]
    assert meters == list(SERVICE.meters)
