#!/usr/bin/env python3
"""What a Wick.app must be, read from its bytes on any system.

    app.py check APP LIST    the load commands and libraries are those of LIST, every symbol names its library, and the
                             ad hoc signature holds for every page, slot and resource
    app.py tamper APP        copies with one changed byte each must not pass
    app.py systems APP LIST  its slices and the systems that they are for are those of LIST, but for the SDK's version;
                             what else differs is said
    app.py list APP          what LIST should be

The signature is recomputed by what Apple publishes in xnu (osfmk/kern/cs_blobs.h) and libsecurity_codesigning.
"""

import hashlib
import plistlib
import shutil
import struct
import sys
import tempfile
from pathlib import Path

ARCHITECTURES = {0x0100000C: "arm64", 0x01000007: "x86_64"}
EXECUTABLE = 2
FLAGS = {0x4: "dyldlink", 0x80: "two-level", 0x200000: "pie"}
SYMTAB, DYSYMTAB, SEGMENT, SIGNATURE, BUILD_VERSION = 0x02, 0x0B, 0x19, 0x1D, 0x32
# LC_LOAD_DYLIB and its kinds: weak, re-exported, lazy, upward.
DYLIBS = {0x0C: "", 0x80000018: "weak ", 0x8000001F: "re-exported ", 0x20: "lazy ", 0x80000023: "upward "}
# Whatever else dyld acts upon: an environment, a path to look in, another linker.
OTHERS = {0x27: "environment", 0x8000001C: "rpath", 0x0E: "dylinker", 0x80000028: "main"}
# As numbers of libraries: the program itself, any, the main program, and any that happens to be loaded.
NO_LIBRARY = (0x00, 0xFD, 0xFE, 0xFF)
SUPERBLOB, RUNTIME, AD_HOC = 0xFADE0CC0, 0x10000, 0x2
DIRECTORY, REQUIREMENTS, ENTITLEMENTS, DER_ENTITLEMENTS = 0, 2, 5, 7


class Bad(Exception):
    """What is not as it must be."""


def need(holds, what):
    if not holds:
        raise Bad(what)


def text_at(data, start):
    return data[start : data.index(b"\0", start)].decode()


def version(number):
    return f"{number >> 16}.{number >> 8 & 255}" + (f".{number & 255}" if number & 255 else "")


class Slice:
    """The program for one architecture."""

    def __init__(self, data):
        self.data = data
        magic, cpu, _, self.kind, count, _, self.flags, _ = struct.unpack("<8I", data[:32])
        need(magic == 0xFEEDFACF and cpu in ARCHITECTURES, "no program for 64 bits")
        self.architecture = ARCHITECTURES[cpu]
        self.commands, start = [], 32
        for _ in range(count):
            command, size = struct.unpack("<2I", data[start : start + 8])
            self.commands.append((command, data[start : start + size]))
            start += size

    def one(self, wanted):
        found = [body for command, body in self.commands if command == wanted]
        need(len(found) == 1, f"{self.architecture}: {len(found)} load commands {wanted:#x}")
        return found[0]

    def linkedit(self):
        """Where the last segment lies in the file."""
        for command, body in self.commands:
            if command == SEGMENT and body[8:24].rstrip(b"\0") == b"__LINKEDIT":
                return struct.unpack("<2Q", body[40:56])
        raise Bad(f"{self.architecture}: no __LINKEDIT")

    def loads(self):
        """Its kind, the systems it is for, and what dyld acts upon and loads."""
        need(self.kind == EXECUTABLE, f"{self.architecture}: not an executable")
        platform, oldest, sdk = struct.unpack("<3I", self.one(BUILD_VERSION)[8:20])
        need(platform == 1, f"{self.architecture}: not for macOS")
        yield " ".join(name for flag, name in FLAGS.items() if self.flags & flag)
        yield f"macOS {version(oldest)} sdk {version(sdk)}"
        for command, body in self.commands:
            if command in OTHERS:
                yield OTHERS[command]
            elif command in DYLIBS:
                yield DYLIBS[command] + text_at(body, struct.unpack("<I", body[8:12])[0])

    def check_symbols(self):
        symbols, _, names, _ = struct.unpack("<4I", self.one(SYMTAB)[8:24])
        first, count = struct.unpack("<2I", self.one(DYSYMTAB)[24:32])
        need(count > 100, f"{self.architecture}: only {count} symbols are imported")
        libraries = sum(command in DYLIBS for command, _ in self.commands)
        for number in range(first, first + count):
            name, _, _, about, _ = struct.unpack("<IBBHQ", self.data[symbols + 16 * number : symbols + 16 * number + 16])
            library = about >> 8
            known = library not in NO_LIBRARY and library <= libraries
            need(known, f"{self.architecture}: {text_at(self.data, names + name)} is of no library")

    def blobs(self):
        """The parts of its signature by slot, which is the last that the file has."""
        start, size = struct.unpack("<2I", self.one(SIGNATURE)[8:16])
        signature = self.data[start : start + size]
        magic, _, count = struct.unpack(">3I", signature[:12])
        need(magic == SUPERBLOB, f"{self.architecture}: no signature")
        end = sum(self.linkedit())
        need(end == len(self.data) == start + size, f"{self.architecture}: bytes after the signature")
        blobs = {}
        for number in range(count):
            slot, at = struct.unpack(">2I", signature[12 + 8 * number : 20 + 8 * number])
            (length,) = struct.unpack(">I", signature[at + 4 : at + 8])
            blobs[slot] = signature[at : at + length]
        return start, blobs

    def check_signature(self, identifier, files):
        limit, blobs = self.blobs()
        directory = blobs[DIRECTORY]
        fields = struct.unpack(">9I4BI", directory[:44])
        _, _, _, flags, hashes, name, specials, pages, signed, size, kind, _, shift, _ = fields
        here = self.architecture
        need((size, kind) == (32, 2), f"{here}: not SHA-256")
        need(flags & RUNTIME and flags & AD_HOC, f"{here}: flags {flags:#x}: no hardened runtime, or not ad hoc")
        need(text_at(directory, name) == identifier, f"{here}: signed as {text_at(directory, name)}")
        need(signed == limit, f"{here}: signed up to {signed} of {limit}")
        need(pages == -(-limit >> shift), f"{here}: {pages} pages")

        def need_hash(slot, content, what):
            at = hashes + 32 * slot
            need(directory[at : at + 32] == hashlib.sha256(content).digest(), f"{here}: {what} changed")

        for page in range(pages):
            need_hash(page, self.data[page << shift : min(page + 1 << shift, limit)], f"page {page}")
        # Those before the pages' are counted backwards.
        parts = {slot: blobs.get(slot) for slot in (REQUIREMENTS, ENTITLEMENTS, DER_ENTITLEMENTS)} | files
        for slot, content in parts.items():
            if content is not None:
                need(slot <= specials, f"{here}: no slot {slot}")
                need_hash(-slot, content, f"slot {slot}")
        need(ENTITLEMENTS in blobs, f"{here}: no entitlements")
        need(plistlib.loads(blobs[ENTITLEMENTS][8:]) == {}, f"{here}: it has entitlements")


def slices(data):
    magic, count = struct.unpack(">2I", data[:8])
    if magic != 0xCAFEBABE:
        return [Slice(data)]
    found = []
    for number in range(count):
        _, _, start, size, align = struct.unpack(">5I", data[8 + 20 * number : 28 + 20 * number])
        need(start % (1 << align) == 0, "a slice that is not aligned")
        found.append(Slice(data[start : start + size]))
    return found


class App:
    def __init__(self, path):
        self.contents = path / "Contents"
        self.info = plistlib.loads((self.contents / "Info.plist").read_bytes())
        self.program = self.contents / "MacOS" / self.info["CFBundleExecutable"]
        self.slices = slices(self.program.read_bytes())

    def loads(self):
        return sorted(f"{part.architecture} {line}" for part in self.slices for line in part.loads())

    def check(self, expected):
        loads = self.loads()
        for missing in (line for line in expected if line not in loads):
            raise Bad(f"missing: {missing}")
        need(loads == sorted(expected), f"not in the list: {[line for line in loads if line not in expected]}")
        oldest = self.info["LSMinimumSystemVersion"]
        need(all(f" macOS {oldest} " in line for line in loads if " macOS " in line), f"Info.plist says {oldest}")
        resources = (self.contents / "_CodeSignature/CodeResources").read_bytes()
        files = {1: (self.contents / "Info.plist").read_bytes(), 3: resources}
        for part in self.slices:
            part.check_symbols()
            part.check_signature(self.info["CFBundleIdentifier"], files)
        self.check_resources(plistlib.loads(resources)["files2"])

    def resources(self):
        """Every file that is signed as a file, not through the program's own slots."""
        own = {"Contents/" + name for name in ("Info.plist", "PkgInfo")}
        for path in sorted(self.contents.rglob("*")):
            inside = path.relative_to(self.contents)
            if path.is_file() and path != self.program and inside.parts[0] != "_CodeSignature":
                if f"Contents/{inside}" not in own:
                    yield str(inside), path

    def check_resources(self, listed):
        for name, path in self.resources():
            need(name in listed, f"{name} is not signed")
            need(listed[name]["hash2"] == hashlib.sha256(path.read_bytes()).digest(), f"{name} changed")
        missing = set(listed) - {name for name, _ in self.resources()}
        need(not missing, f"signed, but not there: {missing}")


def changed(path, position):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def places(app):
    """In which files, and where in them, a byte is changed: in every slice's code, and in whatever else is signed."""
    whole = app.program.read_bytes()
    for part in app.slices:
        start = whole.index(part.data)
        limit, _ = part.blobs()
        for position in (limit // 3, limit // 2, limit - 1):
            yield app.program, start + position
    # In a text, or they could not be read at all.
    for name in ("Info.plist", "_CodeSignature/CodeResources"):
        path = app.contents / name
        yield path, path.read_bytes().index(b"Wick")
    for _, path in app.resources():
        yield path, -1


def tamper(path):
    expected = App(path).loads()
    App(path).check(expected)
    count = 0
    for file, position in places(App(path)):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            shutil.copytree(path, copy)
            changed(copy / file.relative_to(path), position)
            try:
                App(copy).check(expected)
            except Bad as why:
                print(f"app: refused as it must be: {why}")
            else:
                raise Bad(f"{file}: its byte {position} changed, and nobody noticed")
        count += 1
    print(f"app: {count} changed bytes, none passed")


def compare_systems(loads, expected):
    """Apple's SDK is newer than the stand-in, and its linker writes more, so only a Mac knows the whole list."""
    systems = [[line.partition(" sdk ")[0] for line in lines if " macOS " in line] for lines in (loads, expected)]
    need(systems[0] == systems[1], f"for {systems[0]}, not {systems[1]}")
    need(all(line not in loads for line in (f"{system} sdk {system.split()[-1]}" for system in systems[0])), "no SDK")
    for line in loads:
        print(("  " if line in expected else "+ ") + line)
    for line in expected:
        if line not in loads:
            print("- " + line)


def main(command, path, listed=None):
    expected = []
    if listed:
        expected = [line for line in listed.read_text().splitlines() if line and not line.startswith("#")]
    if command == "list":
        print("\n".join(App(path).loads()))
    elif command == "systems":
        compare_systems(App(path).loads(), expected)
    elif command == "tamper":
        tamper(path)
    else:
        App(path).check(expected)
        print(f"app: {path.name} is what it must be")


if __name__ == "__main__":
    try:
        main(sys.argv[1], *map(Path, sys.argv[2:]))
    except Bad as why:
        sys.exit(f"app: {why}")
