"""Errors outside the operations: nested, with their code in a header too.

404 is `{"error":{"code":"404","message":"Resource not found"}}`.
"""

from __future__ import annotations

from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES, contract_error, error_answer
from anomaly_container.web.metering_gate import NO_CREDIT


def test_platform_errors_are_nested() -> None:
    assert error_answer(404, "404", None).body == b'{"error":{"code":"404","message":"Resource not found"}}'
    refused = error_answer(403, NO_CREDIT, "Api Key is invalid.")
    assert refused.body == b'{"error":{"code":"NoCredit","message":"Api Key is invalid."}}'
    assert refused.headers == {"x-ms-error-code": "NoCredit"}


def test_an_answer_that_is_kept_is_that_of_its_own_error() -> None:
    first, second = ContractError("BadArgument", "one"), ContractError("BadArgument", "two")
    for _ in range(2):
        assert contract_error(first).body == b'{"code":"BadArgument","message":"one"}'
        assert contract_error(second).body == b'{"code":"BadArgument","message":"two"}'
        assert contract_error(ContractError("BadArgument", "one", 404)).status == 404
    assert contract_error(first) is contract_error(ContractError("BadArgument", "one"))


def test_every_platform_status_has_a_text() -> None:
    assert sorted(PLATFORM_MESSAGES) == [400, 401, 404, 405, 408, 413, 414, 417, 429, 431, 500, 503]
    assert all(PLATFORM_MESSAGES.values())


def test_a_status_without_a_text_of_its_own_has_the_standard_phrase() -> None:
    assert error_answer(411, "411", None).body == b'{"error":{"code":"411","message":"Length Required"}}'
