"""The spec of a claim."""

import pytest

from kubewheel.api.validation import claims

GOOD = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
CLAIM = {"kind": "PersistentVolumeClaim", "name": "c"}


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="fine"),
    pytest.param(
        {"accessModes": []}, ["p.accessModes: Required value: at least 1 access mode is required"], id="modes",
    ),
    pytest.param(
        {"accessModes": ["RWO"]},
        [
            'p.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", '
            '"ReadWriteOnce", "ReadWriteOncePod"'
        ],
        id="mode",
    ),
    pytest.param(
        {"accessModes": ["ReadWriteOncePod", "ReadOnlyMany"]},
        ["p.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"], id="alone",
    ),
    pytest.param({"resources": {}}, ["p.resources[storage]: Required value"], id="no-size"),
    pytest.param(
        {"resources": {"requests": {"storage": "0"}}},
        ['p.resources[storage]: Invalid value: "0": must be greater than zero'], id="size",
    ),
    pytest.param({"storageClassName": ""}, [], id="no-class"),
    pytest.param(
        {"volumeMode": "x"}, ['p.volumeMode: Unsupported value: "x": supported values: "Block", "Filesystem"'],
        id="volume-mode",
    ),
    pytest.param({"dataSource": CLAIM, "dataSourceRef": CLAIM}, [], id="source"),
    pytest.param(
        {"dataSource": {"kind": "Secret", "name": "s"}},
        [
            'p.dataSource: Invalid value: "Secret": must be \'PersistentVolumeClaim\' when referencing the default '
            "apiGroup"
        ],
        id="source-kind",
    ),
    pytest.param(
        {"dataSource": CLAIM, "dataSourceRef": {**CLAIM, "name": "d"}},
        ['p: Invalid value: "p.dataSource": must match dataSourceRef'], id="sources-differ",
    ),
    pytest.param(
        {"dataSource": CLAIM, "dataSourceRef": {**CLAIM, "namespace": "n"}},
        ['p: Invalid value: "p.dataSource": may not be specified when dataSourceRef.namespace is specified'],
        id="source-elsewhere",
    ),
])
def test_claim(change, expected):
    assert [str(fault) for fault in claims.validate_claim_spec({**GOOD, **change}, "p")] == expected


def test_names_of_classes():
    assert claims.validate_class_name(None, "p") == claims.validate_class_name("standard", "p") == []
    assert len(claims.validate_class_name("A", "p")) == 1
