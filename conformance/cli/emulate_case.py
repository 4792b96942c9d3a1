# SPDX-License-Identifier: Apache-2.0
"""What the tests of `assay emulate` share: a hand-written kernel, its variants, and launches of it."""
import json
import shutil
import struct
import tempfile
import unittest
from pathlib import Path

from cli_case import assay, read_safetensors, write_safetensors

HEADER = ".version 9.0\n.target sm_110a\n.address_size 64\n"
SAXPY = (Path(__file__).parents[2] / "cuda/emulator/examples/saxpy.ptx").read_text()

TINY = 2.0**-12
# Arguments of saxpy: x, y and a.
X, Y, A = {"tensor": "x"}, {"tensor": "y", "output": "y"}, {"f32": 1 + TINY}


def f32s(*values):
    return struct.pack(f"<{len(values)}f", *values)


def line_of(text, part):
    """Of the first line of a text that holds `part`, from 1."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


class EmulateTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="assay-emulate-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.output = self.folder / "out.safetensors"

    def inputs(self, **tensors):
        """in.safetensors; a list of numbers is an F32 vector, a triple (dtype, shape, bytes) is itself."""
        write_safetensors(self.folder / "in.safetensors", {
            name: value if isinstance(value, tuple) else ("F32", [len(value)], f32s(*value))
            for name, value in tensors.items()}, {})

    def launch(self, description):
        path = self.folder / "launch.json"
        path.write_text(description if isinstance(description, str) else json.dumps(description))
        return path

    def emulate(self, ptx, description, *options):
        kernel = self.folder / "k.ptx"
        kernel.write_text(ptx)
        return assay("emulate", kernel, "--launch", self.launch(description), *options)

    def saxpy(self, *arguments, ptx=SAXPY, grid=(1,), block=(32,), options=(), more=()):
        """Launches saxpy once, and then the launches of `more`."""
        launches = [{"kernel": "saxpy", "grid": list(grid), "block": list(block), "arguments": list(arguments)}]
        return self.emulate(ptx, {"schema": "assay.launch/1", "inputs": "in.safetensors",
                                  "launches": launches + list(more)}, *options)

    def ok(self, result):
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout + result.stderr)
        return result.stdout

    def tensors(self):
        return read_safetensors(self.output)[0]

    def assert_error(self, result, code, *words):
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("assay: error: "), lines[0])
        for word in words:
            self.assertIn(str(word), lines[0])

    def found(self, result):
        """The findings of --json, in order; the exit code must say that there are some."""
        self.assertEqual(result.returncode, 1, result.stderr + result.stdout)
        report = json.loads(result.stdout)
        return [finding for launch in report["launches"] for finding in launch["findings"]]
