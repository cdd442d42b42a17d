"""Service accounts, what they may, and what pods are given of them."""

from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from tests.component.conformance.conftest import Space, pod
from tests.component.kinds.conftest import Api
from tests.component.kinds.examples import NAMESPACE

conformance = pytest.mark.conformance
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@conformance("Service account tokens auto mount optionally")
@pytest.mark.parametrize(("of_pod", "of_account", "is_mounted"), [
    (None, None, True), (None, True, True), (None, False, False), (True, None, True), (True, True, True),
    (True, False, True), (False, None, False), (False, True, False), (False, False, False),
])
def test_tokens_are_mounted_unless_refused(
    space: Space, of_pod: bool | None, of_account: bool | None, is_mounted: bool,
) -> None:
    account: dict[str, Any] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    space.create(account | ({} if of_account is None else {"automountServiceAccountToken": of_account}))
    wish = {} if of_pod is None else {"automountServiceAccountToken": of_pod}
    made = space.create(pod(serviceAccountName="a", **wish))
    mounts = [each["mountPath"] for each in made["spec"]["containers"][0].get("volumeMounts") or ()]
    assert mounts == ([MOUNT] if is_mounted else [])


@conformance("RootCA ConfigMap test")
def test_each_namespace_has_the_authority(space: Space) -> None:
    name = "kube-root-ca.crt"
    before = space.get("ConfigMap", name)["data"]
    assert before["ca.crt"]
    space.delete("ConfigMap", name)
    assert space.get("ConfigMap", name)["data"] == before
    space.patch("ConfigMap", name, {"data": {"ca.crt": ""}})
    assert space.get("ConfigMap", name)["data"] == before


@conformance("SubjectReview, API Operations")
def test_reviews_say_what_happens(space: Space) -> None:
    space.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "e2e"}})
    user = f"system:serviceaccount:{space.name}:e2e"
    attributes = {"verb": "list", "resource": "configmaps", "namespace": space.name, "version": "v1"}
    spec = {"user": user, "resourceAttributes": attributes}
    local = f"/apis/authorization.k8s.io/v1/namespaces/{space.name}/localsubjectaccessreviews"

    def judged() -> set[bool]:
        found = [
            space.api.expect(201, "POST", target, {"metadata": metadata, "spec": spec})["status"]["allowed"]
            for target, metadata in (("/apis/authorization.k8s.io/v1/subjectaccessreviews", {}),
                                     (local, {"namespace": space.name}))
        ]
        return {*found, space.api.ask("GET", space.path("configmaps"), user=user).status == 200}

    assert judged() == {False}
    space.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "view"},
                  "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
                  "subjects": [{"kind": "ServiceAccount", "name": "e2e", "namespace": space.name}]})
    assert judged() == {True}


HOUR, DAY = 3600, 86400


@pytest.mark.parametrize("seconds", [
    pytest.param(91 * DAY + 1, marks=conformance("Projected PodCertificate Expiration Maximum Validation")),
    pytest.param(HOUR - 1, marks=conformance("Projected PodCertificate Expiration Minimum Validation")),
])
def test_certificates_of_pods_live_within_bounds(api: Api, seconds: int) -> None:
    def body(wanted: int) -> dict[str, Any]:
        certificate = {"signerName": "example.com/s", "keyType": "ED25519", "maxExpirationSeconds": wanted,
                       "credentialBundlePath": "bundle.pem"}
        return pod("certified", volumes=[{"name": "v", "projected": {"sources": [{"podCertificate": certificate}]}}],
                   serviceAccountName="default")

    target = f"/api/v1/namespaces/{NAMESPACE}/pods"
    refused = api.expect(422, "POST", target, body(seconds))
    assert "spec.volumes[0].projected.sources[0].podCertificate.maxExpirationSeconds" in refused["message"]
    api.expect(201, "POST", target, body(DAY), dryRun="All")


def test_a_pod_needs_its_account(space: Space) -> None:
    with pytest.raises(StatusError, match='serviceaccount "none" not found'):
        space.create(pod(serviceAccountName="none"))
