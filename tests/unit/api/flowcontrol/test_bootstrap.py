"""Flow schemas and priority levels that every cluster starts with."""

from kubewheel.api.flowcontrol import bootstrap, flow_schema, priority_level_configuration


def completed(kind, made):
    kind.prepare_create(made)
    kind.default(made)
    return made


def test_everything_is_valid():
    for kind, listed in (
        (priority_level_configuration.KIND, bootstrap.priority_levels()), (flow_schema.KIND, bootstrap.flow_schemas()),
    ):
        for made in listed:
            assert kind.validate(completed(kind, made)) == [], made["metadata"]["name"]
            assert made["metadata"]["annotations"] == {"apf.kubernetes.io/autoupdate-spec": "true"}


def test_names():
    assert [each["metadata"]["name"] for each in bootstrap.priority_levels()] == [
        "exempt", "catch-all", "system", "node-high", "leader-election", "workload-high", "workload-low",
        "global-default",
    ]
    order = [(each["spec"]["matchingPrecedence"], each["metadata"]["name"]) for each in bootstrap.flow_schemas()]
    assert order == sorted(order)
    assert order[0] == (1, "exempt")
    assert order[-1] == (10000, "catch-all")


def test_levels_exist():
    known = {each["metadata"]["name"] for each in bootstrap.priority_levels()}
    assert {each["spec"]["priorityLevelConfiguration"]["name"] for each in bootstrap.flow_schemas()} == known
