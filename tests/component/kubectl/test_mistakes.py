"""What kubectl says of manifests that are wrong; it asks for OpenAPI 2 in protobuf before it says anything."""

import pytest

from tests.component.kubectl.support import Tool


@pytest.mark.parametrize("api_version", ["example.com/v1", "apps/v1"])
@pytest.mark.parametrize("verb", ["apply", "create"])
def test_unknown_kind(kubectl: Tool, verb: str, api_version: str) -> None:
    done = kubectl.run(verb, "-f", "-", stdin=f"{{apiVersion: {api_version}, kind: Foo, metadata: {{name: a}}}}")
    assert done.code == 1
    assert f'no matches for kind "Foo" in version "{api_version}"\nensure CRDs are installed first' in done.err


def test_wrong_type(kubectl: Tool) -> None:
    manifest = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: many}}"
    done = kubectl.run("apply", "-f", "-", stdin=manifest)
    assert done.code == 1
    assert "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32" in done.err


def test_older_explanation(kubectl: Tool) -> None:
    shown = kubectl("explain", "deployment.spec.template", "--output=plaintext-openapiv2")
    assert "RESOURCE: template <Object>" in shown
