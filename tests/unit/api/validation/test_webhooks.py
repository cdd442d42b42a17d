"""Where a webhook is."""

import pytest

from kubewheel.api.validation import webhooks

FORM = "desired format: https://host[/path]"


@pytest.mark.parametrize(("url", "expected"), [
    pytest.param("https://example.com/hook", [], id="good"),
    pytest.param("http://example.com", [f"'https' is the only allowed URL scheme; {FORM}"], id="scheme"),
    pytest.param("https:///x", [f"host must be specified; {FORM}"], id="host"),
    pytest.param(
        "https://me@example.com/?a=b#c",
        [
            "user information is not permitted in the URL", "fragments are not permitted in the URL",
            "query parameters are not permitted in the URL",
        ],
        id="more",
    ),
])
def test_url(url, expected):
    assert [fault.detail for fault in webhooks.validate_client({"url": url}, "c")] == expected


@pytest.mark.parametrize(("service", "fields"), [
    pytest.param({"name": "s", "namespace": "n", "path": "/a/b/"}, [], id="good"),
    pytest.param({}, ["s.name", "s.namespace"], id="empty"),
    pytest.param({"name": "s", "namespace": "n", "port": 70000, "path": "a"}, ["s.port", "s.path"], id="bad"),
    pytest.param({"name": "s", "namespace": "n", "path": "/a//b"}, ["s.path"], id="segment"),
    pytest.param({"name": "s", "namespace": "n", "path": "//"}, ["s.path"], id="slashes"),
])
def test_service(service, fields):
    assert [fault.field for fault in webhooks.validate_service(service, "s")] == fields


def test_one_of_both():
    assert [str(fault) for fault in webhooks.validate_client({}, "c")] == [
        "c: Required value: exactly one of url or service is required"
    ]
