"""Where an endpoint is, in v1beta1: topology."""

import copy

import pytest

from kubewheel.api.retired import discovery_v1beta1 as version


@pytest.mark.parametrize(("old", "stored", "shown"), [
    ({"topology": {version.ZONE: "a"}}, {"zone": "a"}, {"topology": {version.ZONE: "a"}}),
    ({"nodeName": "n", "topology": {version.HOST: "n"}}, {"nodeName": "n"},
     {"nodeName": "n", "topology": {version.HOST: "n"}}),
    ({"topology": {"rack": "7"}}, {"deprecatedTopology": {"rack": "7"}}, {"topology": {"rack": "7"}}),
    ({"nodeName": "n"}, {"nodeName": "n"}, {"nodeName": "n", "topology": {version.HOST: "n"}}),
])
def test_topology(old, stored, shown):
    found = {"endpoints": [copy.deepcopy(old)]}
    version.to_stored(found)
    assert found == {"endpoints": [stored]}
    version.from_stored(found)
    assert found == {"endpoints": [shown]}
