# SPDX-License-Identifier: Apache-2.0
"""The numpy target as a whole: the layer, the bugs, the command line.

Oracles: exact_scalars.py (Fractions, mpmath), and the result that TensorRT's sample states.
"""

import contextlib
import io
import itertools
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

import exact_scalars as exact
from numpy_bugs import BUGS
from numpy_case import Case, CaseError, read_tensors, write_tensors
from numpy_formats import f32_to_e4m3, quantize_weights_modelopt
from numpy_layer import Layer
from numpy_moe import list_bugs
from test_support import bits, random_inputs, write_case

PROGRAM = Path(__file__).with_name("numpy_moe.py")
STAGES = "hidden_q gate_dot up_dot gate up act mul mul_q down_dot down".split()
ORDER = [*(f"stage.{name}" for name in STAGES), "output"]


def scale_that_tells(values):
    """A scale s for which some x / s and x * (1 / s), each rounded, give different E4M3 codes."""
    for x, tie in itertools.product(np.abs(values), range(17, 32, 2)):
        scale = np.float32(float(x) / tie)
        if f32_to_e4m3(x / scale) != f32_to_e4m3(x * (np.float32(1) / scale)):
            return scale
    raise AssertionError("no scale tells division from multiplication by the reciprocal")


class NumpyMoeTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.case = self.folder / "case.safetensors"

    def run_program(self, *arguments):
        command = [sys.executable, PROGRAM, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    def test_layer_agrees_with_fractions(self):
        inputs = random_inputs(self.rng)
        for contract in ("exact", "block_fma"):
            write_case(self.case, inputs, contract)
            actual = Layer().run(Case(self.case))
            for token in range(3):
                expected = exact.layer_stages(inputs | {"contract": contract}, token)
                for name, values in expected.items():
                    with self.subTest(contract=contract, token=token, stage=name):
                        array = actual[name][0, token]
                        self.assertEqual(bits(array), bits(np.asarray(values, array.dtype)))

    def test_nan_reaches_only_its_token(self):
        inputs = random_inputs(self.rng)
        inputs["hidden_states"][0, 1, 5] = -np.float32(np.nan)
        write_case(self.case, inputs, "block_fma")
        actual = Layer().run(Case(self.case))
        self.assertEqual(actual["stage.hidden_q"][0, 1, 5], 0x7F)
        for name in ("stage.gate_dot", "stage.down_dot", "output"):
            self.assertTrue(np.isnan(actual[name][0, 1]).all(), name)
            self.assertFalse(np.isnan(actual[name][0, ::2]).any(), name)

    def test_sample_of_tensorrt_gives_57344(self):
        # 8 experts, top-4, H = I = 32, all ones: silu(32) * 32 saturates to 448; 448 * 32 * 4.
        inputs = random_inputs(self.rng, tokens=5, top_k=4, experts=8, h=32, i=32)
        for name, values in inputs.items():
            one = {"_weights": 0x2, "weights_scale": 0x38, "_bias": 0}
            code = next((v for suffix, v in one.items() if name.endswith(suffix)), 1)
            if not name.startswith("selected"):
                inputs[name] = np.full_like(values, code)
        write_case(self.case, inputs, "exact")
        result = self.folder / "result.safetensors"
        done = self.run_program(self.case, result)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        tensors, dtypes, _ = read_tensors(result)
        self.assertTrue((tensors["output"] == 57344).all())
        self.assertTrue((tensors["stage.mul_q"] == 0x7E).all())
        self.assertEqual(dtypes["stage.mul_q"], "F8_E4M3")
        self.assertEqual(set(tensors), set(ORDER))

    def test_each_bug_first_shows_at_its_stage(self):
        inputs = random_inputs(self.rng, h=64, i=256)
        inputs["hidden_states_scale"] = scale_that_tells(inputs["hidden_states"][0, 1])
        write_case(self.case, inputs, "block_fma")
        mul = Layer().run(Case(self.case))["stage.mul"][0, 0, 0]
        expert = inputs["selected_experts_for_tokens"][0, 0, 0]
        inputs["fc_down_activation_scale"][expert] = scale_that_tells(mul)
        write_case(self.case, inputs, "block_fma")
        case = Case(self.case)
        good = Layer().run(case)
        for bug_name, bug in BUGS.items():
            bad = bug().run(case)
            differing = [name for name in ORDER if good[name].tobytes() != bad[name].tobytes()]
            with self.subTest(bug=bug_name):
                self.assertEqual(differing[0].removeprefix("stage."), bug.first_stage)

    def test_list_of_bugs_as_json(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            list_bugs(as_json=True)
        self.assertEqual([bug["name"] for bug in json.loads(out.getvalue())], list(BUGS))

    def test_quantize_writes_three_tensors_for_each(self):
        src, dst = self.folder / "weights.safetensors", self.folder / "quantized.safetensors"
        weights = self.rng.normal(size=(2, 32, 64)).astype(np.float32)
        save_file({"gate": weights}, src)
        self.assertEqual(self.run_program("--quantize", src, dst).returncode, 0)
        tensors, dtypes, _ = read_tensors(dst)
        self.assertEqual(dtypes, {"gate": "U8", "gate_scale": "F8_E4M3", "gate_dbl_q_scale": "F32"})
        for name, values in zip(
            ("gate", "gate_scale", "gate_dbl_q_scale"), quantize_weights_modelopt(weights)
        ):
            self.assertEqual(bits(tensors[name]), bits(values))

    def test_hidden_states_given_as_codes_are_taken_as_they_are(self):
        inputs = random_inputs(self.rng)
        codes = self.rng.integers(0, 0x7F, (1, 3, 32), np.uint8)
        codes[0, 2, 7] = 0xFF
        inputs["hidden_states"] = codes.view(ml_dtypes.float8_e4m3fn)
        write_case(self.case, inputs, "exact")
        actual = Layer().run(Case(self.case))
        self.assertEqual(bits(actual["stage.hidden_q"]), bits(codes))
        self.assertEqual(np.isnan(actual["output"]).all(axis=-1).tolist(), [[False, False, True]])

    def test_every_nan_is_stored_as_7fc00000(self):
        values = np.array([0xFFC00000, 0x7F800001, 0x80000000], np.uint32).view(np.float32)
        write_tensors(self.case, {"output": values}, [])
        stored, _, _ = read_tensors(self.case)
        self.assertEqual(bits(stored["output"]), [0x7FC00000, 0x7FC00000, 0x80000000])

    def test_errors_name_tensor_index_and_rule(self):
        def put(name, value):
            return lambda inputs: inputs[name].flat.__setitem__(0, value)

        def replace(name, array):
            return lambda inputs: inputs.update({name: array})

        for change, message in (
            (put("selected_experts_for_tokens", 4), "[0, 0, 0]: 4, but expert ids lie in [0, 4)"),
            (put("selected_experts_for_tokens", -1), "[0, 0, 0]: -1, but expert ids lie in [0, 4)"),
            (put("fc_up_weights_scale", 0x7F), "[0, 0, 0]: 127, but block scales are 0x00 to 0x7E"),
            (put("fc_down_weights_dbl_q_scale", 0), "[0]: 0.0, but scales are finite and above 0"),
            (replace("hidden_states_scale", np.float32(np.inf)), "[]: inf, but scales are finite"),
            (lambda inputs: inputs.pop("fc_up_bias"), "fc_up_bias: missing"),
            (replace("hidden_states", np.ones((1, 3, 40), "f4")), "40 is not a multiple of 16"),
            (replace("fc_down_bias", np.ones((4, 31), "f4")), "shape (4, 31), must be (4, 32)"),
            (replace("fc_gate_bias", np.ones((4, 48), "i4")), "dtype I32, must be F32"),
        ):
            inputs = random_inputs(self.rng)
            change(inputs)
            write_case(self.case, inputs, "exact")
            with self.subTest(message), self.assertRaisesRegex(CaseError, re.escape(message)):
                Case(self.case)

    def test_a_profile_that_is_not_implemented_is_an_error(self):
        write_case(self.case, random_inputs(self.rng), "sequential_fma")
        done = self.run_program(self.case, self.folder / "result.safetensors")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "^numpy_moe.py: assay_case: accumulation is 'sequential_fma'")

    def test_a_file_that_is_no_case_gives_one_line(self):
        self.case.write_bytes(b"not safetensors")
        for src in (self.case, self.folder / "absent.safetensors"):
            done = self.run_program(src, self.folder / "result.safetensors")
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))


if __name__ == "__main__":
    unittest.main()
