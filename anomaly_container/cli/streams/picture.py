"""Several charts below each other in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 1000
HEIGHT: Final = 320


def stacked(charts: Sequence[str]) -> str:
    """Return a picture of charts of 1,000 by 320 pixels, one below the other.

    Parameters
    ----------
    charts
        Documents of SVG, as `chart.svg` makes them.
    """
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT * len(charts)}">']
    for number, chart in enumerate(charts):
        place = f'<svg y="{number * HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        parts.append(place + chart.partition(">")[2].strip())
    return "".join([*parts, "</svg>\n"])
