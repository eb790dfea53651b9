from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from anomaly_container.settings import load as configuration
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from anomaly_container.settings.logging import LogLevel
from anomaly_container.settings.validators import INVALID, MISSING

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")


def problems(*words: str, environ: dict[str, str] | None = None, file: object = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        load(words, environ or {}, file if isinstance(file, dict) else {})
    return refusal.value.problems


def test_the_gate_alone_gives_the_defaults() -> None:
    made = load(GATE, {}, {})
    assert (made.eula, made.billing) == ("accept", "http://127.0.0.1:5001/")
    assert made.api_key.get_secret_value() == "key"
    assert (made.host, made.port, made.workers, made.max_points) == ("0.0.0.0", 5000, None, 8640)  # noqa: S104  # the documented default


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load(GATE, {}, {}).port = 1


@pytest.mark.parametrize(
    ("words", "environ", "file", "port"),
    [
        ((), {}, {}, 5000),
        ((), {}, {"Port": 1}, 1),
        ((), {"PORT": "2"}, {"Port": 1}, 2),
        (("Port=3",), {"PORT": "2"}, {"Port": 1}, 3),
        (("Port=3", "port=4"), {}, {}, 4),
        (("Port=",), {"PORT": "2"}, {"Port": 1}, 2),
        ((), {"PORT": " "}, {"Port": 1}, 1),
        ((), {}, {"Port": None}, 5000),
    ],
)
def test_the_nearest_source_wins(
    words: tuple[str, ...], environ: dict[str, str], file: dict[str, object], port: int
) -> None:
    assert load((*GATE, *words), environ, file).port == port


@pytest.mark.parametrize("name", ["Limits:MaxPoints", "limits:maxpoints", "LIMITS:MAXPOINTS"])
def test_names_are_read_in_any_case_from_every_source(name: str) -> None:
    section, key = name.split(":")
    assert load((*GATE, f"{name}=99"), {}, {}).max_points == 99
    assert load(GATE, {name.replace(":", "__"): "99"}, {}).max_points == 99
    assert load(GATE, {}, {section: {key: 99}}).max_points == 99
    assert load(GATE, {}, {name: 99}).max_points == 99


def test_a_value_may_contain_the_separator() -> None:
    made = load(("Eula=accept", "Billing=http://host/a=b", "ApiKey=a=b=="), {}, {})
    assert made.billing == "http://host/a=b"
    assert made.api_key.get_secret_value() == "a=b=="


@pytest.mark.parametrize("eula", ["accept", "Accept", "ACCEPT"])
def test_the_licence_is_accepted_in_any_case(eula: str) -> None:
    assert load((f"Eula={eula}", *GATE[1:]), {}, {}).eula == "accept"


WRONG = {"Eula": "yes", "Billing": "example.com", "ApiKey": "two words"}
RIGHT = {"Eula": "accept", "Billing": "https://example.com/", "ApiKey": "key"}
COMBINATIONS = [
    states for states in product(("right", "absent", "wrong"), repeat=3) if set(states) != {"right"}
]


@pytest.mark.parametrize("states", COMBINATIONS, ids="-".join)
@pytest.mark.parametrize("source", ["words", "environ", "file"])
def test_every_fault_of_the_gate_is_named_once_in_order(source: str, states: tuple[str, ...]) -> None:
    values = {"right": RIGHT, "wrong": WRONG}
    texts = {"absent": MISSING, "wrong": INVALID}
    named = dict(zip(RIGHT, states, strict=True))
    given = {name: values[state][name] for name, state in named.items() if state != "absent"}
    words = [f"{name}={value}" for name, value in given.items()] if source == "words" else []
    environ = given if source == "environ" else {}
    found = problems(*words, environ=environ, file=given if source == "file" else {})
    assert found == tuple(texts[state][name] for name, state in named.items() if state != "right")


@pytest.mark.parametrize("eula", ["no", "true", "accepted", "accept ", " accept"])
def test_anything_but_accept_is_no_acceptance(eula: str) -> None:
    assert problems(f"Eula={eula}", *GATE[1:]) == (MISSING["Eula"],)


@pytest.mark.parametrize(
    "billing",
    [
        "http://localhost",
        "https://westus2.api.example.com/",
        "HTTPS://example.com:443/path",
        "http://127.0.0.1:5001/",
        "http://[::1]:5001/",
    ],
)
def test_an_absolute_http_uri_is_an_endpoint(billing: str) -> None:
    assert load((GATE[0], f"Billing={billing}", GATE[2]), {}, {}).billing == billing


@pytest.mark.parametrize(
    "billing",
    [
        "x",
        "/path",
        "//example.com/",
        "example.com:443",
        "ftp://example.com/",
        "file://host/output",
        "file:output",
        "file:///",
        "file:///output?x",
        "http://",
        "http:///path",
        "http:example.com",
        "https://:443/",
        "http://example.com:port/",
        "http://example.com:65536/",
        "http://example.com:0/",
        "http://[::1/",
        "http://exa mple.com/",
        "http://user:password@example.com/",
        "http://token@example.com/",
        "http://example.com/?key=s3cret",
        "http://example.com/?",
        "http://example.com/#s3cret",
        "http://example.com/a#",
        "file:///output/a%0Ab",
        "file:///output/a%00b",
        "file:///output?",
        "http://example.com/\n",
        "http://example.com/\x7f",
        "http://ex\u00e4mple.com/",
    ],
)
def test_anything_else_is_no_endpoint(billing: str) -> None:
    assert problems(GATE[0], f"Billing={billing}", GATE[2]) == (INVALID["Billing"],)


@pytest.mark.parametrize("key", ["a b", " a", "a\n", "a\tb", "a\x00", "a\x7f", "\u00e4"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_quoted(key: str) -> None:
    assert problems(*GATE[:2], f"ApiKey={key}") == (INVALID["ApiKey"],)


@pytest.mark.parametrize("name", list(MISSING))
@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_value_is_a_missing_one(name: str, blank: str) -> None:
    given = [word for word in GATE if not word.startswith(f"{name}=")]
    assert problems(*given, f"{name}={blank}") == (MISSING[name],)


@pytest.mark.parametrize(
    "word",
    [
        "Port=0",
        "Port=65536",
        "Port=http",
        "Port=1.5",
        "Workers=0",
        "Workers=-1",
        "Limits:MaxPoints=11",
        "Limits:MaxBodyBytes=0",
        "Limits:MaxWaiting=-1",
        "Limits:BodySeconds=0",
        "Limits:BodySeconds=inf",
        "Limits:BodySeconds=nan",
    ],
)
def test_a_number_out_of_bounds_is_named(word: str) -> None:
    [problem] = problems(*GATE, word)
    assert problem.startswith(f"Invalid {word.partition('=')[0]}. Input should be ")
    assert problem.endswith(".")


@pytest.mark.parametrize(
    ("word", "name", "nearest"),
    [
        ("Prot=1", "Prot", "Port"),
        ("ApiKye=s3cret", "ApiKye", "ApiKey"),
        ("EULA_=accept", "EULA_", "Eula"),
        ("MaxPoints=9", "MaxPoints", "Limits:MaxPoints"),
        ("Limits:MaxPionts=9", "Limits:MaxPionts", "Limits:MaxPoints"),
        ("Fluend:Host=x", "Fluend:Host", "Fluentd:Host"),
        ("HTTP_PROXI=x", "HTTP_PROXI", "HTTP_PROXY"),
    ],
)
def test_an_unknown_word_names_the_nearest_known_one(word: str, name: str, nearest: str) -> None:
    expected = f"Unknown setting {name} on the command line. Did you mean {nearest}?"
    assert problems(*GATE, word) == (expected,)


def test_an_unknown_key_of_the_file_names_the_nearest_known_one() -> None:
    [problem] = problems(*GATE, file={"Limits": {"MaxPoint": 9}})
    assert problem == "Unknown setting Limits:MaxPoint in the settings file. Did you mean Limits:MaxPoints?"


@pytest.mark.parametrize("word", ["s3cret", "s3cret==", "s3cret=", "=", "", "Eula"])
def test_a_word_that_is_no_pair_is_named_by_its_place_for_it_may_be_the_key(word: str) -> None:
    expected = "Word 4 of the command line is not of the form Key=Value."
    assert problems(*GATE, word) == (expected,)


def test_all_problems_are_told_at_once() -> None:
    assert len(problems("Eula=no", "Billing=x", "Port=x", "Prot=1", "word")) == 6


def test_unknown_environment_variables_are_not_ours() -> None:
    assert load(GATE, {"PATH": "/bin", "LIMITS": "x", "MaxPoints": "1"}, {}) == load(GATE, {}, {})


GUID = "0a1b2c3d-1111-2222-3333-444455556666"
AZURE_NAMES = [
    "Logging:Console:DisableColors",
    "Logging:LogLevel:Default",
    "logging:disk:loglevel:Microsoft",
    "Mounts:License",
    "DownloadLicense",
    "rai_terms",
]


@pytest.mark.parametrize("name", AZURE_NAMES)
def test_settings_of_the_azure_container_are_accepted_and_told_apart(name: str) -> None:
    words = [*GATE, f"{name}=value"]
    assert load(words, {}, {}) == load(GATE, {}, {})
    assert configuration.resolve(words, {}, {}, configuration.COMMON).without_effect == (name,)
    assert configuration.resolve(
        GATE, {name.replace(":", "__"): "value"}, {}, configuration.COMMON
    ).without_effect == (name,)


def test_a_setting_without_effect_is_told_once() -> None:
    words = ["RAI_Terms=a", "RAI_Terms=b"]
    resolved = configuration.resolve(
        (*GATE, *words), {"RAI_Terms": "c", "Port": "1"}, {}, configuration.COMMON
    )
    assert resolved.without_effect == ("RAI_Terms",)


def test_the_environment_of_the_settings_makes_the_same_settings() -> None:
    made = load((*GATE, "Port=80", "Workers=3", "Limits:BodySeconds=1.5", "Limits:MaxBodyBytes=9"), {}, {})
    environment = made.environment()
    assert environment["Limits__MaxBodyBytes"] == "9"
    assert all(configuration.COMMON.names.find(name)[0] for name in environment)
    assert load((), environment, {}) == made


def test_the_key_is_in_no_text_made_of_the_settings() -> None:
    made = load((*GATE[:2], "ApiKey=s3cret"), {}, {})
    assert "s3cret" not in f"{made} {made!r} {made.model_dump()} {made.model_dump_json()}"
    with pytest.raises(SettingsError) as refusal:
        load((GATE[0], "Billing=x", "ApiKey=s3cret\x01"), {}, {})
    assert "s3cret" not in f"{refusal.value!r} {refusal.value.__context__!r}"


def test_metering_has_defaults() -> None:
    made = load(GATE, {}, {})
    assert (made.metering_interval_seconds, made.metering_timeout_seconds) == (600, 10)
    assert (made.metering_path, made.metering_mode) == ("/metering/v1/usage", "connected")
    assert (made.metering_ca_bundle, made.metering_directory) == (None, None)
    assert (made.http_proxy, made.http_proxy_creds) == (None, None)
    assert made.mounts_output == Path("/output")


@pytest.mark.parametrize("billing", ["file:///output/usage", "FILE:///usage.jsonl"])
@pytest.mark.parametrize("mode", ["", "connected", "Disconnected"])
def test_a_file_in_place_of_an_endpoint_is_disconnected(billing: str, mode: str) -> None:
    words = (GATE[0], f"Billing={billing}", GATE[2], f"Metering:Mode={mode}")
    resolved = configuration.resolve(words, {}, {"Metering": {"Mode": "connected"}}, configuration.COMMON)
    assert resolved.settings.billing == billing
    assert resolved.settings.metering_mode == "disconnected"
    assert resolved.origins["Metering:Mode"] == "command line"
    assert load((), resolved.settings.environment(), {}) == resolved.settings


def test_disconnected_may_be_asked_for() -> None:
    assert load((*GATE, "Metering:Mode=DISCONNECTED"), {}, {}).metering_mode == "disconnected"


@pytest.mark.parametrize(
    "word",
    [
        "HTTP_PROXY=proxy:8888",
        "HTTP_PROXY=socks5://proxy:1080",
        "HTTP_PROXY=http://user:s3cret@proxy:8888",
        "HTTP_PROXY=http://proxy:8888/?s3cret",
        "HTTP_PROXY=http://proxy:8888/#s3cret",
        "HTTP_PROXY_CREDS=s3cret",
        "HTTP_PROXY_CREDS=:s3cret",
        "HTTP_PROXY_CREDS=user:s3cret\n",
        "Metering:Path=usage",
        "Metering:Path=/usage?s3cret",
        "Metering:Path=/us age",
        "Logging:Disk:MaxFileSize=0",
        "Logging:Disk:MaxFileSize=-2",
        "Logging:Disk:MaxFileSize=s3cret",
    ],
)
def test_a_value_of_another_form_is_named_and_not_quoted(word: str) -> None:
    name = word.partition("=")[0]
    assert problems(*GATE, word) == (INVALID[name],)
    assert "s3cret" not in INVALID[name]


@pytest.mark.parametrize(
    "word",
    [
        "Metering:IntervalSeconds=0",
        "Metering:IntervalSeconds=nan",
        "Metering:IntervalSeconds=86401",
        "Metering:TimeoutSeconds=-1",
        "Metering:TimeoutSeconds=inf",
        "Metering:Mode=offline",
        "Logging:Disk:Format=text",
        "Logging:Console:LogLevel=Loud",
    ],
)
def test_a_value_out_of_bounds_is_named(word: str) -> None:
    [problem] = problems(*GATE, word)
    assert problem.startswith("Invalid ")
    assert problem.endswith(".")


@pytest.mark.parametrize("name", ["Logging:Console:LogLevel", "logging:console:loglevel:default"])
@pytest.mark.parametrize("level", ["Warning", "warning", "WARNING"])
def test_a_level_is_named_in_either_way_and_any_case(name: str, level: str) -> None:
    assert load((*GATE, f"{name}={level}"), {}, {}).console_level is LogLevel.WARNING
    *sections, key = name.split(":")
    nested: object = {key: level}
    for section in reversed(sections):
        nested = {section: nested}
    assert isinstance(nested, dict)
    assert load(GATE, {}, nested).console_level is LogLevel.WARNING


def test_every_word_of_the_environment_gives_the_same_settings_again() -> None:
    made = load(
        (
            *GATE,
            "HTTP_PROXY=http://proxy:8888",
            "HTTP_PROXY_CREDS=user:pass:word",
            "Metering:CaBundle=/ca.pem",
            "Metering:Directory=/metering",
            "Logging:Disk:Format=JSON",
            "Logging:Disk:LogLevel=trace",
            "Logging:Disk:MaxFileSize=-1",
        ),
        {},
        {},
    )
    assert made.http_proxy_creds is not None
    assert made.http_proxy_creds.get_secret_value() == "user:pass:word"
    assert load((), made.environment(), {}) == made
    assert "pass:word" not in f"{made} {made!r} {made.model_dump_json()}"


@pytest.mark.parametrize("name", ["Mounts:Output", "Mounts:Input", "Metering:CaBundle", "Metering:Directory"])
def test_a_path_is_absolute_wherever_a_process_works(name: str) -> None:
    values = load((*GATE, f"{name}=here/there"), {}, {}).model_dump(by_alias=True)
    assert values[name] == Path.cwd() / "here" / "there"
    assert problems(*GATE, f"{name}=a\x00b") == (
        f"Invalid {name}. It must be a path without control characters.",
    )


@pytest.mark.parametrize(
    "word",
    [
        *("Fluentd:Host=a b", "Fluentd:Host=http://host", "Fluentd:Host=host:24224", "Fluentd:Port=0"),
        f"Fluentd:Host={'a' * 64}",
        *("Fluentd:HeartbeatMs=0", "Fluentd:SendBufferSize=9", "Fluentd:UseTLS=perhaps"),
        "Fluentd:TlsConnectionEstablishmentTimeoutMs=0",
        f"ApplicationInsights:ConnectionString=InstrumentationKey={GUID};IngestionEndpoint=https://a/;x=s3cret\x00",
        "ApplicationInsights:InstrumentationKey=s3cret",
        "ApplicationInsights:ConnectionString=s3cret",
        "ApplicationInsights:ConnectionString=IngestionEndpoint=https://s3cret/",
        f"ApplicationInsights:ConnectionString=InstrumentationKey={GUID}",
        f"ApplicationInsights:ConnectionString=InstrumentationKey={GUID};IngestionEndpoint=s3cret",
        f"ApplicationInsights:ConnectionString=InstrumentationKey={GUID};IngestionEndpoint=https://a/?b=c",
        *("OpenTelemetry:Endpoint=collector:4318", "OpenTelemetry:Endpoint=grpc://collector:4317"),
        *("OpenTelemetry:Endpoint=https://a:s3cret@collector/", "OpenTelemetry:Endpoint=https://a/?s3cret"),
        *("OpenTelemetry:Endpoint=https://a/#s3cret", "OpenTelemetry:Headers=s3cret"),
        *("OpenTelemetry:Headers=a b=c", "OpenTelemetry:Headers==s3cret", "OpenTelemetry:Headers=a=b,"),
        *("OpenTelemetry:Headers=a=s3cret%0Ab=c", "OpenTelemetry:Headers=a=\u00e4s3cret"),
        *("OpenTelemetry:Headers=a=%E4s3cret", "OpenTelemetry:Headers=a="),
        *("Logging:Console:FormatterName=s3cret", "Logging:Requests=yes"),
    ],
)
def test_where_logs_and_telemetry_go_is_checked_and_not_quoted(word: str) -> None:
    [problem] = problems(*GATE, word)
    assert problem.startswith(f"Invalid {word.partition('=')[0]}. ")
    assert "s3cret" not in problem


@pytest.mark.parametrize("host", ["fluentd", "logs.example.com", "10.0.0.1", "::1", "[::1]"])
def test_a_receiver_of_logs_has_a_name_or_an_address(host: str) -> None:
    assert load((*GATE, f"Fluentd:Host={host}"), {}, {}).fluentd_host == host.strip("[]")


CONTROLS = ["\n", "\r", "\r\n", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028"]
TEXTS = {
    "Host": "local{}host",
    "Billing": "http://127.0.0.1:5001/{}",
    "ApiKey": "k{}ey",
    "Access:Cors:Origins": "https://{}a",
    "Access:ApiKeys": "/k{}eys",
    "Tls:Certificate": "/c{}ert",
    "Tls:Key": "/k{}ey",
    "Metering:Path": "/usa{}ge",
    "Metering:CaBundle": "/c{}a",
    "Metering:Directory": "/me{}tering",
    "HTTP_PROXY": "http://pro{}xy:1",
    "HTTP_PROXY_CREDS": "us{}er:password",
    "Mounts:Input": "/in{}put",
    "Mounts:Output": "/out{}put",
    "Fluentd:Host": "flu{}entd",
    "Fluentd:CaBundle": "/c{}a",
    "ApplicationInsights:ConnectionString": f"InstrumentationKey={GUID};IngestionEndpoint=https://a/;b=c{{}}d",
    "OpenTelemetry:Endpoint": "http://collec{}tor:1",
    "OpenTelemetry:Headers": "a=b{}c",
    "OpenTelemetry:CaBundle": "/c{}a",
    "Config": "/set{}tings.yaml",
}
TAKES_NO_OTHER_TEXT = {"Eula", "ApplicationInsights:InstrumentationKey", "Metering:Mode", "Service"}


def test_every_setting_that_is_a_text_has_an_example() -> None:
    """Numbers and words of a list take no other character anyway."""
    texts = {
        str(field.alias)
        for field in CommonSettings.model_fields.values()
        if any(part in repr(field.annotation) for part in ("str", "Path", "SecretStr"))
    }
    assert texts - TAKES_NO_OTHER_TEXT == TEXTS.keys() - {"Config"}


@pytest.mark.parametrize("name", list(TEXTS))
@pytest.mark.parametrize("control", CONTROLS)
def test_no_setting_takes_a_control_character(name: str, control: str) -> None:
    """It would end in a header, a line of the log, a URL, the name of a file or an address."""
    extra = ["Access:ApiKeys=/keys"] if name == "Access:RateLimit" else []
    extra += ["Tls:Certificate=/cert"] if name == "Tls:Key" else []
    gate = [word for word in GATE if not word.startswith(f"{name}=")]
    found = problems(*gate, *extra, f"{name}={TEXTS[name].format(control)}")
    assert all(problem.isprintable() for problem in found)
    told = "The path of the settings file" if name == "Config" else f"Invalid {name}"
    assert [problem for problem in found if problem.startswith(told)]


@pytest.mark.parametrize("name", ["ApiKey", "Host", "Access:Cors:Origins"])
def test_the_path_of_a_file_of_a_value_has_no_control_character(name: str) -> None:
    gate = [word for word in GATE if not word.startswith(f"{name}=")]
    assert problems(*gate, f"{name}:File=/a\nb") == (
        f"The path that {name}:File gives has control characters.",
    )


def test_origins_on_several_lines_are_put_on_one() -> None:
    made = load((*GATE, "Access:Cors:Origins=https://a\n  https://b\n"), {}, {})
    assert made.cors_origins == "https://a https://b"


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "::", "[::1]", "localhost", "a.example.com."])  # noqa: S104  # read, not listened on
def test_a_server_listens_on_a_name_or_an_address(host: str) -> None:
    assert load((*GATE, f"Host={host}"), {}, {}).host == host.strip("[]")


@pytest.mark.parametrize(
    "host",
    ["a b", "http://host", "host:5000", "unix:/tmp/socket", "fd://3", "*", "a,b", "a" * 64, "h\u00f6st"],
)
def test_anything_else_is_no_host(host: str) -> None:
    assert problems(*GATE, f"Host={host}") == (INVALID["Host"],)


def test_a_name_that_cannot_be_one_is_not_quoted() -> None:
    secret = {"https://user:s3cret@host/": {"x": 1}, "Logging": {"LogLevel": {"a\nb": 1}}, "k e y": 2}
    assert set(problems(*GATE, file=secret)) == {"A name in the settings file cannot be that of a setting."}


def test_the_key_of_telemetry_is_masked() -> None:
    words = (
        "OpenTelemetry:Endpoint=http://collector:4318",
        "OpenTelemetry:Headers=api-key=s3cret, x=a%2Cb=%25",
        f"ApplicationInsights:InstrumentationKey={GUID}",
        f"ApplicationInsights:ConnectionString=InstrumentationKey={GUID};IngestionEndpoint=https://a/;",
    )
    made = load((*GATE, *words), {}, {})
    assert GUID not in repr(made) + str(made.model_dump())
    assert "s3cret" not in repr(made) + str(made.model_dump())
    assert made.headers_for_collector == {"api-key": "s3cret", "x": "a,b=%"}
    assert load((), made.environment(), {}) == made
