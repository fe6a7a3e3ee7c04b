#!/usr/bin/env python3
"""Writes a stand-in for Apple's SDK, enough to compile C and to link: sdk.py WHEELS OUT

libSystem and the C headers are those of macOS 13, from Zig's wheel. The names that each framework has come from pyobjc's
metadata, which is made from Apple's headers. A name that no framework has does not link. Classes are looked up while the
program runs, so nothing here knows of them.
"""

import json
import re
import sys
from pathlib import Path
from zipfile import ZipFile

# pyobjc's package that a framework's names are in, where it is called otherwise.
HOMES = {"Quartz": "CoreGraphics", "HIServices": "ApplicationServices", "FSEvents": "CoreServices"}
FRAMEWORKS = """AppKit ApplicationServices Carbon CoreFoundation CoreGraphics CoreServices CoreVideo Foundation
    Security ServiceManagement SystemConfiguration UserNotifications""".split()
# What pyobjc itself calls from C, and so has no metadata for.
WITHOUT_METADATA = {
    "CoreFoundation": {f"kCFType{kind}CallBacks" for kind in ("Array", "DictionaryKey", "DictionaryValue", "Set")},
    "CoreServices": {"FSEventStreamCreate"},
}
# What compilers call of the Objective-C runtime, which is in no header.
OBJC_OF_COMPILERS = set("""OBJC_EHTYPE_id __objc_personality_v0 objc_alloc objc_autorelease objc_autoreleasePoolPop
    objc_autoreleasePoolPush objc_autoreleaseReturnValue objc_begin_catch objc_copyWeak objc_destroyWeak objc_end_catch
    objc_initWeak objc_loadWeakRetained objc_moveWeak objc_release objc_retain objc_retainAutoreleaseReturnValue
    objc_retainAutoreleasedReturnValue""".split())
OBJC_NAME = re.compile(r"\b((?:objc|class|method|ivar|property|protocol|object|sel|imp)_\w+)\(")
# Of the SDK that releases are meant to be built with: AppKit behaves as its system did.
VERSION = "15.0"
TARGETS = "[ x86_64-macos, arm64-macos ]"


def names_in(metadata):
    """Constants are one text each, `$name@type$name$`; functions are the keys of a dictionary."""
    names = set()
    for block in re.findall(r'^constants = (?:constants \+ )?"+(.*?)"+$', metadata, re.S | re.M):
        names |= {name.split("@")[0].strip() for name in block.split("$")}
    _, _, functions = metadata.partition("\nfunctions = ")
    return (names | set(re.findall(r'^    "(\w+)": \(', functions, re.M))) - {""}


def framework_of(entry):
    """Which framework a metadata file is about: `Quartz/CoreVideo/_metadata.py` about one that Quartz brings along."""
    part = entry.split("/")[-2]
    home = HOMES.get(part, part)
    if home not in FRAMEWORKS and entry.startswith("Quartz/") and part.startswith(("Core", "Image")):
        return "CoreGraphics"
    return home


def frameworks(wheels):
    names = {framework: set(WITHOUT_METADATA.get(framework, ())) for framework in FRAMEWORKS}
    for path in wheels.glob("pyobjc_framework_*.whl"):
        with ZipFile(path) as wheel:
            for entry in wheel.namelist():
                if entry.endswith("/_metadata.py") and framework_of(entry) in names:
                    names[framework_of(entry)] |= names_in(wheel.read(entry).decode())
    return names


def write_stub(path, install_name, names):
    path.parent.mkdir(parents=True, exist_ok=True)
    symbols = ", ".join(f"'_{name}'" for name in sorted(names))
    path.write_text(
        f"--- !tapi-tbd\ntbd-version: 4\ntargets: {TARGETS}\ninstall-name: '{install_name}'\n"
        f"exports:\n  - targets: {TARGETS}\n    symbols: [ {symbols} ]\n...\n"
    )


def write_headers(zig, out):
    for part in ("any-macos-any", "any-macos.13-any", "aarch64-macos.13-none", "x86_64-macos.13-none"):
        folder = f"ziglang/lib/libc/include/{part}/"
        for entry in zig.namelist():
            if entry.startswith(folder) and not entry.endswith("/"):
                path = out / "usr/include" / entry.removeprefix(folder)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(zig.read(entry))


def write_libraries(zig, out):
    objc = set(OBJC_OF_COMPILERS)
    for entry in zig.namelist():
        if re.search(r"include/any-macos\.13-any/objc/\w+\.h$", entry):
            objc |= set(OBJC_NAME.findall(zig.read(entry).decode()))
    write_stub(out / "usr/lib/libobjc.tbd", "/usr/lib/libobjc.A.dylib", objc)
    write_stub(out / "usr/lib/libiconv.tbd", "/usr/lib/libiconv.2.dylib", ())
    for name in ("libSystem", "libc", "libm"):
        (out / f"usr/lib/{name}.tbd").write_bytes(zig.read("ziglang/lib/libc/darwin/libSystem.13.tbd"))


def main(wheels, out):
    for framework, names in frameworks(wheels).items():
        place = f"System/Library/Frameworks/{framework}.framework"
        write_stub(out / place / f"{framework}.tbd", f"/{place}/Versions/A/{framework}", names)
    settings = {"CanonicalName": f"macosx{VERSION}", "Version": VERSION, "MaximumDeploymentTarget": f"{VERSION}.99"}
    (out / "SDKSettings.json").write_text(json.dumps(settings))
    (zig,) = wheels.glob("ziglang-*.whl")
    with ZipFile(zig) as zig:
        write_libraries(zig, out)
        write_headers(zig, out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
