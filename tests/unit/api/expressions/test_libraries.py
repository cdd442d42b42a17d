"""Libraries of Kubernetes: the authorizer, images, versions, quantities, formats."""

from typing import Any

import pytest

from kubewheel.api import expressions
from kubewheel.api.expressions import admission
from kubewheel.api.expressions.authorization import Authorizer, Question, ResourceCheck
from kubewheel.libs.wire import Identity

DIGEST = "sha256:" + "0" * 64
ME = Identity("me", ("people",), "", {"scopes": ("a",)})


def evaluate(text: str, **variables: Any) -> Any:
    return expressions.compile(text).evaluate(variables)


@pytest.mark.parametrize(("text", "value"), [
    ("image('nginx').registry()", "index.docker.io"), ("image('nginx').repository()", "library/nginx"),
    ("image('registry.k8s.io/a/b:1').tag()", "1"), ("image('r.io/a/b:1').repository()", "a/b"),
    (f"image('r.io/ab:1@{DIGEST}').identifier()", DIGEST), (f"image('r.io/ab@{DIGEST}').containsDigest()", True),
    ("image('localhost:5000/ab').registry()", "localhost:5000"), ("isImage('r.io//ab')", False),
    ("semver('v1.2', true).compareTo(semver('1.2.0'))", 0), ("semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))", True),
    ("semver('1.0.0-2').isLessThan(semver('1.0.0-10'))", True), ("isSemver('1.2')", False),
    ("isSemver('01.2.3')", False),
    ("isSemver('v01.2', true)", True), ("semver('1.2.3+build').patch()", 3),
    ("quantity('1Gi').add(quantity('1Gi')) == quantity('2Gi')", True), ("quantity('5').sub(2).asInteger()", 3),
    ("quantity('1500m').isInteger()", False), ("quantity('-1').sign()", -1),
    ("quantity('500m').asApproximateFloat()", 0.5), ("isQuantity('1Xi')", False),
    ("format.uuid().validate('x').value()", ["does not match the UUID format"]),
    ("format.named('dns1123Label').value().validate('a-b').hasValue()", False),
    ("format.named('nope').hasValue()", False), ("format.date().validate('2020-02-30').hasValue()", True),
    ("format.byte().validate('aGk=').hasValue()", False),
    ("format.dns1123LabelPrefix().validate('a-').hasValue()", False),
])
def test_values(text: str, value: Any) -> None:
    assert evaluate(text) == value


@pytest.mark.parametrize(("text", "message"), [
    ("image('r.io//x').tag()", "could not parse reference"), ("semver('1').major()", "No Major.Minor.Patch"),
    ("quantity('1500m').asInteger()", "cannot convert value to integer"),
])
def test_failures(text: str, message: str) -> None:
    with pytest.raises(expressions.Failure, match=message):
        evaluate(text)


@pytest.mark.parametrize(("text", "asked"), [
    ("authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('d').check('get')",
     Question(ME, "get", "", "apps", "deployments", "scale", "n", "d")),
    ("authorizer.path('/healthz').check('get')", Question(ME, "get", "/healthz")),
    ("authorizer.requestResource.check('create')", Question(ME, "create", "", "", "pods")),
    ("authorizer.group('').resource('pods').fieldSelector('spec.nodeName=a').labelSelector('a=b').check('list')",
     Question(ME, "list", "", "", "pods", field_selector="spec.nodeName=a")),
    ("authorizer.serviceAccount('n', 'sa').path('/x').check('get')", Question(
        Identity("system:serviceaccount:n:sa", (
            "system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated",
        )), "get", "/x",
    )),
])
def test_questions(text: str, asked: Question) -> None:
    heard: list[Question] = []

    def decide(question: Question) -> tuple[bool, str]:
        heard.append(question)
        return False, "because"

    variables = {
        "authorizer": Authorizer(decide, Question(ME)),
        admission.REQUEST_RESOURCE: ResourceCheck(decide, Question(ME, resource="pods")),
    }
    made = admission.compile(f"[{text}].map(d, d.reason() + string(d.allowed()) + d.error())[0]", admission.Scope(), ())
    assert made.evaluate(variables) == "becausefalse"
    assert heard == [asked]


def test_questions_are_expensive() -> None:
    variables = {"authorizer": Authorizer(lambda _: (True, ""), Question(ME))}
    check = "authorizer.path('/x').check('get').allowed()"
    assert admission.compile(f"{check} && {check}", admission.Scope(), ()).evaluate(variables) is True
    with pytest.raises(expressions.CostExceeded):
        admission.compile(f"{check} && {check} && {check}", admission.Scope(), ()).evaluate(variables)


@pytest.mark.parametrize("name", ["a.b", "", "A"])
def test_accounts_that_cannot_be(name: str) -> None:
    variables = {"authorizer": Authorizer(lambda _: (True, ""), Question(ME))}
    made = admission.compile(f"authorizer.serviceAccount('{name}', 'x').path('/').check('get')", admission.Scope(), ())
    with pytest.raises(expressions.Failure, match="Invalid namespace"):
        made.evaluate(variables)
