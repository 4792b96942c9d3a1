# SPDX-License-Identifier: Apache-2.0
"""What the tests of the verbs about number formats share. Standard library only."""
import json
import os
import shutil
import struct
import tempfile
from pathlib import Path

from cli_case import CliTest, assay, write_safetensors


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def bf16(*values):
    return b"".join(struct.pack("<f", value)[2:] for value in values)


class FormatTest(CliTest):
    def setUp(self):  # these verbs need no case
        self.folder = Path(tempfile.mkdtemp(prefix="assay-formats-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.input, self.output = self.folder / "in.safetensors", self.folder / "out.safetensors"

    def ok(self, *arguments, code=0):
        result = assay(*arguments)
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        return result.stdout

    def ok_json(self, verb, *arguments, code=0):
        return json.loads(self.ok(verb, "--json", *arguments, code=code))

    def error(self, code, words, *arguments):
        self.assert_error(assay(*arguments), code, *words)

    def write(self, tensors, metadata=None):
        write_safetensors(self.input, tensors, metadata or {})

    def assert_kept(self, code, words, *arguments):
        """An error, and the old output and no other file."""
        self.output.write_text("precious")
        before = sorted(os.listdir(self.folder))
        self.error(code, words, *arguments, "-o", self.output)
        self.assertEqual(self.output.read_text(), "precious")
        self.assertEqual(sorted(os.listdir(self.folder)), before)
