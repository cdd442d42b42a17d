"""Teams that share a cluster, as a teacher shows it with kubectl: namespaces, quotas, defaults, presets, secrets."""

import base64
import json
import re
from typing import Any

import pytest
import yaml

from kubewheel.testing.libraries import KubectlError

QUOTAS = """
apiVersion: v1
kind: Namespace
metadata: {name: myspace}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute-quota, namespace: myspace}
spec:
  hard: {requests.cpu: "1", requests.memory: 1Gi, limits.cpu: "2", limits.memory: 2Gi}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: object-quota, namespace: myspace}
spec:
  hard:
    configmaps: "10"
    persistentvolumeclaims: "4"
    replicationcontrollers: "20"
    secrets: "10"
    services: "10"
    services.loadbalancers: "2"
"""
LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: myspace}
spec:
  limits:
  - default: {cpu: 200m, memory: 512Mi}
    defaultRequest: {cpu: 100m, memory: 256Mi}
    type: Container
"""
NEEDS = {"requests": {"cpu": "200m", "memory": "0.5Gi"}, "limits": {"cpu": "400m", "memory": "1Gi"}}
PRESET = """
apiVersion: settings.k8s.io/v1alpha1   # deprecated in v1.20
kind: PodPreset
metadata: {name: allow-database}
spec:
  selector:
    matchLabels: {role: frontend}
  env:
  - {name: DB_PORT, value: "6379"}
  volumeMounts:
  - {mountPath: /cache, name: cache-volume}
  volumes:
  - {name: cache-volume, emptyDir: {}}
"""
pytestmark = pytest.mark.kubewheel(nodes=1)


def apply(cluster: Any, text: str, *options: str) -> str:
    done: str = cluster.kubectl("apply", *options, "-f", "-", stdin=text)
    cluster.settle()
    return done


def deployment(needs: dict[str, Any] | None = None) -> str:
    container = {"name": "k8s-demo", "image": "wardviaene/k8s-demo", **({"resources": needs} if needs else {})}
    labels = {"app": "helloworld"}
    return yaml.safe_dump({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "hello", "namespace": "myspace"},
        "spec": {"replicas": 3, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}},
    })


def refusal(cluster: Any, *words: str, stdin: str = "") -> str:
    with pytest.raises(KubectlError) as found:
        cluster.kubectl(*words, stdin=stdin)
    return str(found.value)


def test_ten_01_same_name_in_two_namespaces(kubewheel: Any) -> None:
    kubewheel.kubectl("create", "namespace", "other")
    kubewheel.kubectl("create", "configmap", "same")
    kubewheel.kubectl("create", "configmap", "same", "-n", "other")
    found = kubewheel.kubectl("get", "configmaps", "-A", "--field-selector=metadata.name=same", "-o", "name")
    assert len(found.split()) == 2


def test_ten_02_namespaces_of_a_fresh_cluster(kubewheel: Any) -> None:
    names = kubewheel.kubectl("get", "namespaces", "-o", "name").split()
    assert {f"namespace/{each}" for each in ("default", "kube-system", "kube-public", "kube-node-lease")} <= set(names)


def test_ten_03_a_namespace_ends_with_its_content(kubewheel: Any) -> None:
    kubewheel.kubectl("create", "namespace", "team")
    assert re.search(r"team +Active", kubewheel.kubectl("get", "namespaces"))
    kubewheel.kubectl("create", "configmap", "a", "-n", "team")
    kubewheel.kubectl("delete", "namespace", "team", "--wait=false")
    kubewheel.settle()
    assert "NotFound" in refusal(kubewheel, "get", "namespace", "team")
    assert kubewheel.list("ConfigMap", namespace="team") == []


def test_ten_04_default_namespace_of_a_context(kubewheel: Any) -> None:
    kubewheel.kubectl("create", "namespace", "team")
    kubewheel.kubectl("config", "set-context", "--current", "--namespace=team")
    kubewheel.kubectl("create", "configmap", "here")
    assert kubewheel.get("ConfigMap", "here", "team")["metadata"]["namespace"] == "team"


def test_ten_06_and_15_quotas_show_what_is_used(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    apply(kubewheel, deployment(NEEDS))
    told = kubewheel.kubectl("describe", "quota", "compute-quota", "-n", "myspace")
    for name, used, hard in (
        ("requests.cpu", "400m", "1"), ("requests.memory", "1Gi", "1Gi"), ("limits.cpu", "800m", "2"),
        ("limits.memory", "2Gi", "2Gi"),
    ):
        assert re.search(f"{name} +{used} +{hard}", told), told
    assert "requests.memory: 1Gi/1Gi" in kubewheel.kubectl("get", "quota", "-n", "myspace")


def test_ten_07_the_eleventh_config_map(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    used = int(kubewheel.get("ResourceQuota", "object-quota", "myspace")["status"]["used"]["configmaps"])
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    many = [{**kind, "metadata": {"name": f"c{number}"}} for number in range(10 - used)]
    apply(kubewheel, yaml.safe_dump_all(many), "-n", "myspace")
    told = refusal(kubewheel, "create", "configmap", "eleventh", "-n", "myspace")
    assert "exceeded quota: object-quota, requested: configmaps=1, used: configmaps=10, limited: configmaps=10" in told


@pytest.mark.parametrize(("name", "limit", "body", "amount"), [
    pytest.param("requests.cpu", "1", {"requests": {"cpu": "2"}}, "2", id="requests.cpu"),
    pytest.param("requests.memory", "1Gi", {"requests": {"memory": "2Gi"}}, "2Gi", id="requests.memory"),
    pytest.param("limits.cpu", "1", {"limits": {"cpu": "2"}}, "2", id="limits.cpu"),
    pytest.param("limits.memory", "1Gi", {"limits": {"memory": "2Gi"}}, "2Gi", id="limits.memory"),
    pytest.param("requests.storage", "1Gi", None, "2Gi", id="requests.storage"),
])
def test_ten_08_computing_and_storage(
    kubewheel: Any, name: str, limit: str, body: dict[str, Any] | None, amount: str
) -> None:
    kubewheel.kubectl("create", "quota", "q", f"--hard={name}={limit}")
    kubewheel.settle()
    made: dict[str, Any] = {"apiVersion": "v1", "metadata": {"name": "x"}}
    if body is None:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": amount}}}
        made |= {"kind": "PersistentVolumeClaim", "spec": spec}
    else:
        made |= {"kind": "Pod", "spec": {"containers": [{"name": "c", "image": "i", "resources": body}]}}
    assert f"exceeded quota: q, requested: {name}={amount}, used: {name}=0, limited: {name}={limit}" in refusal(
        kubewheel, "create", "-f", "-", stdin=yaml.safe_dump(made)
    )


@pytest.mark.parametrize(("name", "words"), [
    pytest.param("pods", ("run", "x", "--image=i"), id="pods"),
    pytest.param("resourcequotas", ("create", "quota", "x"), id="resourcequotas"),
    pytest.param("services.nodeports", ("create", "service", "nodeport", "x", "--tcp=80"), id="nodeports"),
    pytest.param("services", ("create", "service", "clusterip", "x", "--tcp=80"), id="services"),
    pytest.param("secrets", ("create", "secret", "generic", "x"), id="secrets"),
])
def test_ten_09_counts(kubewheel: Any, name: str, words: tuple[str, ...]) -> None:
    kubewheel.kubectl("create", "namespace", "team")
    kubewheel.kubectl("create", "quota", "q", f"--hard={name}=0", "-n", "team")
    kubewheel.settle()
    assert f"exceeded quota: q, requested: {name}=1" in refusal(kubewheel, *words, "-n", "team")


def test_ten_10_and_11_pods_must_state_their_needs_or_get_defaults(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    apply(kubewheel, deployment())
    told = kubewheel.kubectl("describe", "replicaset", "-n", "myspace")
    assert "FailedCreate" in told
    assert "must specify limits.cpu for: k8s-demo; limits.memory for: k8s-demo; requests.cpu for: k8s-demo" in told
    apply(kubewheel, LIMITS)
    kubewheel.clock.advance(minutes=20)  # Whoever makes pods tries again, less and less often.
    pods = kubewheel.list("Pod", namespace="myspace")
    assert [pod["spec"]["containers"][0]["resources"] for pod in pods] == [{
        "requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "200m", "memory": "512Mi"},
    }] * 3


def test_ten_12_and_13_two_of_three_fit_until_the_quota_is_raised(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    apply(kubewheel, deployment(NEEDS))
    assert re.search(r"hello +2/3", kubewheel.kubectl("get", "deployment", "-n", "myspace"))
    verbose = refusal(kubewheel, "run", "x", "--image=i", "-n", "myspace", "-v=8", "--overrides", json.dumps({
        "spec": {"containers": [{"name": "x", "image": "i", "resources": NEEDS}]},
    }))
    assert "exceeded quota: compute-quota" in verbose
    assert re.search(r"403 Forbidden|\"code\":403", verbose)
    raised = '{"spec": {"hard": {"requests.memory": "2Gi", "limits.memory": "4Gi"}}}'
    kubewheel.kubectl("patch", "quota", "compute-quota", "-n", "myspace", "--type=merge", "-p", raised)
    kubewheel.settle()
    kubewheel.clock.advance(minutes=20)
    assert re.search(r"hello +3/3", kubewheel.kubectl("get", "deployment", "-n", "myspace"))


def test_ten_14_the_third_load_balancer(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    for name in ("a", "b"):
        kubewheel.kubectl("create", "service", "loadbalancer", name, "--tcp=80", "-n", "myspace")
    assert "exceeded quota: object-quota, requested: services.loadbalancers=1" in refusal(
        kubewheel, "create", "service", "loadbalancer", "c", "--tcp=80", "-n", "myspace"
    )


def test_ten_16_one_team_does_not_take_all(kubewheel: Any) -> None:
    apply(kubewheel, QUOTAS)
    apply(kubewheel, deployment(NEEDS).replace("replicas: 3", "replicas: 50"))
    kubewheel.kubectl("run", "other-team", "--image=i")
    kubewheel.settle()
    assert len(kubewheel.list("Pod", namespace="myspace")) == 2
    assert kubewheel.get("Pod", "other-team")["status"]["phase"] == "Running"


def test_auth_28_describe_hides_values_but_shows_tokens(kubewheel: Any) -> None:
    kubewheel.kubectl("create", "secret", "generic", "plain", "--from-literal=password=hunter2")
    told = kubewheel.kubectl("describe", "secret", "plain")
    assert re.search(r"password: +7 bytes", told)
    assert "hunter2" not in told
    assert base64.b64encode(b"hunter2").decode() not in told
    apply(kubewheel, """
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: {name: token, annotations: {kubernetes.io/service-account.name: default}}
""")
    told = kubewheel.kubectl("describe", "secret", "token")
    assert re.search(r"ca.crt: +\d+ bytes", told)
    assert re.search(r"token: +eyJ[\w-]+\.[\w-]+\.[\w-]+", told)


def test_auth_31_config_view_hides_keys_and_tokens(kubewheel: Any) -> None:
    shown = kubewheel.kubectl("config", "view")
    raw = kubewheel.kubectl("config", "view", "--raw")
    token = yaml.safe_load(raw)["users"][0]["user"]["token"]
    assert token not in shown
    assert "REDACTED" in shown
    kubewheel.kubectl("config", "set", "users.x.client-key-data", base64.b64encode(b"key").decode())
    assert "DATA+OMITTED" in kubewheel.kubectl("config", "view")


def test_cfg_18_presets(kubewheel: Any) -> None:
    apply(kubewheel, PRESET)
    kubewheel.kubectl("run", "website", "--image=i", "--labels=role=frontend,app=website")
    kubewheel.kubectl("run", "unlabelled", "--image=i")
    path = "{.spec.containers[*].env[0].value} {.spec.containers[*].volumeMounts[*].mountPath}"
    assert kubewheel.kubectl("get", "pod", "website", "-o", f"jsonpath={path}").startswith("6379 /cache")
    assert "6379" not in kubewheel.kubectl("get", "pod", "unlabelled", "-o", "yaml")


def test_cfg_19_all_containers_or_none(kubewheel: Any) -> None:
    apply(kubewheel, PRESET)

    def website(name: str, port: str = "") -> str:
        first: dict[str, Any] = {"name": "a", "image": "i"}
        if port:
            first["env"] = [{"name": "DB_PORT", "value": port}]
        return yaml.safe_dump({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"role": "frontend"}},
            "spec": {"containers": [first, {"name": "b", "image": "i"}]},
        })

    apply(kubewheel, website("both"))
    both = kubewheel.get("Pod", "both")["spec"]["containers"]
    assert [each["env"] for each in both] == [[{"name": "DB_PORT", "value": "6379"}]] * 2
    apply(kubewheel, website("conflict", "1234"))
    assert [each.get("env") for each in kubewheel.get("Pod", "conflict")["spec"]["containers"]] == [
        [{"name": "DB_PORT", "value": "1234"}], None,
    ]
    told = kubewheel.kubectl("describe", "pod", "conflict")
    assert "PodPresetConflict" in told
    assert "merging env for allow-database has a conflict on DB_PORT" in told


POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: allow-database}
spec:
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  matchConstraints:
    objectSelector: {matchLabels: {role: frontend}}
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: |
        Object{
          spec: Object.spec{
            volumes: [Object.spec.volumes{name: "cache-volume", emptyDir: Object.spec.volumes.emptyDir{}}],
            containers: object.spec.containers.map(c, Object.spec.containers{
              name: c.name,
              env: [Object.spec.containers.env{name: "DB_PORT", value: "6379"}],
              volumeMounts: [Object.spec.containers.volumeMounts{name: "cache-volume", mountPath: "/cache"}]
            })
          }
        }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: allow-database}
spec:
  policyName: allow-database
  matchResources:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team}}
"""


def test_inv_060_a_preset_and_the_policy_in_its_place_give_the_same_pod(kubewheel: Any) -> None:
    kubewheel.kubectl("create", "namespace", "team")
    apply(kubewheel, PRESET)
    apply(kubewheel, POLICY)

    def added(namespace: str) -> Any:
        kubewheel.kubectl("run", "website", "--image=i", "--labels=role=frontend", "-n", namespace)
        spec = kubewheel.get("Pod", "website", namespace)["spec"]
        (container,) = spec["containers"]
        mounts = [each for each in container["volumeMounts"] if each["name"] == "cache-volume"]
        return container["env"], mounts, [each for each in spec["volumes"] if each["name"] == "cache-volume"]

    preset = added("default")
    assert preset == (
        [{"name": "DB_PORT", "value": "6379"}], [{"name": "cache-volume", "mountPath": "/cache"}],
        [{"name": "cache-volume", "emptyDir": {}}],
    )
    assert added("team") == preset
