from __future__ import annotations

from string import Formatter

import msgspec

from anomaly_container.services.univariate.contract.errors import (
    FAULTS,
    ContractError,
    ErrorCode,
    univariate_body,
)
from anomaly_container.services.univariate.contract.fields import Fields, Point
from anomaly_container.services.univariate.contract.names import (
    FIELD_NAMES,
    pascal_case,
    with_pascal_case_names,
)


def test_univariate_errors_are_flat() -> None:
    error = ContractError("InvalidPeriod", "The 'period' field must be an integer >= 0.")
    assert univariate_body(error) == (
        b'{"code":"InvalidPeriod","message":"The \'period\' field must be an integer >= 0."}'
    )
    assert error.status == 400


def test_codes_are_plain_in_a_body() -> None:
    for fault in FAULTS:
        assert univariate_body(ContractError(fault.code, "x")) == (
            f'{{"code":"{fault.code.value}","message":"x"}}'.encode()
        )


def test_a_message_without_parts_is_its_template() -> None:
    for fault in FAULTS:
        if not any(name for _, name, _, _ in Formatter().parse(fault.template)):
            assert fault.error().message == fault.template == fault.template.format()


def test_every_code_is_used() -> None:
    assert {fault.code for fault in FAULTS} == set(ErrorCode)
    assert len({fault.template for fault in FAULTS}) == len(FAULTS)


def test_every_field_that_is_read_has_its_name_in_the_list() -> None:
    read = msgspec.structs.fields(Fields) + msgspec.structs.fields(Point)
    spelled = {
        msgspec.defstruct("T", [field.name], rename="camel").__struct_encode_fields__[0] for field in read
    }
    assert spelled | {"imputeValue"} == set(FIELD_NAMES)


def test_pascal_case() -> None:
    assert [pascal_case(name) for name in ("series", "customInterval", "")] == [
        "Series",
        "CustomInterval",
        "",
    ]


def test_only_names_of_fields_change_in_a_message() -> None:
    message = (
        "'timestamp' or 'value' in 'series'; series' length, sorted by timestamp, 'daily', (maxAnomalyRatio)"
    )
    assert with_pascal_case_names(message) == (
        "'Timestamp' or 'Value' in 'Series'; series' length, sorted by timestamp, 'daily', (MaxAnomalyRatio)"
    )
