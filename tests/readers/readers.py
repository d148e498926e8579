#!/usr/bin/env python3
"""Asks readers that others wrote whether a picture of a code gives back its text, exactly.

    python3 tests/readers/readers.py PICTURE TEXT [PICTURE TEXT ...]
    python3 tests/readers/readers.py FOLDER     every NAME.png, NAME.svg and NAME.pdf there that has a NAME.txt

Readers: zxing-cpp and OpenCV (requirements.txt), zbar (the program `zbarimg`), and quircs, which the collector's
page reads with (the program that LIANGMA_READ names: `cargo build -p liangma-card --example read`). A reader that
is not there is a failure, not a pass. SVG is rendered by librsvg (`rsvg-convert`), PDF by poppler (`pdftoppm`).

What has four pixels a module is read distorted too, by as many readers as DISTORTIONS asks for; there each reader
may look again at double size, as programs that scan do. Prints the failures and the rates, then
`N passed, N failed`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile


def zxing(picture):
    import cv2
    import zxingcpp

    return [found.text for found in zxingcpp.read_barcodes(cv2.imread(str(picture)))]


def opencv(picture):
    import cv2

    found, texts, _, _ = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(cv2.imread(str(picture)))
    return list(texts) if found else []


def zbar(picture):
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    # zbarimg ends each text with one line feed; a code's text has none.
    return done.stdout.decode("utf-8", "replace").splitlines()


def quircs(picture):
    command = [os.environ["LIANGMA_READ"], str(picture)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


READERS = {"zxing-cpp": zxing, "opencv": opencv, "zbar": zbar, "quircs": quircs}


def noise(pixels):
    """The noise of a camera: a standard deviation of 3 % of the way from black to white."""
    import numpy

    drawn = numpy.random.default_rng(7).normal(0, 255 * 0.03, pixels.shape[:2])
    return numpy.clip(pixels + drawn[..., None], 0, 255).astype(numpy.uint8)


def specks(pixels):
    """Dirt: three pixels of a hundred are black or white."""
    import numpy

    chance = numpy.random.default_rng(7)
    where = chance.random(pixels.shape[:2]) < 0.03
    pixels = pixels.copy()
    pixels[where] = chance.choice([0, 255], size=(int(where.sum()), 1))
    return pixels


def blur(pixels):
    """A lens that is a little off: a standard deviation of one pixel."""
    import cv2

    return cv2.GaussianBlur(pixels, (0, 0), 1.0)


def turn(pixels):
    """Ten degrees, on white."""
    import cv2

    height, width = pixels.shape[:2]
    # Room for the corners.
    room = int(max(height, width) * 0.2)
    pixels = cv2.copyMakeBorder(
        pixels, room, room, room, room, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    middle = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, 10, 1.0)
    size = (pixels.shape[1], pixels.shape[0])
    return cv2.warpAffine(
        pixels, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255)
    )


# What is done to a picture, and how many readers must still read it.
# The goals ask for noise of 3 %; specks are harder than that, and one reader is enough.
DISTORTIONS = {
    "noise": ([noise], len(READERS)),
    "specks": ([specks], 1),
    "blur": ([blur], len(READERS)),
    "turn": ([turn], len(READERS)),
    "together": ([turn, blur, noise], 1),
}


def rendered(picture, folder):
    """The picture itself, or what a program of others makes of it."""
    out = folder / f"{picture.stem}-{picture.suffix[1:]}.png"
    if picture.suffix == ".svg":
        command = ["rsvg-convert", "--output", str(out), str(picture)]
    elif picture.suffix == ".pdf":
        # 72 points an inch: one pixel a point, four a module.
        command = ["pdftoppm", "-png", "-singlefile", "-r", "72", str(picture), str(out.with_suffix(""))]
    else:
        return picture
    subprocess.run(command, check=True, timeout=60)
    return out


def pairs(arguments):
    if len(arguments) == 1 and pathlib.Path(arguments[0]).is_dir():
        texts = sorted(pathlib.Path(arguments[0]).glob("*.txt"))
        made = [(text.with_suffix(kind), text) for text in texts for kind in (".png", ".svg", ".pdf")]
        found = [(picture, text) for picture, text in made if picture.exists()]
        return found if len({text for _, text in found}) == len(texts) else []
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    paths = [pathlib.Path(argument) for argument in arguments]
    return list(zip(paths[0::2], paths[1::2]))


def read(picture, expected, asked):
    """The readers that gave back the text, and why the others did not."""
    good, bad = [], {}
    for name, reader in asked.items():
        try:
            found = reader(picture)
            cause = f"found {len(found)} codes, none or not only the one expected"
        except Exception as error:  # whatever a reader does, the others are still asked
            found, cause = None, f"{type(error).__name__}: {error}"
        if found == [expected]:
            good.append(name)
        else:
            bad[name] = cause
    return good, bad


def distorted(picture, folder):
    """Each distortion of a picture, and the same at double size."""
    import cv2

    pixels = cv2.imread(str(picture))
    for name, (steps, least) in DISTORTIONS.items():
        changed = pixels
        for step in steps:
            changed = step(changed)
        out = folder / f"{picture.stem}-{name}.png"
        cv2.imwrite(str(out), changed)
        larger = folder / f"{picture.stem}-{name}-larger.png"
        cv2.imwrite(str(larger), cv2.resize(changed, None, fx=2, fy=2))
        yield name, [out, larger], least


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.rates = {}

    def take(self, kind, looks, expected, least):
        """Asks every reader, with as many looks at the picture as there are."""
        good, bad = read(looks[0], expected, READERS)
        at_once = list(good)
        for look in looks[1:]:
            more, bad = read(look, expected, {name: READERS[name] for name in bad})
            good += more
        for name in READERS:
            rate = self.rates.setdefault((kind, name), [0, 0, 0])
            rate[0] += name in good
            rate[1] += name in at_once
            rate[2] += 1
        if len(good) >= least:
            self.passed += 1
            return
        self.failed += 1
        for name, cause in bad.items():
            print(f"{name} on {looks[0].name}: {cause}")

    def tell(self):
        for kind in dict.fromkeys(kind for kind, _ in self.rates):
            rates = [
                f"{name} {good} of {count}" + (f" ({at_once} at once)" if at_once < good else "")
                for (of, name), (good, at_once, count) in self.rates.items()
                if of == kind
            ]
            print(f"{kind}: {', '.join(rates)}")
        print(f"{self.passed} passed, {self.failed} failed")


def main():
    work = pairs(sys.argv[1:])
    if not work:
        sys.exit("no pictures with a text beside them, or a text without a picture")
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for picture, text in work:
            expected = text.read_text(encoding="utf-8")
            seen = rendered(picture, folder)
            tally.take(picture.suffix[1:], [seen], expected, len(READERS))
            if picture.stem.endswith("-4px"):
                for kind, looks, least in distorted(seen, folder):
                    tally.take(kind, looks, expected, least)
    tally.tell()
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
