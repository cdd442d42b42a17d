"""The compiled descriptors are those of the .proto files."""

from google.protobuf import descriptor_pb2

from kubewheel.libs.cri import client, regenerate


def test_descriptors_match_their_sources() -> None:
    fresh = descriptor_pb2.FileDescriptorSet.FromString(regenerate.compile_descriptors())
    kept = descriptor_pb2.FileDescriptorSet.FromString(client.DESCRIPTORS.read_bytes())
    assert kept == fresh, "run python -m kubewheel.libs.cri.regenerate"
