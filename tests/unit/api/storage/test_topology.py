"""Where volumes may be."""

from kubewheel.api.storage import topology


def test_term():
    expressions = [{"key": "zone", "values": ["a", "a"]}, {"key": "zone", "values": []}]
    found = topology.validate_term({"matchLabelExpressions": expressions}, "t")
    assert [str(fault) for fault in found] == [
        't.matchLabelExpressions[0].values[1]: Duplicate value: "a"',
        "t.matchLabelExpressions[1].values: Required value",
        't.matchLabelExpressions[1].key: Duplicate value: "zone"',
    ]
