"""Good objects of the kinds with the most rules, for mutations that get past the first checks."""

from typing import Any

META = {"name": "a"}
LABELS = {"app": "a"}
SELECTOR = {"matchLabels": LABELS}
PROBE = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 5}
RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"],
    "scope": "*"}
HOOK = {
    "name": "h.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "rules": [RULE],
    "clientConfig": {"url": "https://127.0.0.1:1/x"}, "failurePolicy": "Ignore", "timeoutSeconds": 1,
    "namespaceSelector": {"matchLabels": {"never": "ever"}},
}

CONTAINER: dict[str, Any] = {
    "name": "c", "image": "nginx:1", "command": ["sh"], "args": ["-c", "$(A)"],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k", "optional": True}}}],
    "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
    "resources": {"requests": {"cpu": "100m", "memory": "1Mi"}, "limits": {"cpu": "1"}},
    "livenessProbe": PROBE, "readinessProbe": {"exec": {"command": ["true"]}}, "imagePullPolicy": "Always",
    "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "x"}],
    "securityContext": {"runAsUser": 1, "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}},
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
}
POD_SPEC: dict[str, Any] = {
    "containers": [CONTAINER], "initContainers": [{"name": "i", "image": "b", "restartPolicy": "Always"}],
    "volumes": [
        {"name": "v", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "w", "configMap": {"name": "x", "items": [
            {"key": "a", "path": "b", "mode": 420}]}},
        {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}]}},
    ],
    "nodeSelector": {"a": "b"}, "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
    "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
    "affinity": {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]}},
        "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {
            "topologyKey": "kubernetes.io/hostname", "labelSelector": SELECTOR}}]},
    },
    "topologySpreadConstraints": [{
        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": SELECTOR,
    }],
    "hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a"]}], "securityContext": {"runAsNonRoot": True, "fsGroup": 1},
}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}
JOB_SPEC: dict[str, Any] = {
    "template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}, "backoffLimit": 1, "completions": 2,
    "parallelism": 1, "completionMode": "Indexed", "podFailurePolicy": {"rules": [
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2]}}]},
}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {
    "spec": {"type": "object", "required": ["a"], "properties": {
        "a": {"type": "string", "pattern": "^a+$", "maxLength": 5, "default": "aa"},
        "n": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "format": "int32"},
        "l": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
            "type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "number"}}}},
        "s": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "m": {"type": "object", "additionalProperties": {"type": "string", "enum": ["x", "y"]}},
        "i": {"x-kubernetes-int-or-string": True}, "o": {"type": "object", "nullable": True, "properties": {
            "e": {"type": "object", "x-kubernetes-embedded-resource": True,
                  "x-kubernetes-preserve-unknown-fields": True}}},
        "c": {"type": "number", "anyOf": [{"minimum": 1}, {"multipleOf": 2}], "not": {"enum": [5]}},
    }, "x-kubernetes-validations": [{"rule": "self.n > 1 || has(self.s)", "message": "no"}]},
    "status": {"type": "object", "properties": {"n": {"type": "integer"}, "sel": {"type": "string"}}},
}}
DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.fuzz.example.com"}, "spec": {
        "group": "fuzz.example.com", "scope": "Namespaced",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing", "shortNames": ["th"]},
        "versions": [{
            "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA},
            "subresources": {"status": {}, "scale": {
                "specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n", "labelSelectorPath": ".status.sel"}},
            "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".spec.a"}],
            "selectableFields": [{"jsonPath": ".spec.a"}],
        }],
    },
}
THING = {
    "apiVersion": "fuzz.example.com/v1", "kind": "Thing", "metadata": META,
    "spec": {"a": "aaa", "n": 2, "l": [{"k": "a", "v": 1}], "s": ["a", "b"], "m": {"q": "x"}, "i": "5%", "c": 2,
             "o": {"e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}}},
    "status": {"n": 1},
}


def _of(api_version: str, kind: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": META, **content}


SAMPLES: tuple[dict[str, Any], ...] = (
    _of("v1", "Pod", spec=POD_SPEC),
    _of("v1", "Service", spec={"ports": [{"port": 80, "name": "http", "targetPort": "http"}], "selector": LABELS,
                               "type": "NodePort", "sessionAffinity": "ClientIP"}),
    _of("v1", "ConfigMap", data={"a": "b"}, binaryData={"c": "YQ=="}),
    _of("v1", "Secret", stringData={"a": "b"}, type="Opaque"),
    _of("v1", "ReplicationController", spec={"replicas": 0, "selector": LABELS, "template": TEMPLATE}),
    _of("v1", "PersistentVolume", spec={"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
                                        "hostPath": {"path": "/x"}, "persistentVolumeReclaimPolicy": "Retain"}),
    _of("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"],
                                             "resources": {"requests": {"storage": "1Gi"}}}),
    _of("v1", "LimitRange", spec={"limits": [{"type": "Container", "default": {"cpu": "1"}, "min": {"cpu": "10m"}}]}),
    _of("v1", "ResourceQuota", spec={"hard": {"pods": "100000", "count/deployments.apps": "100000"}}),
    _of("v1", "Endpoints", subsets=[{"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 80}]}]),
    _of("v1", "Node", spec={"podCIDR": "10.9.0.0/24", "taints": [{"key": "k", "effect": "NoSchedule"}]}),
    _of("v1", "Namespace"), _of("v1", "ServiceAccount", secrets=[{"name": "x"}]),
    _of("v1", "Event", involvedObject={"kind": "Pod", "name": "a", "namespace": "default"}, reason="R", message="m",
        type="Normal"),
    _of("v1", "PodTemplate", template=TEMPLATE),
    _of("apps/v1", "Deployment", spec={"replicas": 1, "selector": SELECTOR, "template": TEMPLATE, "strategy": {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}}),
    _of("apps/v1", "StatefulSet", spec={"serviceName": "s", "selector": SELECTOR, "template": TEMPLATE,
                                        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {
                                            "accessModes": ["ReadWriteOnce"],
                                            "resources": {"requests": {"storage": "1Gi"}}}}]}),
    _of("apps/v1", "DaemonSet", spec={"selector": SELECTOR, "template": TEMPLATE}),
    _of("apps/v1", "ReplicaSet", spec={"replicas": 1, "selector": SELECTOR, "template": TEMPLATE}),
    _of("apps/v1", "ControllerRevision", revision=1, data={"a": 1}),
    _of("batch/v1", "Job", spec=JOB_SPEC),
    _of("batch/v1", "CronJob", spec={"schedule": "*/5 * * * *", "timeZone": "Etc/UTC",
                                     "jobTemplate": {"spec": JOB_SPEC}}),
    _of("networking.k8s.io/v1", "Ingress", spec={"rules": [{"host": "*.a.com", "http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}],
        "tls": [{"hosts": ["a.com"], "secretName": "t"}]}),
    _of("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "ingress": [{
        "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
        "ports": [{"port": 80, "endPort": 90}]}], "policyTypes": ["Ingress"]}),
    _of("policy/v1", "PodDisruptionBudget", spec={"minAvailable": "50%", "selector": SELECTOR}),
    _of("autoscaling/v2", "HorizontalPodAutoscaler", spec={
        "maxReplicas": 3, "minReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
                                                               "name": "a"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {
            "type": "Utilization", "averageUtilization": 50}}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 5, "policies": [
            {"type": "Pods", "value": 1, "periodSeconds": 5}]}}}),
    _of("autoscaling/v1", "HorizontalPodAutoscaler", spec={"maxReplicas": 3, "scaleTargetRef": {
        "kind": "Deployment", "name": "a"}, "targetCPUUtilizationPercentage": 5}),
    _of("rbac.authorization.k8s.io/v1", "Role", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]),
    _of("rbac.authorization.k8s.io/v1", "ClusterRole", rules=[{"nonResourceURLs": ["/x"], "verbs": ["get"]}],
        aggregationRule={"clusterRoleSelectors": [SELECTOR]}),
    _of("rbac.authorization.k8s.io/v1", "RoleBinding", subjects=[{"kind": "User", "name": "bob"}], roleRef={
        "kind": "Role", "name": "a", "apiGroup": "rbac.authorization.k8s.io"}),
    _of("storage.k8s.io/v1", "StorageClass", provisioner="x.example.com", allowedTopologies=[
        {"matchLabelExpressions": [{"key": "z", "values": ["a"]}]}]),
    _of("storage.k8s.io/v1", "CSINode", spec={"drivers": [{"name": "d", "nodeID": "x", "topologyKeys": ["z"]}]}),
    _of("storage.k8s.io/v1", "VolumeAttachment", spec={"attacher": "a.b", "nodeName": "n", "source": {
        "persistentVolumeName": "a"}}),
    _of("coordination.k8s.io/v1", "Lease", spec={"holderIdentity": "x", "leaseDurationSeconds": 5}),
    _of("discovery.k8s.io/v1", "EndpointSlice", addressType="IPv4", endpoints=[{"addresses": ["1.2.3.4"]}],
        ports=[{"name": "p", "port": 80}]),
    _of("scheduling.k8s.io/v1", "PriorityClass", value=5), _of("node.k8s.io/v1", "RuntimeClass", handler="runc"),
    _of("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", spec={
        "priorityLevelConfiguration": {"name": "exempt"}, "matchingPrecedence": 9000, "rules": [{
            "subjects": [{"kind": "User", "user": {"name": "nobody-at-all"}}],
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["x"], "resources": ["y"], "clusterScope": True}]}]}),
    _of("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", spec={"type": "Limited", "limited": {
        "nominalConcurrencyShares": 5, "limitResponse": {"type": "Queue", "queuing": {
            "queues": 8, "handSize": 2, "queueLengthLimit": 5}}}}),
    _of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", webhooks=[HOOK]),
    _of("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", webhooks=[HOOK]),
    _of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", spec={
        "matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "object.spec.replicas < 100"}]}),
    _of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", spec={
        "policyName": "a", "validationActions": ["Warn"]}),
    _of("apiregistration.k8s.io/v1", "APIService", spec={"group": "g.example.com", "version": "v1", "service": {
        "namespace": "default", "name": "s"}, "groupPriorityMinimum": 5, "versionPriority": 5}),
    _of("certificates.k8s.io/v1", "CertificateSigningRequest", spec={
        "signerName": "example.com/x", "usages": ["digital signature"], "request": "YQ=="}),
    _of("authorization.k8s.io/v1", "SubjectAccessReview", spec={"user": "bob", "resourceAttributes": {
        "verb": "get", "resource": "pods"}}),
    _of("authorization.k8s.io/v1", "SelfSubjectRulesReview", spec={"namespace": "default"}),
    _of("authentication.k8s.io/v1", "TokenReview", spec={"token": "x"}),
    _of("resource.k8s.io/v1", "ResourceClaim", spec={"devices": {"requests": [{"name": "r", "exactly": {
        "deviceClassName": "c", "selectors": [{"cel": {"expression": "device.driver == 'x'"}}]}}]}}),
    _of("resource.k8s.io/v1", "DeviceClass", spec={"selectors": [{"cel": {"expression": "true"}}]}),
    DEFINITION, THING,
)
