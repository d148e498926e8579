#!/usr/bin/env python3
"""Asks readers that others wrote whether a picture of a code gives back its text, exactly.

    python3 tests/readers/readers.py PICTURE TEXT [PICTURE TEXT ...]
    python3 tests/readers/readers.py FOLDER     every NAME.png there that has a NAME.txt

Readers: zxing-cpp and OpenCV (requirements.txt), and zbar (the program `zbarimg`). A reader that is
not there is a failure, not a pass. Prints each failure, then `N passed, N failed`.
"""

import pathlib
import subprocess
import sys


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


READERS = {"zxing-cpp": zxing, "opencv": opencv, "zbar": zbar}


def pairs(arguments):
    if len(arguments) == 1 and pathlib.Path(arguments[0]).is_dir():
        texts = sorted(pathlib.Path(arguments[0]).glob("*.txt"))
        return [(text.with_suffix(".png"), text) for text in texts]
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    paths = [pathlib.Path(argument) for argument in arguments]
    return list(zip(paths[0::2], paths[1::2]))


def main():
    passed = failed = 0
    tally = dict.fromkeys(READERS, 0)
    work = pairs(sys.argv[1:])
    if not work:
        sys.exit("no pictures with a text beside them")
    for picture, text in work:
        expected = text.read_text(encoding="utf-8")
        for name, reader in READERS.items():
            try:
                found = reader(picture)
                cause = f"found {len(found)} codes, none or not only the one expected"
            except Exception as error:  # whatever a reader does, the others are still asked
                found, cause = None, f"{type(error).__name__}: {error}"
            if found == [expected]:
                passed += 1
                tally[name] += 1
            else:
                failed += 1
                print(f"{name} on {picture.name}: {cause}")
    print(", ".join(f"{name} {count} of {len(work)}" for name, count in tally.items()))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
