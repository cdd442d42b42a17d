"""Names of Services, endpoints and pods."""

import pytest

from kubewheel.libs.dnswire import Code, Question, Type


async def _ask(names, name, record_type=Type.A):
    answer = await names.answer(Question(name, record_type, b""))
    return answer.code, [record.data for record in answer.records]


@pytest.mark.parametrize(
    ("name", "record_type", "code", "data"),
    [
        pytest.param("web.default.svc.cluster.local", Type.A, Code.NOERROR, ["10.96.0.20"], id="cluster-ip"),
        pytest.param("web.default.svc.cluster.local", Type.AAAA, Code.NOERROR, [], id="no-data"),
        pytest.param("none.default.svc.cluster.local", Type.A, Code.NXDOMAIN, [], id="no-service"),
        pytest.param("web.other.svc.cluster.local", Type.A, Code.NXDOMAIN, [], id="no-namespace"),
        pytest.param("default.svc.cluster.local", Type.A, Code.NOERROR, [], id="namespace-alone"),
        pytest.param("svc.cluster.local", Type.A, Code.NOERROR, [], id="zone-alone"),
        pytest.param("nothing.cluster.local", Type.A, Code.NXDOMAIN, [], id="unknown-zone"),
        pytest.param("peers.default.svc.cluster.local", Type.A, Code.NOERROR, ["10.1.0.1", "10.1.0.2"], id="headless"),
        pytest.param("peer-0.peers.default.svc.cluster.local", Type.A, Code.NOERROR, ["10.1.0.1"], id="host-name"),
        pytest.param(
            "10-1-0-2.peers.default.svc.cluster.local", Type.A, Code.NOERROR, ["10.1.0.2"], id="dashed-endpoint"
        ),
        pytest.param("peer-9.peers.default.svc.cluster.local", Type.A, Code.NXDOMAIN, [], id="unknown-host"),
        pytest.param("10-1-0-9.default.pod.cluster.local", Type.A, Code.NOERROR, ["10.1.0.9"], id="pod"),
        pytest.param("10-1-0-999.default.pod.cluster.local", Type.A, Code.NXDOMAIN, [], id="no-address"),
        pytest.param("dns-version.cluster.local", Type.TXT, Code.NOERROR, ["1.1.0"], id="version"),
        pytest.param(
            "_http._tcp.web.default.svc.cluster.local", Type.SRV, Code.NOERROR,
            [(0, 100, 80, "web.default.svc.cluster.local")], id="named-port",
        ),
        pytest.param(
            "_gossip._tcp.peers.default.svc.cluster.local", Type.SRV, Code.NOERROR,
            [(0, 100, 7000, "peer-0.peers.default.svc.cluster.local"),
             (0, 100, 7000, "10-1-0-2.peers.default.svc.cluster.local")], id="headless-named-port",
        ),
        pytest.param("_ftp._tcp.web.default.svc.cluster.local", Type.SRV, Code.NXDOMAIN, [], id="no-such-port"),
        pytest.param(
            "outside.default.svc.cluster.local", Type.A, Code.NOERROR, ["example.com", "192.0.2.1"], id="external-name"
        ),
        pytest.param(
            "inside.default.svc.cluster.local", Type.A, Code.NOERROR, ["web.default.svc.cluster.local", "10.96.0.20"],
            id="external-name-of-a-service",
        ),
        pytest.param(
            "far.default.svc.cluster.local", Type.A, Code.NOERROR,
            ["outside.default.svc.cluster.local", "example.com", "192.0.2.1"], id="external-name-of-an-external-name",
        ),
        pytest.param("round.default.svc.cluster.local", Type.A, Code.SERVFAIL, [], id="external-name-of-itself"),
        pytest.param(
            "20.0.96.10.in-addr.arpa", Type.PTR, Code.NOERROR, ["web.default.svc.cluster.local"], id="reverse-service"
        ),
        pytest.param(
            "1.0.1.10.in-addr.arpa", Type.PTR, Code.NOERROR, ["peer-0.peers.default.svc.cluster.local"],
            id="reverse-endpoint",
        ),
    ],
)
async def test_names(names, name, record_type, code, data):
    assert await _ask(names, name, record_type) == (code, data)


@pytest.mark.parametrize("name", ["example.com", "cluster.local.example.com", "9.9.9.9.in-addr.arpa"])
async def test_what_is_not_ours_is_passed_on(names, name):
    assert await names.answer(Question(name, Type.A, b"")) is None


async def test_before_the_caches_are_filled_nothing_is_denied(names):
    names._services.has_synced = False
    assert (await _ask(names, "web.default.svc.cluster.local"))[0] == Code.SERVFAIL


async def test_absence_carries_the_negative_ttl(names):
    answer = await names.answer(Question("none.default.svc.cluster.local", Type.A, b""))
    assert [record.type for record in answer.authority] == [Type.SOA]
