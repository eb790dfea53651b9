"""The requests that the recipes for Power BI and Grafana describe, and the columns they read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import requests

from tests.bodies import points
from tests.samples import LOCAL, read

if TYPE_CHECKING:
    from tests.system.server import Server

POWER_BI = "docs/recipes/powerbi.md"
GRAFANA = "docs/recipes/grafana.md"


def power_bi() -> tuple[str, dict[str, Any]]:
    query, body, _ = read(POWER_BI)
    assert (query.language, body.language) == ("powerquery", "json")
    return query.text, json.loads(body.text)


def test_dates_as_text_are_the_same_days(server: Server) -> None:
    _, body = power_bi()
    as_text = read(POWER_BI)[2]
    assert as_text.language == "json"
    assert json.loads(as_text.text)["Series"][11] == {"Timestamp": "1/12/2026 12:00:00 AM", "Value": 1330}
    url = f"{server.url}/anomalydetector/v1.0/timeseries/entire/detect"
    answers = [requests.post(url, data=text, timeout=30) for text in (json.dumps(body), as_text.text)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def quoted(text: str) -> list[str]:
    return re.findall(r'"([^"]+)"', text)


def test_the_body_is_the_one_the_query_makes() -> None:
    query, body = power_bi()
    [record] = re.findall(r"Json\.FromValue\(\[(.+?)\]\)", query)
    fields = dict(field.split(" = ") for field in record.split(", "))
    assert list(fields) == list(body)
    assert (json.loads(fields["Granularity"]), json.loads(fields["Sensitivity"])) == ("daily", 95)
    assert (body["Granularity"], body["Sensitivity"]) == ("daily", 95)
    [columns] = re.findall(r"Table\.SelectColumns\(points, \{(.+?)\}\)", query)
    assert all(list(point) == quoted(columns) for point in body["Series"])


def test_power_bi_finds_every_column_the_query_names(server: Server) -> None:
    query, body = power_bi()
    [endpoint] = re.findall(r'Endpoint = "(.+?)"', query)
    [written] = re.findall(r"Headers = \[(.+?)\],\n", query)
    headers = dict(re.findall(r'#"([^"]+)" = "([^"]+)"', written))
    assert set(headers) == {"Content-Type", "Ocp-Apim-Subscription-Key"}
    url = endpoint.replace(LOCAL, server.url)
    assert requests.get(url, timeout=30).status_code == 200
    response = requests.post(url, data=json.dumps(body), headers=headers, timeout=30)
    assert response.status_code == 200
    [columns] = re.findall(r"Columns = \{(.+?)\}", query)
    assert len(quoted(columns)) == 6
    for column in quoted(columns):
        assert len(response.json()[column]) == len(body["Series"]), column
    assert response.json()["IsAnomaly"][-1] is True


def test_the_query_of_power_bi_meets_the_status_and_the_field_it_looks_for_in_a_refusal(
    server: Server,
) -> None:
    query, body = power_bi()
    [endpoint] = re.findall(r'Endpoint = "(.+?)"', query)
    assert "ManualStatusHandling = {400}" in query
    assert 'Record.HasFields(Answer, "message")' in query
    refused = body | {"Series": body["Series"][:3]}
    response = requests.post(endpoint.replace(LOCAL, server.url), json=refused, timeout=30)
    assert response.status_code == 400
    assert response.json()["message"] == "The 'Series' field must have at least 12 points."


def test_grafana_finds_every_column_its_query_names(server: Server) -> None:
    [block] = read(GRAFANA)
    query = json.loads(block.text)
    options = query["url_options"]
    assert "${points:raw}" in options["data"]
    series = points(48)
    series[-1]["value"] = 99.0
    hourly = [
        {"timestamp": f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z", "value": point["value"]}
        for hour, point in enumerate(series)
    ]
    response = requests.request(
        options["method"],
        query["url"].replace(LOCAL, server.url),
        data=options["data"].replace("${points:raw}", json.dumps(hourly)),
        headers={"Content-Type": options["body_content_type"]},
        timeout=30,
    )
    assert response.status_code == 200
    answer = response.json()
    types = {"boolean": bool, "number": float}
    assert len(query["columns"]) == 5
    for column in query["columns"]:
        assert isinstance(answer[column["selector"]], types[column["type"]]), column
    assert answer["isAnomaly"] is True
