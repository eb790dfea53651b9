"""The state of a partition.

The smallest example: the state of a document is equal to the one that the document was made from.
"""

from __future__ import annotations

from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.state import decoded, encoded
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings


def test_a_state_goes_through_bytes_unchanged() -> None:
    scoring = Scoring(stream_settings(), sample_model(), instance="mine")
    scoring.begin("web", None)
    records = [*records_of(sample_lines()[:300]), *records_of([b"broken"])]
    scoring.take(Batch(records, {"web": {"offset": 12_345, "line": 301}}))
    content = scoring.document("web")
    state = decoded(content)
    assert encoded(state) == content
    assert state.offset == 12_345
    assert state.totals.of("mine") == 300
    assert state.model == sample_model().id
