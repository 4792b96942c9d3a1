# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: the program, case files spoiled byte by byte, and assertions.

Standard library only.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ASSAY = ""

def assay(*arguments, **options):
    return subprocess.run([ASSAY, *map(str, arguments)], capture_output=True, text=True, **options)


def read_safetensors(path):
    """{name: [dtype, shape, bytes]}, metadata."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length :]
    return {
        name: [entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])]]
        for name, entry in header.items()
    }, metadata


def write_safetensors(path, tensors, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="assay-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)
        result = assay("generate", "tensorrt_sample", "-o", self.folder, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.case_id = json.loads(result.stdout)["cases"][0]["id"]
        self.case = self.folder / (self.case_id + ".safetensors")

    def assert_error(self, result, code, *words):
        """Exit code, and exactly one line on stderr that holds every word."""
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("assay: error: "), lines[0])
        for word in words:
            self.assertIn(str(word), lines[0])

    def spoil(self, change):
        """A copy of the case with its tensors changed by `change(tensors)`."""
        tensors, metadata = read_safetensors(self.case)
        change(tensors)
        path = self.folder / "spoiled.safetensors"
        write_safetensors(path, tensors, metadata)
        return path

    def run_spoiled(self, change, *words):
        output = self.folder / "kept.safetensors"
        output.write_text("precious")
        result = assay("run", self.spoil(change), "-o", output)
        self.assert_error(result, 3, *words)
        self.assertEqual(output.read_text(), "precious")
        self.assertEqual(list(self.folder.glob("*.tmp*")), [])

    @staticmethod
    def set_element(tensors, name, index, code, value):
        dtype, shape, data = tensors[name]
        size = struct.calcsize(code)
        tensors[name] = [dtype, shape, data[: index * size] + struct.pack(code, value) + data[(index + 1) * size :]]

    def script(self, text):
        path = self.folder / "target.sh"
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return f"exec:{path}"


def main():
    """Runs the calling test file; its first argument is the program."""
    global ASSAY
    ASSAY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
