#!/usr/bin/env python3
"""Asks readers that others wrote whether a picture of a code gives back its text, exactly.

    python3 tests/readers/readers.py PICTURE TEXT [PICTURE TEXT ...]
    python3 tests/readers/readers.py FOLDER     every NAME.png, NAME.svg and NAME.pdf there that has a NAME.txt

Readers: zxing-cpp and OpenCV (requirements.txt), zbar (the program `zbarimg`), and rqrr (the program that
LIANGMA_READ names: `cargo build --release -p liangma-card --example read`). A reader that is not there is a
failure, not a pass. SVG is rendered by librsvg (`rsvg-convert`), PDF by poppler (`pdftoppm`).

What has four pixels a module is read distorted too, by as many readers as DISTORTIONS asks for. Prints the
failures and the rates, then `N passed, N failed`.
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


def rqrr(picture):
    command = [os.environ["LIANGMA_READ"], str(picture)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


READERS = {"zxing-cpp": zxing, "opencv": opencv, "zbar": zbar, "rqrr": rqrr}


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


# What is done to a picture, and how many readers of four must still read it.
DISTORTIONS = {
    "noise": ([noise], 4),
    "blur": ([blur], 2),
    "turn": ([turn], 3),
    "specks": ([specks], 1),
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


def read(picture, expected):
    """The readers that gave back the text, and why the others did not."""
    good, bad = [], {}
    for name, reader in READERS.items():
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
    import cv2

    pixels = cv2.imread(str(picture))
    for name, (steps, least) in DISTORTIONS.items():
        changed = pixels
        for step in steps:
            changed = step(changed)
        out = folder / f"{picture.stem}-{name}.png"
        cv2.imwrite(str(out), changed)
        yield name, out, least


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.rates = {}

    def take(self, kind, picture, expected, least):
        good, bad = read(picture, expected)
        for name in READERS:
            of = self.rates.setdefault((kind, name), [0, 0])
            of[0] += name in good
            of[1] += 1
        if len(good) >= least:
            self.passed += 1
            return
        self.failed += 1
        for name, cause in bad.items():
            print(f"{name} on {picture.name}: {cause}")

    def tell(self):
        for kind in dict.fromkeys(kind for kind, _ in self.rates):
            rates = [
                f"{name} {good} of {count}"
                for (of, name), (good, count) in self.rates.items()
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
            tally.take(picture.suffix[1:], seen, expected, len(READERS))
            if picture.stem.endswith("-4px"):
                for kind, changed, least in distorted(seen, folder):
                    tally.take(kind, changed, expected, least)
    tally.tell()
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
