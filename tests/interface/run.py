"""Starts a sandbox platform, lets schemathesis loose on it, and says what was reached.

    python run.py PROGRAM --seconds 90

PROGRAM is a built `liangma`. Everything is kept in a temporary folder and on loopback.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent


def counter_key(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "counter.pem").write_bytes(private)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "counter.pub").write_bytes(public)
    return folder / "counter.pub"


def start(program, folder):
    """The platform and its address, which it prints when it is ready."""
    printed = folder / "serve.out"
    with printed.open("wb") as out, (folder / "serve.err").open("wb") as err:
        server = subprocess.Popen(
            [program, "serve", "--sandbox", "--listen", "127.0.0.1:0"]
            + ["--data", str(folder / "data"), "--counter-key", str(counter_key(folder))],
            stdout=out,
            stderr=err,
        )
    for _ in range(1200):
        address = re.search(r"serves (http://\S+?),", printed.read_text(errors="replace"))
        if address and "Login codes appear here" in printed.read_text(errors="replace"):
            return server, address.group(1)
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("the platform did not start:\n" + (folder / "serve.err").read_text(errors="replace"))


#: From so many requests on, each operation has answered well; a machine that is busy sends fewer in the time.
ENOUGH = 3000


# What no drawn request gets through: a change of the rules is a pack signed by one person of a unit and agreed to by
# another's, and a standard is signed away from the platform. Their doors are tried here; what is behind them is
# tried by platform/tests/interface.
BEHIND_SIGNATURES = {"approveRules", "changeRules", "readStandard"}


def reached(document, folder):
    """What each operation answered. False when there were enough requests, and one never answered well."""
    # The document itself is read here; schemathesis leaves the address that it came from alone.
    counts = collections.Counter({("readInterface", "200"): 1})
    for line in (folder / "reached.txt").read_text().splitlines():
        counts[tuple(line.split())] += 1
    complete = True
    for methods in document["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            statuses = {status: count for (who, status), count in counts.items() if who == name}
            shown = "  ".join(f"{status}: {statuses[status]}" for status in sorted(statuses))
            print(f"  {name:20} {shown}")
            if "200" in operation["responses"] and not statuses.get("200"):
                print(f"  {name:20} never answered 200: nothing behind its door was tried")
                complete = complete and name in BEHIND_SIGNATURES
    requests = sum(counts.values())
    print(f"  {requests} requests")
    return complete or requests < ENOUGH


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--seconds", type=int, default=90)
    arguments.add_argument("--seed", type=int, default=38963)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="liangma-interface-") as name:
        folder = pathlib.Path(name)
        server, url = start(given.program, folder)
        try:
            environment = dict(os.environ)
            environment |= {
                "LIANGMA_URL": url,
                "LIANGMA_FOLDER": str(folder),
                "LIANGMA_SEED": str(given.seed),
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": str(HERE),
            }
            # Through the same interpreter, so that nothing has to be on the path.
            run = subprocess.run(
                [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
                + ["--config-file", str(HERE / "schemathesis.toml")]
                + ["run", f"{url}/openapi.json", "--seed", str(given.seed)]
                + ["--max-time", str(given.seconds)],
                cwd=folder,
                env=environment,
                check=False,
            )
            with urllib.request.urlopen(f"{url}/openapi.json", timeout=30) as answer:
                document = json.load(answer)
            complete = reached(document, folder)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
        log = (folder / "serve.err").read_text(errors="replace")
        if "panicked" in log:
            sys.exit("the platform panicked:\n" + log[-4000:])
        if server.returncode != 0:
            sys.exit(f"the platform ended with {server.returncode}:\n" + log[-4000:])
    if run.returncode != 0:
        sys.exit("schemathesis found what must not happen; it is described above")
    if not complete:
        sys.exit("some operations were never answered well, so that little of them was tried")


if __name__ == "__main__":
    main()
