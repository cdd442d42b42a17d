"""Policies and bindings for tests, and a server that runs."""

from typing import Any

from tests.component.apiserver.conftest import Cluster, cluster, hooks  # noqa: F401
from tests.component.custom_resources.conftest import api  # noqa: F401

GROUP = "/apis/admissionregistration.k8s.io/v1"
VALIDATING, VALIDATING_BINDINGS = f"{GROUP}/validatingadmissionpolicies", f"{GROUP}/validatingadmissionpolicybindings"
MUTATING, MUTATING_BINDINGS = f"{GROUP}/mutatingadmissionpolicies", f"{GROUP}/mutatingadmissionpolicybindings"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def rule(resource: str = "configmaps", group: str = "", version: str = "v1", *operations: str) -> dict[str, Any]:
    return {
        "operations": list(operations) or ["CREATE", "UPDATE"], "apiGroups": [group], "apiVersions": [version],
        "resources": [resource],
    }


def policy(kind: str, *rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "p"},
        "spec": {"matchConstraints": {"resourceRules": list(rules or (rule(),))}, **spec},
    }


def validating(*expressions: str | dict[str, Any], **spec: Any) -> dict[str, Any]:
    written = [each if isinstance(each, dict) else {"expression": each} for each in expressions]
    rules = spec.pop("rules", ())
    return policy("ValidatingAdmissionPolicy", *rules, **({"validations": written} if written else {}), **spec)


def applying(*expressions: str, **spec: Any) -> dict[str, Any]:
    written = [
        {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": each}} for each in expressions
    ]
    return _mutating(written, spec)


def patching(*expressions: str, **spec: Any) -> dict[str, Any]:
    return _mutating([{"patchType": "JSONPatch", "jsonPatch": {"expression": each}} for each in expressions], spec)


def _mutating(written: list[dict[str, Any]], spec: dict[str, Any]) -> dict[str, Any]:
    rules = spec.pop("rules", ())
    return policy("MutatingAdmissionPolicy", *rules, **{"reinvocationPolicy": "Never", "mutations": written, **spec})


def binding(kind: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}Binding", "metadata": {"name": "b"},
        "spec": {"policyName": "p", **spec},
    }


async def use(server: Cluster, made: dict[str, Any], name: str = "p", **bound: Any) -> None:
    """Create a policy and a binding of it."""
    made["metadata"]["name"] = name
    if made["kind"] == "ValidatingAdmissionPolicy":
        policies, bindings, more = VALIDATING, VALIDATING_BINDINGS, {"validationActions": ["Deny"]}
    else:
        policies, bindings, more = MUTATING, MUTATING_BINDINGS, {}
    await server.create(policies, made)
    connected = binding(made["kind"], **{"policyName": name, **more, **bound})
    connected["metadata"]["name"] = f"{name}-binding"
    await server.create(bindings, connected)


def deployment(name: str = "d", replicas: int = 1) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    }
