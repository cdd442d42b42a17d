"""Manifests of earlier years, as people wrote them, with today's kubectl."""

import json
from pathlib import Path

import pytest

from tests.component.kubectl.support import Tool

FOLDER = Path(__file__).parent / "old_manifests"
# Faults that are the author's: refused now as they were then.
FAULTY = {
    "secret-db": "illegal base64 data",
    "deployment-node-affinity": 'unknown field "spec.template.spec.containers[0].port"',
    "resourcequota-object-counts": "apiVersion isn't string type",
}
# The server writes these another way (0.5Gi is 512Mi, paths get a type), so kubectl always sends them again.
REWRITTEN = {"deployment-with-requests", "ingress-helloworld-rules"}
INGRESS_WARNING = (
    "Warning: extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; "
    "use networking.k8s.io/v1 Ingress"
)
PAIR = (
    "extensions/v1beta1", "Deployment",
    {"template": {"metadata": {"labels": {"app": "old"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}},
)


@pytest.fixture(scope="module", autouse=True)
def namespace(kubectl: Tool) -> None:
    kubectl("create", "namespace", "myspace")


@pytest.mark.parametrize("name", sorted(each.stem for each in FOLDER.iterdir()))
def test_apply(kubectl: Tool, name: str) -> None:
    path = str(FOLDER / f"{name}.yaml")
    done = kubectl.run("apply", "-f", path)
    if name in FAULTY:
        assert done.code == 1
        assert FAULTY[name] in done.err.replace('\\"', '"')
        return
    assert done.code == 0, done.err
    assert ("Warning: extensions/v1beta1 Deployment is deprecated" in done.err) == (
        "extensions/v1beta1\nkind: Deployment" in Path(path).read_text()
    )
    words = {line.rpartition(" ")[2] for line in kubectl("apply", "-f", path).splitlines()}
    assert words == {"configured" if name in REWRITTEN else "unchanged"}


def test_ingress_in_both_forms(kubectl: Tool) -> None:
    applied = kubectl.run("apply", "-f", str(FOLDER / "ingress-helloworld-rules.yaml"))
    assert INGRESS_WARNING in applied.err
    old = json.loads(kubectl("get", "ingresses.v1beta1.extensions", "helloworld-rules", "-o", "json"))
    new = json.loads(kubectl("get", "ingress", "helloworld-rules", "-o", "json"))
    assert (old["apiVersion"], new["apiVersion"]) == ("extensions/v1beta1", "networking.k8s.io/v1")
    assert [each["http"]["paths"][0]["backend"] for each in old["spec"]["rules"]] == [
        {"serviceName": "helloworld-v1", "servicePort": 80}, {"serviceName": "helloworld-v2", "servicePort": 80},
    ]
    assert new["spec"]["rules"][0]["http"]["paths"][0] == {
        "path": "/", "pathType": "ImplementationSpecific",
        "backend": {"service": {"name": "helloworld-v1", "port": {"number": 80}}},
    }


def test_an_old_deployment_runs(kubectl: Tool) -> None:
    api_version, kind, spec = PAIR
    manifest = json.dumps({"apiVersion": api_version, "kind": kind, "metadata": {"name": "old"}, "spec": spec})
    kubectl("apply", "--server-side", "-f", "-", stdin=manifest)
    kubectl("rollout", "status", "deployment/old", "--timeout=30s")
    patch = '{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"a:2"}]}}}}'
    kubectl("patch", "deployments.v1beta1.extensions", "old", "-p", patch)
    kubectl("rollout", "status", "deployment/old", "--timeout=30s")
    kubectl("scale", "deployments.v1beta1.extensions/old", "--replicas=3")
    kubectl("patch", "deployments.v1beta1.extensions", "old", "--type=merge", "-p", '{"spec":{"rollbackTo":{}}}')
    kubectl("wait", "deployment/old", "--for=jsonpath={.spec.template.spec.containers[0].image}=a:1", "--timeout=20s")
    kubectl("wait", "deployment/old", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=20s")
    assert "Rolled back deployment" in kubectl("events", "--for", "deployment/old")
    kubectl("delete", "deployments.v1beta1.extensions", "old")


def test_an_old_owner_is_found(kubectl: Tool) -> None:
    api_version, kind, spec = PAIR
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "owner"}, "spec": spec}
    uid = json.loads(kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(manifest)))["metadata"]["uid"]
    owner = {"apiVersion": api_version, "kind": kind, "name": "owner", "uid": uid}
    owned = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned", "ownerReferences": [owner]}}
    lost = {**owned, "metadata": {"name": "lost", "ownerReferences": [{**owner, "uid": "0"}]}}
    kubectl("create", "-f", "-", stdin=json.dumps(owned))
    kubectl("create", "-f", "-", stdin=json.dumps(lost))
    kubectl("wait", "configmap/lost", "--for=delete", "--timeout=20s")
    assert kubectl("get", "configmap", "owned", "-o", "name") == "configmap/owned\n"
    kubectl("delete", "deployment", "owner")
    kubectl("wait", "configmap/owned", "--for=delete", "--timeout=20s")


def test_short_names_mean_the_successor(kubectl: Tool) -> None:
    done = kubectl.run("get", "deploy,ing,netpol,rs,ds,cj,pdb,hpa,sc", "-A")
    assert done.code == 0
    assert "could also match" not in done.err
    assert "deprecated" not in done.err
    everything = kubectl("get", "all", "-o", "name")
    assert ".extensions/" not in everything
    listed = [line.split() for line in kubectl("api-resources", "--no-headers").splitlines()]
    preferred = {row[0]: row[-3] for row in listed if row[-3] != "extensions/v1beta1"}
    assert preferred["cronjobs"] == "batch/v1"
    assert preferred["horizontalpodautoscalers"] == "autoscaling/v2"


def test_pod_security_policy(kubectl: Tool) -> None:
    manifest = "{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: a}, spec: {}}"
    done = kubectl.run("create", "--validate=false", "-f", "-", stdin=manifest)
    assert done.code == 1
    assert 'no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"' in done.err
    raw = kubectl.run("create", "--raw", "/apis/policy/v1beta1/podsecuritypolicies", "-f", "-", stdin=manifest)
    assert raw.code == 1
    assert "PodSecurityPolicy was removed in v1.25" in raw.err
    assert "pod-security.kubernetes.io/enforce" in raw.err


def test_explain(kubectl: Tool) -> None:
    shown = kubectl("explain", "ingress.spec.backend.servicePort", "--api-version=networking.k8s.io/v1beta1")
    assert "FIELD: servicePort <IntOrString>" in shown


def test_custom_resource_definition(kubectl: Tool) -> None:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com", "version": "v1", "scope": "Namespaced",
            "names": {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "shortNames": ["ct"]},
            "validation": {"openAPIV3Schema": {"properties": {"spec": {"properties": {"replicas": {"minimum": 1}}}}}},
            "additionalPrinterColumns": [{"name": "Spec", "type": "string", "JSONPath": ".spec.cronSpec"}],
        },
    }
    kubectl("apply", "-f", "-", stdin=json.dumps(definition))
    kubectl("wait", "crd/crontabs.stable.example.com", "--for=condition=Established", "--timeout=20s")
    made = {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": "a"},
            "spec": {"cronSpec": "* * * * */5", "image": "any", "more": {"deep": 1}}}
    kubectl("apply", "--validate=false", "-f", "-", stdin=json.dumps(made))
    assert json.loads(kubectl("get", "ct", "a", "-o", "json"))["spec"] == made["spec"]
    assert "* * * * */5" in kubectl("get", "ct")
    bad = {**made, "spec": {"replicas": 0}}
    refused = kubectl.run("apply", "--validate=false", "-f", "-", stdin=json.dumps(bad))
    assert "should be greater than or equal to 1" in refused.err
