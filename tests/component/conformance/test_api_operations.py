"""Kinds that the conformance tests walk through all verbs, on a server with nobody who acts on the objects."""

from typing import Any

import pytest

from tests.component.kinds.conftest import APPLY, JSON_PATCH, MERGE, STRATEGIC, Api, place, release
from tests.component.kinds.examples import Example, examples, path

conformance = pytest.mark.conformance

KINDS = [
    pytest.param("FlowSchema.v1.flowcontrol.apiserver.k8s.io",
                 marks=conformance("Priority and Fairness FlowSchema API")),
    pytest.param("PriorityLevelConfiguration.v1.flowcontrol.apiserver.k8s.io",
                 marks=conformance("Priority and Fairness PriorityLevelConfiguration API")),
    pytest.param("MutatingAdmissionPolicy.v1.admissionregistration.k8s.io",
                 marks=conformance("MutatingAdmissionPolicy API")),
    pytest.param("MutatingAdmissionPolicyBinding.v1.admissionregistration.k8s.io",
                 marks=conformance("MutatingAdmissionPolicyBinding API")),
    pytest.param("ValidatingAdmissionPolicy.v1.admissionregistration.k8s.io",
                 marks=conformance("ValidatingAdmissionPolicy API")),
    pytest.param("ValidatingAdmissionPolicyBinding.v1.admissionregistration.k8s.io",
                 marks=conformance("ValidatingadmissionPolicyBinding API")),
    pytest.param("StorageVersionMigration.v1.storagemigration.k8s.io",
                 marks=conformance("CRUD operations for storageversionmigrations")),
    pytest.param("CronJob.v1.batch", marks=conformance("CronJob API Operations")),
    pytest.param("CertificateSigningRequest.v1.certificates.k8s.io",
                 marks=conformance("CertificateSigningRequest API")),
    pytest.param("PodCertificateRequest.v1.certificates.k8s.io",
                 marks=conformance("PodCertificateRequest API operations")),
    pytest.param("ClusterTrustBundle.v1.certificates.k8s.io",
                 marks=conformance("CRUD operations for clustertrustbundles")),
    pytest.param("EndpointSlice.v1.discovery.k8s.io", marks=conformance("EndpointSlice API")),
    pytest.param("Endpoints.v1", marks=conformance("Endpoint resource lifecycle")),
    pytest.param("Ingress.v1.networking.k8s.io", marks=conformance("Ingress API")),
    pytest.param("IngressClass.v1.networking.k8s.io", marks=conformance("IngressClass API")),
    pytest.param("IPAddress.v1.networking.k8s.io", marks=conformance("IPAddress API")),
    pytest.param("ServiceCIDR.v1.networking.k8s.io", marks=conformance("ServiceCIDR API")),
    pytest.param("Service.v1", marks=conformance("Service, deletes a collection of services")),
    pytest.param("RuntimeClass.v1.node.k8s.io", marks=conformance("RuntimeClass API")),
    pytest.param("Lease.v1.coordination.k8s.io", marks=conformance("lease API should be available")),
    pytest.param("Node.v1", marks=conformance("Node, resource lifecycle")),
    pytest.param("PodTemplate.v1", marks=[
        conformance("PodTemplate lifecycle"), conformance("PodTemplate, delete a collection"),
        conformance("PodTemplate, replace"),
    ]),
    pytest.param("ConfigMap.v1", marks=[conformance("ConfigMap lifecycle"), conformance("ConfigMap Update")]),
    pytest.param("Secret.v1", marks=conformance("Secret patching")),
    pytest.param("ServiceAccount.v1", marks=[
        conformance("ServiceAccount lifecycle test"), conformance("ServiceAccount, update a ServiceAccount"),
    ]),
    pytest.param("LimitRange.v1", marks=conformance("LimitRange, list, patch and delete a LimitRange by collection")),
    pytest.param("ResourceQuota.v1", marks=[
        conformance("ResourceQuota, manage lifecycle of a ResourceQuota"),
        conformance("ResourceQuota, update and delete"),
    ]),
    pytest.param("Event.v1", marks=[
        conformance("Event, delete a collection"), conformance("Event, manage lifecycle of an Event"),
    ]),
    pytest.param("Event.v1.events.k8s.io", marks=[
        conformance("New Event resource lifecycle, testing a list of events"),
        conformance("New Event resource lifecycle, testing a single event"),
    ]),
    pytest.param("PodDisruptionBudget.v1.policy", marks=[
        conformance("PodDisruptionBudget: create, update, patch, and delete object"),
        conformance("PodDisruptionBudget: list and delete collection"),
    ]),
    pytest.param("Job.v1.batch", marks=conformance("Jobs, manage lifecycle")),
    pytest.param("DeviceClass.v1.resource.k8s.io", marks=conformance("CRUD operations for deviceclasses")),
    pytest.param("DeviceTaintRule.v1.resource.k8s.io", marks=conformance("CRUD operations for devicetaintrules")),
    pytest.param("ResourceClaim.v1.resource.k8s.io", marks=conformance("CRUD operations for resourceclaims")),
    pytest.param("ResourceClaimTemplate.v1.resource.k8s.io",
                 marks=conformance("CRUD operations for resourceclaimtemplates")),
    pytest.param("ResourceSlice.v1.resource.k8s.io", marks=conformance("CRUD operations for resoureslices")),
    pytest.param("CSIDriver.v1.storage.k8s.io", marks=conformance("CSIDriver, lifecycle")),
    pytest.param("CSINode.v1.storage.k8s.io", marks=conformance("CSINode, lifecycle")),
    pytest.param("CSIStorageCapacity.v1.storage.k8s.io", marks=conformance("CSIStorageCapacity API")),
    pytest.param("StorageClass.v1.storage.k8s.io", marks=conformance("StorageClass, lifecycle")),
    pytest.param("VolumeAttachment.v1.storage.k8s.io", marks=conformance("VolumeAttachment, lifecycle")),
    pytest.param("VolumeAttributesClass.v1.storage.k8s.io", marks=conformance("VolumeAttributesClass, lifecycle")),
    pytest.param("PersistentVolume.v1", marks=conformance("PersistentVolumes(Claims), lifecycle")),
    pytest.param("PersistentVolumeClaim.v1", marks=conformance("PersistentVolumes(Claims), lifecycle")),
]


def listed(api: Api, target: str, selector: str) -> list[str]:
    return [each["metadata"]["name"] for each in api.expect(200, "GET", target, labelSelector=selector)["items"]]


def is_discovered(api: Api, example: Example) -> None:
    """Check the three documents that lead to a kind."""
    resource = example.resource
    if resource.group:
        [group] = [each for each in api.expect(200, "GET", "/apis")["groups"] if each["name"] == resource.group]
        assert resource.api_version in [each["groupVersion"] for each in group["versions"]]
        alone = api.expect(200, "GET", f"/apis/{resource.group}")
        assert resource.version in [each["version"] for each in alone["versions"]]
    root = path(resource).rsplit("/", 1)[0]
    shown = {each["name"] for each in api.expect(200, "GET", root)["resources"]}
    assert {resource.plural, *(f"{resource.plural}/{each.name}" for each in resource.subresources)} <= shown


@pytest.mark.parametrize("kind", KINDS)
def test_all_verbs(api: Api, kind: str) -> None:
    example = examples()[kind]
    is_discovered(api, example)
    collection, everywhere = example.collection, path(example.resource)
    start = api.expect(200, "GET", collection, limit=1)["metadata"]["resourceVersion"]
    made = [api.create(example, labels={"walk": "yes", "kind": example.resource.kind}) for _ in range(3)]
    first, second, third = (place(example, each) for each in made)
    name = made[0]["metadata"]["name"]
    assert api.expect(200, "GET", first)["metadata"]["uid"] == made[0]["metadata"]["uid"]
    selector = f"walk=yes,kind={example.resource.kind}"
    for target in (collection, everywhere):
        assert len(listed(api, target, selector)) == 3

    patched = api.expect(200, "PATCH", first, {"metadata": {"annotations": {"patched": "true"}}}, kind=MERGE)
    assert patched["metadata"]["annotations"]["patched"] == "true"
    strategic = {"metadata": {"labels": {"also": "patched"}}}
    assert api.expect(200, "PATCH", first, strategic, kind=STRATEGIC)["metadata"]["labels"]["also"] == "patched"
    step = {"op": "add", "path": "/metadata/labels/json", "value": "patched"}
    assert api.expect(200, "PATCH", first, [step], kind=JSON_PATCH)["metadata"]["labels"]["json"] == "patched"
    wish = {"apiVersion": example.resource.api_version, "kind": example.resource.kind,
            "metadata": {"name": name, "labels": {"applied": "yes"}}}
    applied = api.expect(200, "PATCH", first, wish, kind=APPLY, fieldManager="walker")
    assert applied["metadata"]["labels"]["applied"] == "yes"
    current = api.expect(200, "GET", first)
    current["metadata"]["annotations"]["updated"] = "true"
    updated = api.expect(200, "PUT", first, current)
    assert updated["metadata"]["annotations"].items() >= {("patched", "true"), ("updated", "true")}
    assert api.expect(200, "GET", first)["metadata"]["annotations"]["updated"] == "true"
    assert listed(api, collection, f"{selector},also=patched") == [name]

    api.expect(200, "DELETE", first)
    release(api, example, made[0])
    api.expect(404, "GET", first)
    assert name not in listed(api, collection, selector)
    told = seen(api, collection, start, name)
    assert [told[0], told[-1]] == ["ADDED", "DELETED"]
    assert set(told[1:-1]) == {"MODIFIED"}

    api.expect(200, "PATCH", third, {"metadata": {"labels": {"walk": "no"}}}, kind=MERGE)
    remove_all(api, example, made[1:2], selector)
    api.expect(404, "GET", second)
    assert listed(api, collection, selector) == []
    api.expect(200, "GET", third)


def seen(api: Api, collection: str, start: str, name: str) -> list[str]:
    """Return what a watch tells of one object until it is deleted."""
    query = {"resourceVersion": start, "fieldSelector": f"metadata.name={name}"}
    count = 7
    while (told := [kind for kind, _ in api.watch(collection, count, **query)])[-1] != "DELETED":
        count += 1
    return told


def remove_all(api: Api, example: Example, made: list[Any], selector: str) -> None:
    if "deletecollection" in example.resource.verbs:
        api.expect(200, "DELETE", example.collection, labelSelector=selector)
    for each in made:
        if "deletecollection" not in example.resource.verbs:
            api.expect(200, "DELETE", place(example, each))
        release(api, example, each)


STATUSES = [
    pytest.param("FlowSchema.v1.flowcontrol.apiserver.k8s.io",
                 marks=conformance("Priority and Fairness FlowSchema API")),
    pytest.param("PriorityLevelConfiguration.v1.flowcontrol.apiserver.k8s.io",
                 marks=conformance("Priority and Fairness PriorityLevelConfiguration API")),
    pytest.param("ValidatingAdmissionPolicy.v1.admissionregistration.k8s.io",
                 marks=conformance("ValidatingAdmissionPolicy API")),
    pytest.param("CronJob.v1.batch", marks=conformance("CronJob API Operations")),
    pytest.param("Job.v1.batch", marks=conformance("Jobs, apply changes to status")),
    pytest.param("CertificateSigningRequest.v1.certificates.k8s.io",
                 marks=conformance("CertificateSigningRequest API")),
    pytest.param("PodCertificateRequest.v1.certificates.k8s.io",
                 marks=conformance("PodCertificateRequest API operations")),
    pytest.param("Ingress.v1.networking.k8s.io", marks=conformance("Ingress API")),
    pytest.param("ServiceCIDR.v1.networking.k8s.io", marks=conformance("ServiceCIDR API")),
    pytest.param("Service.v1", marks=conformance("Service, complete ServiceStatus lifecycle")),
    pytest.param("ResourceQuota.v1", marks=conformance("ResourceQuota, apply changes to a ResourceQuota status")),
    pytest.param("PodDisruptionBudget.v1.policy",
                 marks=conformance("PodDisruptionBudget: update and patch status")),
    pytest.param("DeviceTaintRule.v1.resource.k8s.io", marks=conformance("CRUD operations for devicetaintrules")),
    pytest.param("ResourceClaim.v1.resource.k8s.io", marks=conformance("CRUD operations for resourceclaims")),
    pytest.param("StorageVersionMigration.v1.storagemigration.k8s.io",
                 marks=conformance("CRUD operations for storageversionmigrations")),
    pytest.param("VolumeAttachment.v1.storage.k8s.io",
                 marks=conformance("VolumeAttachment, apply changes to a volumeattachment status")),
    pytest.param("PersistentVolume.v1",
                 marks=conformance("PersistentVolumes(Claims), apply changes to a pv/pvc status")),
    pytest.param("PersistentVolumeClaim.v1",
                 marks=conformance("PersistentVolumes(Claims), apply changes to a pv/pvc status")),
    pytest.param("Namespace.v1", marks=conformance("Namespace, apply changes to a namespace status")),
    pytest.param("DaemonSet.v1.apps", marks=conformance("DaemonSet, status sub-resource")),
    pytest.param("Deployment.v1.apps", marks=conformance("Deployment, status sub-resource")),
    pytest.param("ReplicaSet.v1.apps", marks=conformance("ReplicaSet, status sub-resource")),
    pytest.param("StatefulSet.v1.apps", marks=conformance("StatefulSet, status sub-resource")),
]


@pytest.mark.parametrize("kind", STATUSES)
def test_status(api: Api, kind: str) -> None:
    """Status is read, patched and replaced at its own path, shown at the object's, and told to watchers."""
    example = examples()[kind]
    made = api.create(example, labels={"status": "yes"})
    target = place(example, made)
    assert api.expect(200, "GET", f"{target}/status")["metadata"]["uid"] == made["metadata"]["uid"]
    patch = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": example.status}
    patched = api.expect(200, "PATCH", f"{target}/status", patch, kind=MERGE)
    assert says(patched["status"], example.status)
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"
    query = {"resourceVersion": made["metadata"]["resourceVersion"],
             "fieldSelector": f"metadata.name={made['metadata']['name']}"}
    count = 1
    while not says((told := api.watch(example.collection, count, **query))[-1][1].get("status"), example.status):
        count += 1  # The server may have written a status of its own first.
    assert {kind for kind, _ in told} == {"MODIFIED"}

    again = api.create(example)
    target = place(example, again)
    current = api.expect(200, "GET", f"{target}/status")
    assert not says(current.get("status"), example.status)
    wanted = (current.get("status") or {}) | example.status
    replaced = api.expect(200, "PUT", f"{target}/status", current | {"status": wanted})
    assert replaced.get("spec") == again.get("spec")
    assert says(api.expect(200, "GET", target)["status"], example.status)


def says(status: Any, wanted: Any) -> bool:
    """Return whether a status says all that is wanted; the server may say more in lists."""
    if isinstance(wanted, dict):
        return isinstance(status, dict) and all(says(status.get(name), each) for name, each in wanted.items())
    if isinstance(wanted, list):
        return isinstance(status, list) and all(any(says(mine, each) for mine in status) for each in wanted)
    return bool(status == wanted)


def merged(whole: Any, part: Any) -> Any:
    """Return what a merge patch makes of an object."""
    if not isinstance(part, dict):
        return part
    return (whole or {}) | {name: merged((whole or {}).get(name), each) for name, each in part.items()}


def storage(amount: str) -> dict[str, Any]:
    return {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": amount}}]}}


def subset(address: str) -> dict[str, Any]:
    return {"subsets": [{"addresses": [{"ip": address}], "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}]}


def series(count: int) -> dict[str, Any]:
    return {"series": {"count": count, "lastObservedTime": "2027-01-01T00:00:00.000000Z"}}


CHANGES = [
    pytest.param("ConfigMap.v1", {"data": {"name": "value1"}}, {"data": {"name": "value2"}}, marks=[
        conformance("ConfigMap lifecycle"), conformance("ConfigMap Update")]),
    pytest.param("Secret.v1", {"data": {"key": "dmFsdWUx"}}, {"data": {"key": "dmFsdWUy"}},
                 marks=conformance("Secret patching")),
    pytest.param("ServiceAccount.v1", {"automountServiceAccountToken": False}, {"automountServiceAccountToken": True},
                 marks=[conformance("ServiceAccount lifecycle test"),
                        conformance("ServiceAccount, update a ServiceAccount")]),
    pytest.param("LimitRange.v1", storage("2Ti"), storage("3Ti"),
                 marks=conformance("LimitRange, list, patch and delete a LimitRange by collection")),
    pytest.param("ResourceQuota.v1", {"spec": {"hard": {"requests.cpu": "750"}}}, {"spec": {"hard": {"pods": "5"}}},
                 marks=[conformance("ResourceQuota, manage lifecycle of a ResourceQuota"),
                        conformance("ResourceQuota, update and delete")]),
    pytest.param("Endpoints.v1", subset("10.0.0.24"), subset("10.0.0.25"),
                 marks=conformance("Endpoint resource lifecycle")),
    pytest.param("Event.v1", {"message": "patched"}, series(100),
                 marks=conformance("Event, manage lifecycle of an Event")),
    pytest.param("Event.v1.events.k8s.io", series(2), series(100),
                 marks=conformance("New Event resource lifecycle, testing a single event")),
    pytest.param("PodDisruptionBudget.v1.policy", {"spec": {"maxUnavailable": 2}}, {"spec": {"maxUnavailable": "50%"}},
                 marks=conformance("PodDisruptionBudget: create, update, patch, and delete object")),
    pytest.param("Lease.v1.coordination.k8s.io", {"spec": {"holderIdentity": "a", "leaseDurationSeconds": 30}},
                 {"spec": {"holderIdentity": "b", "leaseTransitions": 1}},
                 marks=conformance("lease API should be available")),
]


@pytest.mark.parametrize(("kind", "patch", "update"), CHANGES)
def test_fields_take_new_values(api: Api, kind: str, patch: dict[str, Any], update: dict[str, Any]) -> None:
    example = examples()[kind]
    target = place(example, made := api.create(example))
    assert not says(made, patch)
    assert says(api.expect(200, "PATCH", target, patch, kind=MERGE), patch)
    found = api.expect(200, "GET", target)
    assert says(found, patch)
    assert not says(found, update)
    assert says(api.expect(200, "PUT", target, merged(found, update)), update)
    assert says(api.expect(200, "GET", target), update)


@conformance("CertificateSigningRequest API")
def test_approvals_are_read_patched_and_replaced(api: Api) -> None:
    example = examples()["CertificateSigningRequest.v1.certificates.k8s.io"]
    target = f"{place(example, made := api.create(example))}/approval"
    assert api.expect(200, "GET", target)["metadata"]["uid"] == made["metadata"]["uid"]
    condition = {"type": "ApprovalPatch", "status": "True", "reason": "E2E"}
    patch = {"metadata": {"annotations": {"patchedapproval": "true"}}, "status": {"conditions": [condition]}}
    patched = api.expect(200, "PATCH", target, patch, kind=MERGE)
    assert says(patched, patch)
    patched["status"]["conditions"].append(condition | {"type": "ApprovalUpdate"})
    updated = api.expect(200, "PUT", target, patched)
    assert [each["type"] for each in updated["status"]["conditions"]] == ["ApprovalPatch", "ApprovalUpdate"]


@conformance("New Event resource lifecycle, testing a single event")
def test_events_are_found_by_who_tells_them(api: Api) -> None:
    example = examples()["Event.v1.events.k8s.io"]
    name, teller = api.create(example)["metadata"]["name"], example.body["reportingController"]
    for key, field in (("Event.v1", "source"), ("Event.v1.events.k8s.io", "reportingController")):
        collection = examples()[key].collection
        for value, is_found in ((teller, True), ("somebody.else", False)):
            found = api.expect(200, "GET", collection, fieldSelector=f"{field}={value}")["items"]
            assert (name in [each["metadata"]["name"] for each in found]) is is_found
