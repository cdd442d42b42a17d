"""Priority classes that every cluster starts with."""

from kubewheel.api.scheduling import bootstrap, priority_class


def test_valid():
    made = bootstrap.priority_classes()
    assert [(each["metadata"]["name"], each["value"]) for each in made] == [
        ("system-node-critical", 2000001000), ("system-cluster-critical", 2000000000),
    ]
    assert [priority_class.KIND.validate(each) for each in made] == [[], []]
