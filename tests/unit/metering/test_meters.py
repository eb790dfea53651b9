"""The closed list of meters.

`EntireDetect` is reported as `CognitiveServices.AnomalyDetector.Container.EntireDetect`.
"""

from __future__ import annotations

from anomaly_container.metering.meters import METERS, last_part, listed, wire_name
from anomaly_container.metering.record_schema import METER_NAMES
from anomaly_container.process.services import services_of
from anomaly_container.services import PORTS

OF_SERVICES = {
    "univariate": ["EntireDetect", "LastDetect", "ChangePointDetect", "DataPoints"],
    "batches": ["BatchDetect", "DataPoints"],
    "streams": ["StreamEvents"],
    "novelty": ["NoveltyObservations"],
    "multivariate": [
        "MultivariateTrain",
        "MultivariateDetectBatch",
        "MultivariateDetectLast",
        "MultivariateDataPoints",
    ],
}
"""What each service counts, those to come included; the list holds all of it, in this order."""


def test_a_meter_has_the_prefix_that_all_have() -> None:
    assert wire_name("EntireDetect") == "CognitiveServices.AnomalyDetector.Container.EntireDetect"
    assert last_part(wire_name("EntireDetect")) == "EntireDetect"


def test_the_list_is_that_of_all_services() -> None:
    names = dict.fromkeys(name for names in OF_SERVICES.values() for name in names)
    assert list(map(wire_name, names)) == list(METERS)
    assert frozenset(METERS) == METER_NAMES, "the endpoint takes the same"


def test_each_service_counts_what_the_list_has_for_it() -> None:
    # The metering endpoint itself counts nothing.
    services = [service for word in PORTS if word != "meter" for service in services_of(word)]
    assert services
    for service in services:
        assert list(service.meters) == list(map(wire_name, OF_SERVICES[service.name]))


def test_a_record_lists_the_meters_of_the_container_zero_or_not_but_multivariate_only_if_used() -> None:
    univariate, multivariate = (
        tuple(map(wire_name, OF_SERVICES[name])) for name in ("univariate", "multivariate")
    )
    entire, train, events = map(wire_name, ("EntireDetect", "MultivariateTrain", "StreamEvents"))
    nothing = dict.fromkeys(univariate, 0)
    assert listed({}, univariate + multivariate) == nothing
    assert listed({train: 2, entire: 1}, multivariate + univariate) == {**nothing, entire: 1, train: 2}
    assert list(listed({train: 2, entire: 1}, multivariate + univariate)) == [*univariate, train]
    assert listed({events: 3}, univariate) == {**nothing, events: 3}, "of a service that ran here before"
