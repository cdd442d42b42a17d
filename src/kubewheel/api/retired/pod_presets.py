"""settings.k8s.io/v1alpha1 PodPreset: the one retired kind that has no successor and is served all the same.

It is an add-on of the admission plugin PodPreset: where that does not run, the kind is not there.
"""

from typing import Any

from kubewheel.api.resources import Resource
from kubewheel.api.retired.retirement import Retirement

GROUP, VERSION, KIND = "settings.k8s.io", "v1alpha1", "PodPreset"
API_VERSION = f"{GROUP}/{VERSION}"
INSTEAD = "a MutatingAdmissionPolicy of admissionregistration.k8s.io/v1"
PACKAGE = "io.k8s.api.settings.v1alpha1"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_CORE = "io.k8s.api.core.v1"


def resource() -> Resource:
    """Return the resource."""
    retirement = Retirement("1.19", "1.20", replacement=INSTEAD)
    return Resource(GROUP, VERSION, "podpresets", "podpreset", KIND, namespaced=True, retired=retirement)


def _list_of(name: str) -> list[Any]:
    return ["[", {"e": f"@{_CORE}.{name}"}]


# In the form of the generated data.
DEFINITIONS: dict[str, dict[str, Any]] = {
    KIND: {
        "f": {
            "apiVersion": "s", "kind": "s", "metadata": f"@{_META}.ObjectMeta", "spec": f"@{PACKAGE}.PodPresetSpec",
        },
        "g": [[GROUP, VERSION, KIND]],
        "d": {"spec": "What pods get, and which pods."},
    },
    f"{KIND}Spec": {
        "f": {
            "selector": f"@{_META}.LabelSelector", "env": _list_of("EnvVar"), "envFrom": _list_of("EnvFromSource"),
            "volumes": _list_of("Volume"), "volumeMounts": _list_of("VolumeMount"),
        },
        "d": {
            "selector": "Labels of the pods that get it all.",
            "env": "Variables for each container.",
            "envFrom": "Sources of variables for each container.",
            "volumes": "Volumes for each pod.",
            "volumeMounts": "Mounts for each container.",
        },
    },
    f"{KIND}List": {
        "f": {
            "apiVersion": "s", "kind": "s", "metadata": f"@{_META}.ListMeta",
            "items": ["[", {"e": f"@{PACKAGE}.{KIND}"}],
        },
        "r": ["items"],
        "g": [[GROUP, VERSION, f"{KIND}List"]],
        "d": {"items": "The presets."},
    },
}
NAMES = {f"{API_VERSION}/{kind}": f"{PACKAGE}.{kind}" for kind in (KIND, f"{KIND}List")}
