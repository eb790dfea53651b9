"""What openapi.yaml allows and forbids, generated from it and sent to the real server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.system.server import Server

schema = schemathesis.openapi.from_path(
    Path(__file__).parents[2] / "openapi.yaml",
    config=SchemathesisConfig.from_dict({"generation": {"mode": "all"}}),
)

# A schema can neither say that timestamps ascend on a grid, nor that one mode alone reads the fixed value.
BEYOND_A_SCHEMA: list[Any] = schemathesis.checks.CHECKS.get_by_names(
    ["positive_data_acceptance", "negative_data_rejection"]
)


@schema.parametrize()
@settings(
    max_examples=25 * int(os.environ.get("FUZZ_FACTOR", "1")),
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(case: Case[Any], server: Server) -> None:
    response = case.call(base_url=server.url, allow_redirects=False)
    case.validate_response(response, excluded_checks=BEYOND_A_SCHEMA)
    assert response.status_code < 500
