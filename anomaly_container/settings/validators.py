"""Validators of values, and their error messages, which never quote a value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

if TYPE_CHECKING:
    from pydantic import SecretStr, ValidationInfo

T = TypeVar("T")

# The form that browsers send: lower case, international names in ASCII, without a final slash.
ORIGIN: Final = re.compile(r"https?://[a-z0-9.:\[\]_-]+")
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A label has at most 63 characters; the resolver raises a different exception for longer ones.
_HOST: Final = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+|[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)

MISSING: Final = {
    "Eula": "Missing EULA=accept command line option. You must provide this to continue.",
    "Billing": "Missing Billing=<endpoint URI> command line option. You must provide this to continue.",
    "ApiKey": "Missing ApiKey=<key> command line option. You must provide this to continue.",
}

INVALID: Final = {
    "Eula": MISSING["Eula"],
    "Billing": "Invalid Billing Endpoint URI.",
    "Host": "Invalid Host. It must be the name or the address of a host.",
    "Meter:Host": "Invalid Meter:Host. It must be the name or the address of a host.",
    "ApiKey": "Invalid ApiKey. It must be printable ASCII characters without white space.",
    "HTTP_PROXY": (
        "Invalid HTTP_PROXY. It must be an absolute http or https URI with no query; a user and a password "
        "go into HTTP_PROXY_CREDS."
    ),
    "HTTP_PROXY_CREDS": "Invalid HTTP_PROXY_CREDS. It must be of the form user:password.",
    "Metering:Path": (
        "Invalid Metering:Path. It must begin with a slash and have no query, fragment or white space."
    ),
    "Access:Cors:Origins": (
        "Invalid Access:Cors:Origins. Each must be as a browser sends it, such as https://example.com:8443, "
        "with no path and no wildcard."
    ),
    "Access:RateLimit": (
        "Invalid Access:RateLimit. It must be a number above 0, and limits the keys of Access:ApiKeys, which "
        "must be given too."
    ),
    "Tls:Key": (
        "Invalid Tls:Key. It must be a path, and belongs to a Tls:Certificate, which must be given too."
    ),
    "Logging:Disk:MaxFileSize": (
        "Invalid Logging:Disk:MaxFileSize. It must be a number of megabytes, at least 1, or -1 for no limit."
    ),
    "Fluentd:Host": "Invalid Fluentd:Host. It must be the name or the address of a host.",
    "ApplicationInsights:InstrumentationKey": (
        "Invalid ApplicationInsights:InstrumentationKey. It must be a GUID."
    ),
    "ApplicationInsights:ConnectionString": (
        "Invalid ApplicationInsights:ConnectionString. It must be of the form InstrumentationKey=<GUID>;"
        "IngestionEndpoint=<absolute http or https URI>."
    ),
    "OpenTelemetry:Endpoint": (
        "Invalid OpenTelemetry:Endpoint. It must be an absolute http or https URI with no user and no query."
    ),
    "OpenTelemetry:Headers": (
        "Invalid OpenTelemetry:Headers. It must be of the form name=value,name=value; a comma or a percent "
        "sign in a value is written as %2C or %25."
    ),
}


def any_case(value: object) -> object:
    """Return text in the form for a case-insensitive comparison."""
    return value.casefold() if isinstance(value, str) else value


def endpoint(value: str) -> str:
    """Check the billing endpoint: an absolute http or https URI, or the URI of a file.

    It is logged and displayed unchanged, so it must not have parts that often contain secrets: user,
    password, query and fragment.
    """
    return _checked(value, _is_base_uri(value) or _is_file_uri(value))


def proxy(value: str) -> str:
    """Check the proxy: an absolute http or https URI."""
    return _checked(value, _is_base_uri(value))


def printable_path(value: Path) -> Path:
    """Check that a path has no control characters."""
    if str(value).isprintable():
        return value
    message = "It must be a path without control characters"
    raise ValueError(message)


def path(value: Path) -> Path:
    """Make a path absolute, so that it does not depend on the working directory."""
    return printable_path(value).absolute()


def header_value(value: SecretStr) -> SecretStr:
    """Check that a secret is a valid header value."""
    return _checked(value, _is_printable(value.get_secret_value()))


def user_and_password(value: SecretStr) -> SecretStr:
    """Check the form `user:password`; the password may be empty and may contain colons."""
    user, colon, _ = value.get_secret_value().partition(":")
    return _checked(value, bool(user and colon) and value.get_secret_value().isprintable())


def path_of_uri(value: str) -> str:
    """Check the path part of a URI."""
    return _checked(value, value.startswith("/") and _is_printable(value) and not {"?", "#"} & {*value})


def megabytes(value: int) -> int:
    """Check a size; -1 means unlimited."""
    return _checked(value, value == -1 or value >= 1)


def host_name(value: str) -> str:
    """Check a host name or an address; an IPv6 address may have brackets."""
    bare = value.removeprefix("[").removesuffix("]")
    return _checked(bare, _HOST.fullmatch(bare) is not None)


def guid(value: SecretStr) -> SecretStr:
    """Check the form of an instrumentation key."""
    return _checked(value, _GUID.fullmatch(value.get_secret_value()) is not None)


def connection_string(value: SecretStr) -> SecretStr:
    """Check that a connection string has an instrumentation key and an endpoint."""
    parts = connection_parts(value.get_secret_value())
    key, uri = parts.get("instrumentationkey", ""), parts.get("ingestionendpoint", "")
    return _checked(
        value,
        bool(_GUID.fullmatch(key))
        and _is_http_uri(uri)
        and "=" not in uri
        and value.get_secret_value().isprintable(),
    )


def connection_parts(text: str) -> dict[str, str]:
    """Return the values of a connection string by their names in lower case."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().casefold(): value.strip() for name, _, value in pairs}


def base_uri(value: str) -> str:
    """Check a base URI: http or https, without query and fragment."""
    return _checked(value, _is_base_uri(value))


def header_list(value: SecretStr) -> SecretStr:
    """Check a list of headers."""
    pairs = headers_of(value.get_secret_value())
    return _checked(
        value, all(_TOKEN.fullmatch(name) and _is_content(content) for name, content in pairs.items())
    )


def headers_of(text: str) -> dict[str, str]:
    """Return the headers of a list `name=value,name=value` with percent-encoded values."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): unquote(content.strip()) for name, _, content in pairs}


def disconnected_without_endpoint(mode: str, info: ValidationInfo) -> str:
    """Set the mode to disconnected if the usage records go to a file."""
    return "disconnected" if names_a_file(info.data.get("billing", "")) else mode


def only_with_keys(value: float, info: ValidationInfo) -> float:
    """Check that there are access keys to limit."""
    return _checked(value, info.data.get("access_keys") is not None)


def only_with_certificate(value: Path, info: ValidationInfo) -> Path:
    """Check that there is a certificate for the private key."""
    return _checked(value, info.data.get("tls_certificate") is not None)


def origins(value: str) -> str:
    """Check a list of origins separated by white space, and normalize the white space."""
    found = value.split()
    return _checked(" ".join(found), all(map(_is_origin, found)))


def names_a_file(uri: str) -> bool:
    """Return whether a valid URI is a file URI."""
    return uri.casefold().startswith("file:")


def _checked(value: T, holds: bool) -> T:
    if holds:
        return value
    raise ValueError


def _is_printable(value: str) -> bool:
    return all("!" <= character <= "~" for character in value)


def _is_content(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()


def _is_http_uri(value: str) -> bool:
    """Return whether a URI is absolute and, because it is logged, has no user and no password."""
    parts = urlsplit(value)  # raises ValueError for invalid brackets or ports
    return bool(
        _is_printable(value)
        and parts.scheme in {"http", "https"}
        and parts.hostname
        and parts.port != 0
        and "@" not in parts.netloc
    )


def _is_base_uri(value: str) -> bool:
    return _is_http_uri(value) and not {"?", "#"} & {*value}


def _is_origin(value: str) -> bool:
    return bool(ORIGIN.fullmatch(value)) and _is_http_uri(value)


def _is_file_uri(value: str) -> bool:
    parts = urlsplit(value)
    return bool(
        _is_printable(value)
        and parts.scheme == "file"
        and not parts.netloc
        and not {"?", "#"} & {*value}
        and parts.path.startswith("/")
        and parts.path.strip("/")
        and unquote(parts.path).isprintable()
    )


AbsolutePath = Annotated[Path, AfterValidator(path)]
"""An absolute path."""
