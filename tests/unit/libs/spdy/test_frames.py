"""SPDY frames: what is encoded is decoded, in pieces of any size; anything else is refused."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.libs.spdy import frames
from kubewheel.libs.spdy.frames import Control, Data, Decoder, Encoder, Frame, ProtocolError, Type

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-:_", max_size=20)
HEADERS = st.dictionaries(NAMES, st.text(st.characters(codec="latin-1"), max_size=50), max_size=8)
STREAMS = st.integers(1, 0x7FFFFFFF)
FRAMES = st.one_of(
    st.builds(Data, STREAMS, st.binary(max_size=300), st.booleans()),
    st.builds(Control, st.sampled_from([int(Type.SYN_STREAM), int(Type.SYN_REPLY)]), STREAMS, st.booleans(), HEADERS),
    st.builds(Control, st.sampled_from([int(Type.RST_STREAM), int(Type.GOAWAY)]), STREAMS, value=st.integers(0, 2**31)),
    st.builds(Control, st.just(int(Type.PING)), st.integers(0, 2**32 - 1)),
)


def test_dictionary_is_the_drafts():
    assert len(frames.DICTIONARY) == 1423
    assert zlib.adler32(frames.DICTIONARY) == 0xE3C6A7C2


@given(st.lists(FRAMES, max_size=6), st.integers(1, 40))
def test_frames_survive_any_cutting(sent: list[Frame], size: int):
    encoder, decoder = Encoder(), Decoder()
    data = b"".join(encoder.encode(frame) for frame in sent)
    received = [frame for start in range(0, len(data), size) for frame in decoder.feed(data[start : start + size])]
    assert received == sent


@given(st.binary(max_size=120))
def test_any_bytes_are_frames_or_refused(data: bytes):
    try:
        list(Decoder().feed(data))
    except ProtocolError:
        pass


def control(kind: int, payload: bytes, version: int = 3) -> bytes:
    return struct.pack(">HHI", 0x8000 | version, kind, len(payload)) + payload


def block(plain: bytes) -> bytes:
    return zlib.compressobj(zdict=frames.DICTIONARY).compress(plain)


@pytest.mark.parametrize(
    "data",
    [
        control(Type.SYN_REPLY, b"\0\0\0\1", version=2), control(Type.RST_STREAM, b"\0\0"),
        control(Type.SYN_REPLY, b"\0\0\0\1" + b"garbage"),
        Encoder().encode(Control(Type.SYN_REPLY, 1, headers={"x": "y" * (frames.MAX_HEADER_BYTES + 1)})),
    ],
)
def test_faults_are_refused(data: bytes):
    with pytest.raises(ProtocolError):
        list(Decoder().feed(data))


def test_settings_and_unknown_frames_are_skipped():
    data = control(Type.SETTINGS, b"\0\0\0\0") + control(77, b"x") + Encoder().encode(Data(1, b"x"))
    assert list(Decoder().feed(data)) == [Data(1, b"x")]


def test_window_updates_are_read():
    encoded = Encoder().encode(Control(Type.WINDOW_UPDATE, 3, value=1000))
    assert list(Decoder().feed(encoded)) == [Control(Type.WINDOW_UPDATE, 3, value=1000)]
