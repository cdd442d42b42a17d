"""AdmissionConfiguration files: what they say, and what is wrong with them."""

from typing import Any

import pytest

from kubewheel.api.pod_security.policy import Level, Standard
from kubewheel.apiserver.admission_settings import AdmissionSettings, EventLimit, load, parse_selector

POD_SECURITY = "pod-security.admission.config.k8s.io/v1"
EVENTS = "eventratelimit.admission.k8s.io/v1alpha1"


def read(name: str, **configuration: Any) -> AdmissionSettings:
    files = {"file": {
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration",
        "plugins": [{"name": name, "configuration": configuration}],
    }}
    return load("file", files.__getitem__)


def test_pod_security() -> None:
    found = read(
        "PodSecurity", apiVersion=POD_SECURITY, kind="PodSecurityConfiguration",
        defaults={"enforce": "baseline", "enforce-version": "v1.30", "warn": "restricted"},
        exemptions={"usernames": ["ci"], "runtimeClasses": ["kata"], "namespaces": ["kube-system"]},
    ).pod_security
    assert found.defaults.enforce == Standard(Level.BASELINE, 30)
    assert (found.defaults.warn.level, found.defaults.audit.level) == (Level.RESTRICTED, Level.PRIVILEGED)
    assert (found.users, found.runtime_classes, found.namespaces) == ({"ci"}, {"kata"}, {"kube-system"})


def test_the_others() -> None:
    limits = [{"type": "User", "qps": 5, "burst": 10, "cacheSize": 7}]
    assert read("EventRateLimit", apiVersion=EVENTS, kind="Configuration", limits=limits).event_limits == (
        EventLimit("User", 5.0, 10, 7),
    )
    selectors = {"clusterDefaultNodeSelector": "a=b,c=d", "dev": ""}
    assert read("PodNodeSelector", podNodeSelectorPluginConfig=selectors).node_selectors == selectors
    tolerations = read(
        "PodTolerationRestriction", apiVersion="podtolerationrestriction.admission.k8s.io/v1alpha1",
        kind="Configuration", default=[{"key": "a"}], whitelist=[{"key": "b"}],
    )
    assert (tolerations.default_tolerations, tolerations.allowed_tolerations) == (({"key": "a"},), ({"key": "b"},))


@pytest.mark.parametrize(("name", "configuration", "message"), [
    pytest.param("Priority", {}, "'Priority' takes no configuration", id="plugin"),
    pytest.param("PodSecurity", {"kind": "X"}, "expected a PodSecurityConfiguration", id="kind"),
    pytest.param(
        "PodSecurity",
        {"apiVersion": POD_SECURITY, "kind": "PodSecurityConfiguration", "defaults": {"enforce": "strict"}},
        'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted', id="level",
    ),
    pytest.param(
        "PodSecurity",
        {"apiVersion": POD_SECURITY, "kind": "PodSecurityConfiguration", "exemptions": {"users": ["a"]}},
        "exemptions: unknown field 'users'", id="unknown",
    ),
    pytest.param(
        "EventRateLimit", {"apiVersion": EVENTS, "kind": "Configuration"}, "limits: must not be empty", id="empty",
    ),
    pytest.param(
        "EventRateLimit", {"apiVersion": EVENTS, "kind": "Configuration", "limits": [{"type": "X"}]},
        "must be one of Server", id="type",
    ),
    pytest.param(
        "EventRateLimit",
        {"apiVersion": EVENTS, "kind": "Configuration", "limits": [{"type": "Server", "qps": 0, "burst": 1}]},
        "limits[0].qps: 0 must be positive", id="qps",
    ),
    pytest.param(
        "PodNodeSelector", {"podNodeSelectorPluginConfig": {"dev": "a"}}, "dev: invalid selector: a", id="selector",
    ),
])
def test_what_is_refused(name: str, configuration: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="file") as found:
        read(name, **configuration)
    assert message in str(found.value)


@pytest.mark.parametrize("content", [None, [], {"kind": "Pod"}, {"kind": "AdmissionConfiguration", "apiVersion": "v1"}])
def test_other_files(content: Any) -> None:
    with pytest.raises(ValueError, match=r"AdmissionConfiguration|apiVersion"):
        load("file", lambda _: content)


def test_selectors() -> None:
    assert parse_selector("a=b, c=d") == {"a": "b", "c": "d"}
    assert parse_selector("") == {}
