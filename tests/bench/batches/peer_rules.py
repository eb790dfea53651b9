"""The rules of the original pipeline with pandas and scikit-learn, timed; run by the peer's interpreter.

`peer_rules.py WARM FILE OUT REPEATS` prints the processor seconds of each repetition and the peak of memory.
The baseline is merged (Chan) instead of updated value by value: the faster of the two.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # its types are a package that is not installed
from sklearn.ensemble import IsolationForest

COLUMNS = ("temperature", "humidity", "pressure", "wind_speed")
MATURITY = 30
THRESHOLD = 3.0


def merge(known: dict[str, float] | None, values: Any) -> dict[str, float]:  # noqa: ANN401  # an array of the peer
    """Merge the values of a column into its baseline."""
    count, mean = float(len(values)), float(values.mean())
    squares = float(((values - mean) ** 2).sum())
    if known is not None:
        total, apart = known["count"] + count, mean - known["mean"]
        squares += known["M2"] + apart * apart * known["count"] * count / total
        mean = known["mean"] + apart * count / total
        count = total
    std = math.sqrt(squares / count) if count >= 2 else 0.0
    return {"count": count, "mean": mean, "M2": squares, "std": std}


def score(path: Path, out: Path, baseline: dict[str, dict[str, float]]) -> None:
    """Score a file, and write the scored file, the baseline and the summary."""
    frame = pd.read_csv(path)
    for column in COLUMNS:
        values = frame[column].dropna().to_numpy()
        if len(values):
            baseline[column] = merge(baseline.get(column), values)
    matrix = frame[list(COLUMNS)]
    flagged = pd.Series(data=False, index=frame.index)
    for column in COLUMNS:
        known = baseline[column]
        if known["count"] < MATURITY:
            frame[f"{column}_zscore"] = None
            frame[f"{column}_zscore_flag"] = None
            continue
        z = (frame[column] - known["mean"]).abs() / known["std"] if known["std"] else frame[column] * 0.0
        flag = z > THRESHOLD
        frame[f"{column}_zscore"] = z.round(4)
        frame[f"{column}_zscore_flag"] = flag
        flagged |= flag
    filled = matrix.fillna(matrix.median())
    forest = IsolationForest(n_estimators=100, contamination=0.05, random_state=42)
    forest.fit(filled)
    frame["if_label"] = forest.predict(filled)
    frame["if_score"] = forest.decision_function(filled).round(4)
    frame["if_flag"] = frame["if_label"] == -1
    frame["anomaly"] = frame["if_flag"] | flagged
    frame.to_csv(out / path.name, index=False)
    (out / "baseline.json").write_text(json.dumps(baseline, indent=2))
    anomalies = int(frame["anomaly"].sum())
    summary = {
        "total_rows": len(frame),
        "anomaly_count": anomalies,
        "anomaly_rate": round(anomalies / len(frame), 4),
        "baseline_observation_counts": {column: baseline[column]["count"] for column in COLUMNS},
    }
    (out / "summary.json").write_text(json.dumps(summary, indent=2))


def main(warm: Path, path: Path, out: Path, repeats: int) -> None:
    """Score a first file, so that all is imported and the baseline is mature, and time the other."""
    baseline: dict[str, dict[str, float]] = {}
    score(warm, out, baseline)
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        score(path, out, dict(baseline))
        seconds.append(time.process_time() - began)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
