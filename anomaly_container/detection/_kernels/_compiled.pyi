from anomaly_container.detection.types import FloatArray, SingleArray

def stl(
    values: FloatArray,
    trend: FloatArray,
    seasonal: FloatArray,
    remainder: FloatArray,
    period: int,
    seasonal_span: int,
    trend_span: int,
    trend_step: int,
    low_pass_span: int,
    low_pass_step: int,
    passes: int,
    /,
) -> None: ...
def median_slope(values: FloatArray, /) -> float: ...
def truncated_ends(values: FloatArray, single: SingleArray, medians: SingleArray, width: int, /) -> None: ...
def median_distances(ordered: SingleArray, centre: SingleArray, distance: SingleArray, /) -> None: ...
def phase_sums(values: FloatArray, total: FloatArray, squares: FloatArray, /) -> None: ...
