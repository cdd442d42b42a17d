"""Secret."""

import base64

import pytest

from kubewheel.api.core.secret import KIND


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def secret(kind="Opaque", **data):
    return {
        "metadata": {"name": "s"}, "type": kind,
        "data": {key.replace("_", "."): encoded(value) for key, value in data.items()},
    }


def test_plain_texts_are_encoded():
    obj = {"metadata": {"name": "s"}, "data": {"a": "eA==", "b": "eA=="}, "stringData": {"b": "y"}}
    KIND.default(obj)
    assert obj == {"metadata": {"name": "s"}, "type": "Opaque", "data": {"a": "eA==", "b": "eQ=="}}
    assert KIND.row(obj, 0) == ("s", "Opaque", 2, "<unknown>")
    assert KIND.selectable["type"](obj) == "Opaque"


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(secret(), [], id="opaque"),
    pytest.param(secret("example.com/mine"), [], id="type-of-others"),
    pytest.param(secret("kubernetes.io/basic-auth", username="u"), [], id="basic-auth"),
    pytest.param(
        secret("kubernetes.io/basic-auth"),
        ["data[username]: Required value", "data[password]: Required value"], id="basic-auth-empty",
    ),
    pytest.param(secret("kubernetes.io/ssh-auth"), ["data[ssh-privatekey]: Required value"], id="ssh"),
    pytest.param(
        secret("kubernetes.io/tls"), ["data[tls.crt]: Required value", "data[tls.key]: Required value"], id="tls",
    ),
    pytest.param(
        secret("kubernetes.io/dockerconfigjson"), ["data[.dockerconfigjson]: Required value"], id="docker-nothing",
    ),
    pytest.param(secret("kubernetes.io/dockerconfigjson", _dockerconfigjson="{}"), [], id="docker"),
    pytest.param(
        secret("kubernetes.io/dockerconfigjson", _dockerconfigjson=""),
        [
            'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'
        ],
        id="docker-empty",
    ),
    pytest.param(
        secret("kubernetes.io/dockercfg", _dockercfg="[]"),
        [
            'data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value '
            "of type map[string]interface {}"
        ],
        id="docker-list",
    ),
    pytest.param(
        secret("kubernetes.io/service-account-token"),
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"], id="token-of-nobody",
    ),
])
def test_types(obj, expected):
    assert [str(fault) for fault in KIND.validate(obj)] == expected


def test_keys_and_size():
    assert [fault.field for fault in KIND.validate({"data": {"a b": ""}})] == ["data[a b]"]
    [fault] = KIND.validate({"data": {"a": encoded("x" * 1048577)}})
    assert str(fault) == "data: Too long: may not be more than 1048576 bytes"


def test_updates():
    assert [str(fault) for fault in KIND.validate_update(secret("a"), secret("b"))] == [
        'type: Invalid value: "a": field is immutable'
    ]
    old = {**secret(a="b"), "immutable": True}
    assert [fault.field for fault in KIND.validate_update(secret(a="c"), old)] == ["immutable", "data"]


def test_warnings():
    pem = "-----BEGIN CERTIFICATE-----"
    assert KIND.warnings(secret("kubernetes.io/tls", tls_crt="x", tls_key="y")) == [
        "tls: failed to find any PEM data in certificate input"
    ]
    assert KIND.warnings(secret("kubernetes.io/tls", tls_crt=pem, tls_key="y")) == [
        "tls: failed to find any PEM data in key input"
    ]
    assert KIND.warnings(secret("kubernetes.io/tls", tls_crt=pem, tls_key=pem)) == KIND.warnings(secret()) == []


@pytest.mark.parametrize(("key", "value", "is_warned"), [
    pytest.param("password.txt", "s3cret\n", True, id="as-echo-writes-it"),
    pytest.param("password", "s3cret", False, id="without"),
    pytest.param("password", "\n", True, id="nothing-else"),
    pytest.param("passwords", "a\nb\n", False, id="several-lines"),
    pytest.param("settings", "driver=jdbc\n", False, id="a-file"),
])
def test_a_stray_newline_is_told(key, value, is_warned):
    expected = [f"data[{key}]: ends with a newline, which is part of the value; `echo -n` and `printf` add none"]
    assert KIND.warnings({"data": {key: encoded(value)}}) == (expected if is_warned else [])
