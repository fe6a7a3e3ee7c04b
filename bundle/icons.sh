#!/usr/bin/env bash
# Renders wick.svg into the PNGs of the hicolor theme and into resources/Wick.icns.
#
# Run it when the drawing changes. Its results are committed, so that packaging needs no renderer.

set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

theme=resources/icons/hicolor
drawing=$theme/scalable/apps/wick.svg

missing() {
    echo "icons: $1 is missing; on Debian: apt-get install $2" >&2
    exit 1
}

command -v rsvg-convert >/dev/null || missing rsvg-convert librsvg2-bin

# Debian's Pillow belongs to Debian's own Python, which another one may come before in PATH.
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import PIL.IcnsImagePlugin' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[[ -n "$python" ]] || missing "Pillow for Python 3" python3-pil

work=$(mktemp -d "${TMPDIR:-/tmp}/wick-icons.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# Each size from the drawing itself: a picture that is scaled down is less sharp.
for size in 16 24 32 48 64 128 256 512 1024; do
    rsvg-convert --width "$size" --height "$size" --output "$work/$size.png" "$drawing"
done

for size in 16 24 32 48 64 128 256 512; do
    mkdir -p -- "$theme/${size}x$size/apps"
    "$python" -c 'import sys; from PIL import Image; Image.open(sys.argv[1]).save(sys.argv[2], optimize=True)' \
        "$work/$size.png" "$theme/${size}x$size/apps/wick.png"
done

# Pillow writes ic07 to ic14, and scales for itself what it is not given.
"$python" - "$work" resources/Wick.icns <<'PYTHON'
import sys
from PIL import Image

work, icns = sys.argv[1:]
largest, *others = [Image.open(f"{work}/{size}.png") for size in (1024, 512, 256, 128, 64, 32)]
largest.save(icns, format="ICNS", append_images=[largest, *others])
PYTHON

du -ck -- "$theme"/*/apps/wick.png resources/Wick.icns
