"""Settings of the alarm, and of further alarms with a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from anomaly_container.services.streams.maintenance import parse
from anomaly_container.services.streams.words import comma_separated
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import any_case

T = TypeVar("T")

NAME: Final = re.compile(r"[a-z0-9-]{1,32}")
BUILT_IN: Final = ("parked", "lag", "silent")
"""The alarms about the stream itself; other alarms may not have their names."""


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """The settings of one alarm.

    Attributes
    ----------
    name
        Its name.
    threshold
        A window is breaching if it has more anomalies than this.
    period_seconds
        The length of a window.
    periods, datapoints
        The number of windows, and the number of them that must be breaching.
    window
        Windows that end at the time of the stream, or at multiples of the period.
    missing
        The way in which a window without events counts.
    clear_at, clear_ticks
        The alarm ends after so many ticks in a row at which too few windows have more than `clear_at`
        anomalies.
    maintenance
        The times at which nothing is sent, as written: intervals and times of the week.
    key
        A pattern that the key must match; None for every key.
    reasons
        The main feature must be one of these; empty for any.
    min_score
        Anomalies of a lower score do not count.
    """

    name: str
    threshold: int
    period_seconds: int
    periods: int
    datapoints: int
    window: Literal["sliding", "aligned"]
    missing: Literal["notBreaching", "breaching", "ignore", "missing"]
    clear_at: int
    clear_ticks: int
    maintenance: tuple[str, ...]
    key: str | None = None
    reasons: tuple[str, ...] = ()
    min_score: float | None = None


_MISSING: Final = {word.casefold(): word for word in ("notBreaching", "breaching", "ignore", "missing")}


def _missing(value: object) -> object:
    return _MISSING.get(value.casefold(), value) if isinstance(value, str) else value


def _maintenance(value: str) -> str:
    parse(comma_separated(value))
    return value


def _name(value: str) -> str:
    if NAME.fullmatch(value) and value not in BUILT_IN:
        return value
    message = f"It must be 1 to 32 of a-z, 0-9 and -, and none of {', '.join(BUILT_IN)}"
    raise ValueError(message)


def _free_names(value: dict[str, T], info: ValidationInfo) -> dict[str, T]:
    if not {*BUILT_IN, info.data.get("alarm_name")} & set(value):
        return value
    message = "Another alarm has this name"
    raise ValueError(message)


def _datapoints(value: int, info: ValidationInfo) -> int:
    if value <= info.data.get("alarm_periods", value):
        return value
    message = "It must be at most Streams:Alarm:Periods"
    raise ValueError(message)


def _clear_at(value: int, info: ValidationInfo) -> int:
    if value <= info.data.get("alarm_threshold", value):
        return value
    message = "It must be at most Streams:Alarm:Threshold"
    raise ValueError(message)


FREE: Final = AfterValidator(_free_names)
Threshold = Annotated[int, Field(ge=0, le=1_000_000)]
Period = Annotated[int, Field(ge=60, le=86_400, multiple_of=60)]
Periods = Annotated[int, Field(ge=1, le=100)]
Window = Annotated[Literal["sliding", "aligned"], BeforeValidator(any_case)]
Missing = Annotated[Literal["notBreaching", "breaching", "ignore", "missing"], BeforeValidator(_missing)]
ClearTicks = Annotated[int, Field(ge=1, le=1440)]
Maintenance = Annotated[str, AfterValidator(_maintenance)]


class AlarmsSettings(Section):
    """The alarm of a stream, further alarms, and those about the stream itself."""

    alarm_name: Annotated[str, AfterValidator(_name)] = Field("anomalies", alias="Streams:Alarm:Name")
    alarm_threshold: Threshold = Field(5, alias="Streams:Alarm:Threshold")
    alarm_period: Period = Field(900, alias="Streams:Alarm:PeriodSeconds")
    alarm_periods: Periods = Field(1, alias="Streams:Alarm:Periods")
    alarm_datapoints: Annotated[Periods, AfterValidator(_datapoints)] = Field(
        1, alias="Streams:Alarm:Datapoints"
    )
    alarm_window: Window = Field("sliding", alias="Streams:Alarm:Window")
    alarm_missing: Missing = Field("notBreaching", alias="Streams:Alarm:Missing")
    alarm_clear_at: Annotated[Threshold, AfterValidator(_clear_at)] = Field(2, alias="Streams:Alarm:ClearAt")
    alarm_clear_ticks: ClearTicks = Field(5, alias="Streams:Alarm:ClearTicks")
    alarm_maintenance: Maintenance | None = Field(None, alias="Streams:Alarm:Maintenance")
    lag_seconds: int | None = Field(None, alias="Streams:Alarm:LagSeconds", ge=1, le=604_800)
    silent_seconds: int | None = Field(None, alias="Streams:Alarm:SilentSeconds", ge=1, le=604_800)

    alarms_threshold: Annotated[dict[str, Threshold], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Threshold"
    )
    alarms_period: Annotated[dict[str, Period], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:PeriodSeconds"
    )
    alarms_periods: Annotated[dict[str, Periods], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Periods"
    )
    alarms_datapoints: Annotated[dict[str, Periods], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Datapoints"
    )
    alarms_window: Annotated[dict[str, Window], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Window"
    )
    alarms_missing: Annotated[dict[str, Missing], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Missing"
    )
    alarms_clear_at: Annotated[dict[str, Threshold], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:ClearAt"
    )
    alarms_clear_ticks: Annotated[dict[str, ClearTicks], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:ClearTicks"
    )
    alarms_maintenance: Annotated[dict[str, Maintenance], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Maintenance"
    )
    alarms_key: Annotated[dict[str, str], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Key"
    )
    alarms_reason: Annotated[dict[str, str], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:Reason"
    )
    alarms_min_score: Annotated[dict[str, float], FREE] = Field(
        default_factory=dict, alias="Streams:Alarms:<name>:MinScore"
    )

    @property
    def alarms(self) -> tuple[AlarmSettings, ...]:
        """The alarm of the stream, then those with a name, by name; these have its values by default."""
        first = AlarmSettings(
            name=self.alarm_name,
            threshold=self.alarm_threshold,
            period_seconds=self.alarm_period,
            periods=self.alarm_periods,
            datapoints=self.alarm_datapoints,
            window=self.alarm_window,
            missing=self.alarm_missing,
            clear_at=min(self.alarm_clear_at, self.alarm_threshold),
            clear_ticks=self.alarm_clear_ticks,
            maintenance=comma_separated(self.alarm_maintenance),
        )
        return (first, *(self._alarm(name, first) for name in self.alarm_names))

    @property
    def alarm_names(self) -> tuple[str, ...]:
        """The names of the further alarms."""
        fields = (
            self.alarms_threshold, self.alarms_period, self.alarms_periods, self.alarms_datapoints,
            self.alarms_window, self.alarms_missing, self.alarms_clear_at, self.alarms_clear_ticks,
            self.alarms_maintenance, self.alarms_key, self.alarms_reason, self.alarms_min_score,
        )  # fmt: skip
        return tuple(sorted({name for field in fields for name in field}))

    def _alarm(self, name: str, first: AlarmSettings) -> AlarmSettings:
        threshold = self.alarms_threshold.get(name, first.threshold)
        periods = self.alarms_periods.get(name, first.periods)
        return AlarmSettings(
            name=name,
            threshold=threshold,
            period_seconds=self.alarms_period.get(name, first.period_seconds),
            periods=periods,
            datapoints=min(self.alarms_datapoints.get(name, first.datapoints), periods),
            window=self.alarms_window.get(name, first.window),
            missing=self.alarms_missing.get(name, first.missing),
            clear_at=min(self.alarms_clear_at.get(name, first.clear_at), threshold),
            clear_ticks=self.alarms_clear_ticks.get(name, first.clear_ticks),
            maintenance=comma_separated(self.alarms_maintenance[name])
            if name in self.alarms_maintenance
            else first.maintenance,
            key=self.alarms_key.get(name),
            reasons=comma_separated(self.alarms_reason.get(name)),
            min_score=self.alarms_min_score.get(name),
        )
