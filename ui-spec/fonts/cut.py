#!/usr/bin/env python3
"""Cuts the two fonts beside this file out of Noto Sans CJK.

    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools==4.68.0
    /tmp/fonts/bin/python ui-spec/fonts/cut.py /usr/share/fonts/opentype/noto

The argument is the folder with NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc
(Debian package fonts-noto-cjk).
"""

import json
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 1024 * 1024
# What any card may draw beside names and words: ASCII, the separators of names, the ellipsis and
# the mark that stands for a character no font has.
ALWAYS = [chr(code) for code in range(0x20, 0x7F)] + list("·…〓，。：；？！（）、—–")
# Letters that begin the romanised names of passports.
LATIN = [chr(code) for code in range(0xC0, 0x180)]


def level_one():
    """The 3,755 characters of GB 2312, level 1: rows 16 to 55."""
    found = set()
    for row in range(16, 56):
        for cell in range(1, 95):
            try:
                found.add(bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312"))
            except UnicodeDecodeError:
                pass  # the five empty cells at the end of row 55
    return found


def listed(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return {c for line in lines if not line.startswith("#") for c in line if not c.isspace()}


def words():
    """Every character of every string in ui-spec that could be drawn."""
    found = set()

    def walk(value):
        if isinstance(value, str):
            found.update(value)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, dict):
            for item in value.values():
                walk(item)

    for path in sorted(HERE.parent.glob("*.json")):
        if not path.name.endswith(".schema.json"):
            walk(json.loads(path.read_text(encoding="utf-8")))
    return found


def cut(source, face_name, characters, target):
    collection = TTCollection(source)
    face = next(f for f in collection.fonts if f["name"].getDebugName(4) == face_name)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    face["head"].modified = face["head"].created  # the same input gives the same file
    face.recalcTimestamp = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in characters])
    cutter.subset(face)
    missing = [c for c in characters if ord(c) not in face.getBestCmap()]
    face.save(target)
    size = target.stat().st_size
    print(f"{target.name}: {len(face.getBestCmap())} characters, {size} bytes, not in the source: {''.join(missing) or 'none'}")
    if size >= LIMIT:
        sys.exit(f"{target.name} is {size} bytes; the limit is {LIMIT}")


def main():
    folder = pathlib.Path(sys.argv[1])
    bold = {c for c in words() if c.isprintable()} | set(ALWAYS) | listed("titles.txt")
    cut(folder / "NotoSansCJK-Regular.ttc", "Noto Sans CJK SC", sorted(bold | set(LATIN) | level_one() | listed("surnames.txt")), HERE / "NotoSansSC-Regular.subset.otf")
    cut(folder / "NotoSansCJK-Bold.ttc", "Noto Sans CJK SC Bold", sorted(bold), HERE / "NotoSansSC-Bold.subset.otf")


if __name__ == "__main__":
    main()
