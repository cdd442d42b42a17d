"""Where a webhook is: a URL, or a Service of the cluster."""

from urllib.parse import urlsplit

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, invalid, required
from kubewheel.libs.wire import Object

FORM = "desired format: https://host[/path]"
PORT = 443


def validate_client(client: Object, path: str) -> Faults:
    """Check the address of a webhook."""
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        return [required(path, "exactly one of url or service is required")]
    if url is not None:
        return _validate_url(url, f"{path}.url")
    return validate_service(service or {}, f"{path}.service")


def _validate_url(url: str, path: str) -> Faults:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return [required(path, f"url must be a valid URL: {error}; {FORM}")]
    rules = (
        (parts.scheme != "https", f"'https' is the only allowed URL scheme; {FORM}"),
        (not parts.netloc, f"host must be specified; {FORM}"),
        (parts.username is not None, "user information is not permitted in the URL"),
        (bool(parts.fragment), "fragments are not permitted in the URL"),
        (bool(parts.query), "query parameters are not permitted in the URL"),
    )
    shown = (parts.scheme, parts.netloc, "", parts.fragment, parts.query)
    return [
        invalid(path, shown[place] if place != 2 else parts.netloc.rpartition("@")[0], detail)
        for place, (broken, detail) in enumerate(rules) if broken
    ]


def validate_service(service: Object, path: str) -> Faults:
    """Check a Service that answers, and the path at which it does."""
    faults: Faults = []
    for name in ("name", "namespace"):
        if not service.get(name):
            faults.append(required(f"{path}.{name}", f"service {name} is required"))
    port = service.get("port") or PORT
    faults += [invalid(f"{path}.port", port, f"port is not valid: {text}") for text in names.port_number(port)]
    place = service.get("path")
    return faults if place is None else faults + _validate_path(place, f"{path}.path")


def _validate_path(value: str, path: str) -> Faults:
    if value in ("", "/"):
        return []
    if value == "//":
        return [invalid(path, value, "segment[0] may not be empty")]
    if not value.startswith("/"):
        return [invalid(path, value, "must start with a '/'")]
    faults: Faults = []
    for index, segment in enumerate(value[1:].removesuffix("/").split("/")):
        if not segment:
            faults.append(invalid(path, value, f"segment[{index}] may not be empty"))
            break
        faults += each(path, value, [f"segment[{index}]: {text}" for text in names.dns_subdomain(segment)])
    return faults
