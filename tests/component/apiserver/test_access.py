"""Who asks, what they may do, and how reviews answer the same questions."""

import base64
from typing import Any

import jwt as pyjwt
import orjson
import pytest

from kubewheel.apiserver.authn import jwt
from kubewheel.libs import tls
from tests.component.apiserver.conftest import CONFIG_MAPS, KEY, PODS, Cluster, config_map, content, pod

RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUTHN = "/apis/authentication.k8s.io/v1"
AUTHZ = "/apis/authorization.k8s.io/v1"
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
API = "rbac.authorization.k8s.io"


async def grant(cluster: Cluster, user: str, *rules: dict[str, Any], namespace: str = "default") -> None:
    path = f"{RBAC}/namespaces/{namespace}"
    await cluster.create(f"{path}/roles", {"metadata": {"name": "r"}, "rules": list(rules)})
    await cluster.create(f"{path}/rolebindings", {
        "metadata": {"name": "r"}, "roleRef": {"apiGroup": API, "kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "apiGroup": API, "name": user}],
    })


READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps"]}


async def token_for(cluster: Cluster, **spec: Any) -> str:
    made = await cluster.create(f"{ACCOUNTS}/default/token", {"spec": spec})
    return str(made["status"]["token"])


async def test_anonymous(cluster: Cluster) -> None:
    response = await cluster.ask("GET", "/api/v1/pods", token="")
    assert response.status == 403
    assert content(response)["message"] == (
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'
    )
    paths = await cluster.ask("GET", "/", token="")
    assert content(paths)["message"] == 'forbidden: User "system:anonymous" cannot get path "/"'
    assert (await cluster.ask("GET", "/healthz", token="")).status == 200
    assert (await cluster.ask("GET", "/version", token="")).status == 200


async def test_wrong_token(cluster: Cluster) -> None:
    response = await cluster.ask("GET", "/api/v1/pods", token="wrong")
    assert response.status == 401
    assert content(response)["message"] == "Unauthorized"


async def test_role_works_at_the_next_request(cluster: Cluster) -> None:
    assert (await cluster.ask("GET", CONFIG_MAPS, token="bob")).status == 403
    await grant(cluster, "bob", READ)
    assert (await cluster.ask("GET", CONFIG_MAPS, token="bob")).status == 200
    other = await cluster.ask("GET", "/api/v1/namespaces/kube-system/configmaps", token="bob")
    assert other.status == 403
    await cluster.ask("DELETE", f"{RBAC}/namespaces/default/rolebindings/r")
    assert (await cluster.ask("GET", CONFIG_MAPS, token="bob")).status == 403


async def test_binding_to_a_missing_role_says_so(cluster: Cluster) -> None:
    await grant(cluster, "bob", READ)
    await cluster.ask("DELETE", f"{RBAC}/namespaces/default/roles/r")
    response = await cluster.ask("GET", CONFIG_MAPS, token="bob")
    assert content(response)["message"].endswith(': RBAC: role.rbac.authorization.k8s.io "r" not found')


async def test_escalation(cluster: Cluster) -> None:
    await grant(cluster, "bob", READ, {"verbs": ["*"], "apiGroups": [API], "resources": ["roles", "rolebindings"]})
    path = f"{RBAC}/namespaces/default/roles"
    held = await cluster.ask("POST", path, {"metadata": {"name": "ok"}, "rules": [READ]}, token="bob")
    # The verb `*` includes `escalate`, so this user may grant anything.
    assert held.status == 201
    writes = ["get", "create", "update", "patch", "delete"]
    await cluster.patch(f"{path}/r", {"rules": [READ, {"verbs": writes, "apiGroups": [API], "resources": ["roles"]}]})
    secrets = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    refused = await cluster.ask("POST", path, {"metadata": {"name": "more"}, "rules": [secrets]}, token="bob")
    assert refused.status == 403
    assert content(refused)["message"] == (
        'roles.rbac.authorization.k8s.io "more" is forbidden: user "bob" (groups=["dev" "system:authenticated"]) is '
        'attempting to grant RBAC permissions not currently held:\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    )
    assert (await cluster.ask("POST", path, {"metadata": {"name": "same"}, "rules": [READ]}, token="bob")).status == 201


async def test_headers_that_ask_for_nobody(cluster: Cluster) -> None:
    for headers in ({"impersonate-user": ""}, {"impersonate-other": "x"}):
        assert (await cluster.ask("GET", CONFIG_MAPS, headers=headers)).status == 200
    wanted = {"impersonate-group": "dev", "impersonate-uid": "7", "impersonate-extra-a": "b"}
    refused = await cluster.ask("GET", CONFIG_MAPS, headers=wanted)
    assert (refused.status, content(refused)["message"]) == (
        400, "requested [{Group  dev    } {UserExtra  b  authentication.k8s.io/v1  a} "
        "{UID  7  authentication.k8s.io/v1  }] without impersonating a user",
    )


async def test_impersonation(cluster: Cluster) -> None:
    as_bob = {"impersonate-user": "bob", "impersonate-group": "dev"}
    who = content(await cluster.ask("POST", f"{AUTHN}/selfsubjectreviews", {}, headers=as_bob))
    assert who["status"]["userInfo"] == {"username": "bob", "groups": ["dev", "system:authenticated"]}
    refused = await cluster.ask("GET", CONFIG_MAPS, token="bob", headers={"impersonate-user": "admin"})
    assert content(refused)["message"] == (
        'users "admin" is forbidden: User "bob" cannot impersonate resource "users" in API group "" '
        "at the cluster scope"
    )
    account = {"impersonate-user": "system:serviceaccount:default:default"}
    who = content(await cluster.ask("POST", f"{AUTHN}/selfsubjectreviews", {}, headers=account))
    assert "system:serviceaccounts:default" in who["status"]["userInfo"]["groups"]


@pytest.mark.conformance("ServiceAccount, create and review token")
async def test_token_of_an_account(cluster: Cluster) -> None:
    token = await token_for(cluster)
    review = content(await cluster.ask("POST", f"{AUTHN}/tokenreviews", {"spec": {"token": token}}))["status"]
    assert (review["authenticated"], review.get("error", "")) == (True, "")
    claims = jwt.parse(token).claims
    assert claims["sub"] == "system:serviceaccount:default:default"
    assert claims["exp"] - claims["iat"] == 3600
    who = content(await cluster.ask("POST", f"{AUTHN}/selfsubjectreviews", {}, token=token))
    assert who["status"]["userInfo"]["username"] == "system:serviceaccount:default:default"
    assert who["status"]["userInfo"]["groups"] == [
        "system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated",
    ]
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 403
    cluster.clock.advance(3700)
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 401


async def test_token_ends_with_its_account(cluster: Cluster) -> None:
    token = await token_for(cluster)
    await cluster.ask("DELETE", f"{ACCOUNTS}/default")
    await cluster.create(ACCOUNTS, {"metadata": {"name": "default"}})
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 401


async def test_token_of_a_pod(cluster: Cluster) -> None:
    made = await cluster.create(PODS, pod())
    bound = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": made["metadata"]["uid"]}
    token = await token_for(cluster, expirationSeconds=3607, boundObjectRef=bound)
    claims = jwt.parse(token).claims
    assert claims["exp"] - claims["iat"] == 365 * 24 * 3600
    assert claims["kubernetes.io"]["warnafter"] - claims["iat"] == 3607
    assert claims["kubernetes.io"]["pod"]["name"] == "p"
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 403
    await cluster.ask("DELETE", f"{PODS}/p")
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 401


@pytest.mark.parametrize(("spec", "status", "message"), [
    pytest.param({"expirationSeconds": 10}, 422, "may not specify a duration less than 10 minutes", id="short"),
    pytest.param({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "x"}}, 404, "not found", id="no-pod"),
    pytest.param({"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1"}}, 400, "cannot bind token", id="kind"),
])
async def test_token_requests_refused(cluster: Cluster, spec: Any, status: int, message: str) -> None:
    response = await cluster.ask("POST", f"{ACCOUNTS}/default/token", {"spec": spec})
    assert response.status == status
    assert message in content(response)["message"]


async def test_token_for_another_audience(cluster: Cluster) -> None:
    token = await token_for(cluster, audiences=["vault"])
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 401
    review = await cluster.create(f"{AUTHN}/tokenreviews", {"spec": {"token": token, "audiences": ["vault", "x"]}})
    assert review["status"]["authenticated"] is True
    assert review["status"]["audiences"] == ["vault"]
    review = await cluster.create(f"{AUTHN}/tokenreviews", {"spec": {"token": token}})
    assert review["status"]["error"] == "invalid bearer token"


async def test_token_in_a_secret(cluster: Cluster) -> None:
    account = await cluster.get(f"{ACCOUNTS}/default")
    prefix = "kubernetes.io/serviceaccount/"
    token = jwt.Signer.from_pem(KEY).sign({
        "iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:default:default",
        f"{prefix}namespace": "default", f"{prefix}secret.name": "s", f"{prefix}service-account.name": "default",
        f"{prefix}service-account.uid": account["metadata"]["uid"],
    })
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 401
    secret = {
        "metadata": {"name": "s", "annotations": {"kubernetes.io/service-account.name": "default"}},
        "type": "kubernetes.io/service-account-token", "data": {"token": base64.b64encode(token.encode()).decode()},
    }
    await cluster.create("/api/v1/namespaces/default/secrets", secret)
    assert (await cluster.ask("GET", CONFIG_MAPS, token=token)).status == 403


async def test_token_of_another_key(cluster: Cluster) -> None:
    token = await token_for(cluster)
    forged = jwt.Signer.from_pem(tls.key_pem(tls.make_key())).sign(jwt.parse(token).claims)
    assert (await cluster.ask("GET", CONFIG_MAPS, token=forged)).status == 401


@pytest.mark.conformance("OIDC Discovery (ServiceAccountIssuerDiscovery)")
async def test_published_keys(cluster: Cluster) -> None:
    token = await token_for(cluster)
    keys = content(await cluster.ask("GET", "/openid/v1/jwks", token=token))["keys"]
    assert keys[0]["kid"] == jwt.parse(token).header["kid"]
    timeless = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims = pyjwt.decode(token, pyjwt.PyJWK(keys[0]).key, algorithms=[keys[0]["alg"]], options=timeless)
    assert claims["sub"] == "system:serviceaccount:default:default"
    issuer = content(await cluster.ask("GET", "/.well-known/openid-configuration", token=token))
    assert issuer["issuer"] == claims["iss"] == "https://kubernetes.default.svc.cluster.local"
    assert issuer["jwks_uri"].endswith("/openid/v1/jwks")


async def test_access_reviews(cluster: Cluster) -> None:
    await grant(cluster, "bob", READ)
    wanted = {"verb": "get", "resource": "configmaps", "namespace": "default"}
    own = await cluster.ask(
        "POST", f"{AUTHZ}/selfsubjectaccessreviews", {"spec": {"resourceAttributes": wanted}}, token="bob"
    )
    assert content(own)["status"] == {"allowed": True}
    spec = {"user": "eve", "resourceAttributes": wanted}
    assert (await cluster.create(f"{AUTHZ}/subjectaccessreviews", {"spec": spec}))["status"] == {"allowed": False}
    path = {"user": "bob", "groups": ["system:authenticated"], "nonResourceAttributes": {"path": "/api", "verb": "get"}}
    assert (await cluster.create(f"{AUTHZ}/subjectaccessreviews", {"spec": path}))["status"]["allowed"] is True
    assert (await cluster.ask("POST", f"{AUTHZ}/subjectaccessreviews", {"spec": {"user": "x"}})).status == 422
    rules = await cluster.ask(
        "POST", f"{AUTHZ}/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}, token="bob"
    )
    assert {**READ} in content(rules)["status"]["resourceRules"]


NODE = {"impersonate-user": "system:node:n1", "impersonate-group": "system:nodes"}


async def test_node_reads_what_its_pods_name(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map("mine"))
    await cluster.create(CONFIG_MAPS, config_map("other"))
    volume = {"name": "v", "configMap": {"name": "mine"}}
    await cluster.create(PODS, pod(nodeName="n1", volumes=[volume]))
    assert (await cluster.ask("GET", f"{CONFIG_MAPS}/mine", headers=NODE)).status == 200
    refused = await cluster.ask("GET", f"{CONFIG_MAPS}/other", headers=NODE)
    assert content(refused)["message"].endswith(": no relationship found between node 'n1' and this object")
    selected = await cluster.ask("GET", CONFIG_MAPS, headers=NODE, fieldSelector="metadata.name=mine")
    assert selected.status == 200
    assert (await cluster.ask("GET", CONFIG_MAPS, headers=NODE)).status == 403


async def test_node_lists_what_is_its_own(cluster: Cluster) -> None:
    for name in ("n1", "n2"):
        await cluster.create("/api/v1/nodes", {"metadata": {"name": name}})
        await cluster.create(PODS, {**pod(nodeName=name), "metadata": {"name": name}})
    pods, slices, nodes = "/api/v1/pods", "/apis/resource.k8s.io/v1/resourceslices", "/api/v1/nodes"
    for path, field in ((pods, "spec.nodeName"), (slices, "spec.nodeName"), (nodes, "metadata.name")):
        assert (await cluster.ask("GET", path, headers=NODE, fieldSelector=f"{field}=n1")).status == 200, path
        for selector in ("", f"{field}=n2", f"{field}!=n1", f"{field}=n1\\"):
            assert (await cluster.ask("GET", path, headers=NODE, fieldSelector=selector)).status == 403, path
    assert (await cluster.ask("GET", f"{PODS}/n1", headers=NODE)).status == 200
    assert (await cluster.ask("GET", f"{PODS}/n2", headers=NODE)).status == 403
    refused = await cluster.ask("GET", f"{nodes}/n2", headers=NODE)
    assert content(refused)["message"].endswith("node 'n1' cannot read 'n2', only its own Node object")
    assert (await cluster.ask("GET", f"{nodes}/n1", headers=NODE)).status == 200


@pytest.mark.parametrize(("selector", "allowed"), [
    pytest.param({"rawSelector": "spec.nodeName=n1"}, True, id="text"),
    pytest.param({"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["n1"]}]}, True, id="one-of"),
    pytest.param({"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["n1", "n2"]}]}, False,
                 id="one-of-two"),
    pytest.param({"requirements": [{"key": "spec.nodeName", "operator": "NotIn", "values": ["n1"]}]}, False, id="not"),
    pytest.param({"rawSelector": "spec.nodeName=n2"}, False, id="other"),
])
async def test_reviews_of_lists_narrowed_by_fields(cluster: Cluster, selector: dict[str, Any], allowed: bool) -> None:
    review = {"spec": {"user": "system:node:n1", "groups": ["system:nodes"], "resourceAttributes": {
        "verb": "list", "resource": "pods", "fieldSelector": selector,
    }}}
    assert (await cluster.create(f"{AUTHZ}/subjectaccessreviews", review))["status"]["allowed"] is allowed


async def test_node_writes_about_itself(cluster: Cluster) -> None:
    nodes = "/api/v1/nodes"
    made = await cluster.ask("POST", nodes, {"metadata": {"name": "n1"}}, headers=NODE)
    assert made.status == 201
    taints = content(made)["spec"]["taints"]
    assert taints == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    other = await cluster.ask("POST", nodes, {"metadata": {"name": "n2"}}, headers=NODE)
    assert content(other)["message"] == 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"'
    label = {"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}
    headers = {**NODE, "content-type": "application/merge-patch+json"}
    refused = await cluster.ask("PATCH", f"{nodes}/n1", orjson.dumps(label), headers=headers)
    assert refused.status == 403
    status = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert (await cluster.ask("PATCH", f"{nodes}/n1/status", orjson.dumps(status), headers=headers)).status == 200


async def test_node_touches_its_own_pods_only(cluster: Cluster) -> None:
    await cluster.create(PODS, pod("mine", nodeName="n1"))
    await cluster.create(PODS, pod("other", nodeName="n2"))
    headers = {**NODE, "content-type": "application/merge-patch+json"}
    running = orjson.dumps({"status": {"phase": "Running"}})
    assert (await cluster.ask("PATCH", f"{PODS}/mine/status", running, headers=headers)).status == 200
    assert (await cluster.ask("PATCH", f"{PODS}/other/status", running, headers=headers)).status == 403
    zero = {"gracePeriodSeconds": 0}
    assert (await cluster.ask("DELETE", f"{PODS}/other", zero, headers=NODE)).status == 403
    assert (await cluster.ask("DELETE", f"{PODS}/mine", zero, headers=NODE)).status == 200
    assert (await cluster.ask("POST", PODS, pod("new", nodeName="n1"), headers=NODE)).status == 403


async def test_node_gets_tokens_for_its_pods(cluster: Cluster) -> None:
    made = await cluster.create(PODS, pod(nodeName="n1"))
    bound = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": made["metadata"]["uid"]}
    path = f"{ACCOUNTS}/default/token"
    assert (await cluster.ask("POST", path, {"spec": {"boundObjectRef": bound}}, headers=NODE)).status == 201
    refused = await cluster.ask("POST", path, {"spec": {}}, headers=NODE)
    assert content(refused)["message"].endswith("node requested token not bound to a pod")
