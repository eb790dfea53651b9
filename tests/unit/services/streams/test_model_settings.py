"""Settings of models.

The smallest example: a shingle of 64 rows of the seven features would be 448 columns, and is refused.
"""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.support.stream_events import streams_settings


def test_what_is_made_of_the_values() -> None:
    found = streams_settings(Sarima__Order="2, 1, 0", Sarima__Season="1,0,0,24", Forest__Decay=0.5)
    assert (found.order, found.season, found.forest_decay) == ((2, 1, 0), (1, 0, 0, 24), 0.5)
    assert streams_settings(Threshold__Rule=2.5).threshold_rule == "2.5"
    assert streams_settings(Threshold__Rule="Tracking").threshold_rule == "tracking"
    assert streams_settings(Svm__Gamma=0.1).svm_gamma == "0.1"
    assert streams_settings(Forest__Shingle=36).shingle == 36
    assert streams_settings(Features="x:numeric", Forest__Shingle=64).shingle == 64


@pytest.mark.parametrize(
    "words",
    [
        {"Forest__Shingle": 37},
        {"Forest__Shingle": 0},
        {"Features": "x:numeric,y:numeric,z:numeric,a:numeric,b:numeric", "Forest__Shingle": 64},
        {"Features": "x"},
        {"Forest__Trees": 0},
        {"Forest__Trees": 1001},
        {"Forest__Sample": 1},
        {"Forest__Sample": 4097},
        {"Forest__Seed": -1},
        {"Forest__Seed": 2**63},
        {"Forest__Decay": 1.1},
        {"Forest__MaxMegabytes": 15},
        {"Train__Share": 0.96},
        {"Train__HoldOut": 0.51},
        {"Train__MaxRows": 999},
        {"Sarima__Metric": "response_time"},
        {"Sarima__Metric": "response_time:p50"},
        {"Sarima__Every": "day"},
        {"Sarima__Order": "1,0"},
        {"Sarima__Order": "1,3,1"},
        {"Sarima__Order": "1,-1,1"},
        {"Sarima__Season": "1,0,0,0"},
        {"Sarima__Season": "0,0,0,1"},
        {"Svm__Nu": 0},
        {"Svm__Gamma": "0"},
        {"Svm__Gamma": "auto"},
        {"Threshold__Rule": "four-sigma"},
        {"Threshold__Rule": "nan"},
        {"Threshold__Rule": "-1"},
        {"Threshold__Rule": True},
        {"Threshold__Window": 29},
        {"Threshold__Rate": 0},
        {"Threshold__Gain": 1.1},
        {"Threshold__Basis": "all"},
    ],
)
def test_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        streams_settings(**words)
