#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verb emulate on wrong kernels, launches and options.

Oracle of findings: the defect that the test puts into the kernel.
Usage: cli_emulate_errors_test.py ASSAY [unittest arguments].
"""
import json

from cli_case import assay, main
from emulate_case import SAXPY, A, EmulateTest, X, Y, line_of


class Findings(EmulateTest):
    def setUp(self):
        super().setUp()
        self.inputs(x=[1, 2, 3, 4], y=[1, 1, 1, 1])
        self.output.write_text("precious")

    def defect(self, ptx, *arguments, **named):
        result = self.saxpy(*(arguments or (X, Y, A, {"u32": 4})), ptx=ptx,
                            options=["-o", self.output, "--json", *named.pop("options", ())], **named)
        findings = self.found(result)
        self.assertEqual(self.output.read_text(), "precious")
        return findings

    def test_a_missing_guard_is_out_of_bounds_of_a_named_tensor(self):
        ptx = SAXPY.replace("@%p1 bra $L__end;", "")
        finding = self.defect(ptx)[0]
        self.assertEqual((finding["kind"], finding["kernel"]), ("out_of_bounds", "saxpy"))
        self.assertIn("tensor x", finding["allocation"])
        self.assertEqual(finding["at"]["ptx_line"], line_of(ptx, "ld.global.f32 %f2"))
        self.assertEqual(finding["at"]["thread"], [4, 0, 0])

    def test_the_text_names_the_same(self):
        result = self.saxpy(X, Y, A, {"u32": 5})
        self.assertEqual(result.returncode, 1)
        for word in ("saxpy", "ld.global.f32", "tensor x", f"PTX line {line_of(SAXPY, 'ld.global.f32 %f2')}"):
            self.assertIn(word, result.stdout)
        self.assertEqual(result.stderr, "")

    def test_an_output_that_is_read_before_it_is_written(self):
        z = {"output": "z", "dtype": "F32", "shape": [4]}
        finding = self.defect(SAXPY, X, z, A, {"u32": 4})[0]
        self.assertEqual((finding["kind"], finding["at"]["ptx_line"]),
                         ("uninitialized_read", line_of(SAXPY, "ld.global.f32 %f3")))
        self.assertIn("output z", finding["allocation"])

    def test_a_misaligned_pointer(self):
        finding = self.defect(SAXPY, {"tensor": "x", "offset": 2}, Y, A, {"u32": 1})[0]
        self.assertEqual((finding["kind"], finding["at"]["ptx_line"]), ("misaligned", line_of(SAXPY, "%f2, [")))

    def test_an_uninitialized_register(self):
        ptx = SAXPY.replace("ld.global.f32 %f3, [%rd7];", "")
        self.assertIn("uninitialized_read", {finding["kind"] for finding in self.defect(ptx)})

    def test_threads_that_write_different_values_to_one_place(self):
        ptx = SAXPY.replace("add.s64 %rd7, %rd4, %rd5;", "mov.b64 %rd7, %rd4;").replace(
            "ld.global.f32 %f3, [%rd7];", "mov.f32 %f3, 0f00000000;")
        findings = self.defect(ptx, grid=[2], block=[1])
        self.assertLessEqual({finding["kind"] for finding in findings}, {"race", "lost_update"})
        self.assertEqual(findings[0]["at"]["ptx_line"], line_of(ptx, "st.global"))
        self.assertEqual(findings[0]["other"]["ptx_line"], line_of(ptx, "st.global"))

    def test_a_loop_without_end_stops_at_the_limit(self):
        ptx = SAXPY.replace("@%p1 bra $L__end;", "$L__again: bra $L__again;")
        [finding] = self.defect(ptx, options=["--max-steps", "10000"])
        self.assertEqual(finding["kind"], "step_limit")

    def test_later_launches_do_not_run(self):
        more = [{"kernel": "saxpy", "grid": [1], "block": [1], "arguments": [X, Y, A, {"u32": 1}]}]
        report = json.loads(self.saxpy(X, Y, A, {"u32": 9}, more=more, options=["--json"]).stdout)
        self.assertEqual(len(report["launches"]), 1)

    def test_elements_of_an_output_that_nothing_wrote(self):
        ptx = SAXPY.replace("ld.global.f32 %f3, [%rd7];", "mov.f32 %f3, 0f00000000;")
        z = {"output": "z", "dtype": "F32", "shape": [2, 4]}
        result = self.saxpy(X, z, A, {"u32": 3}, ptx=ptx, options=["-o", self.output, "--json"])
        self.assertEqual(self.found(result), [])
        self.assertEqual(json.loads(result.stdout)["unwritten"], [{"output": "z", "first": 3, "count": 5, "of": 8}])
        self.assertEqual(self.output.read_text(), "precious")
        text = self.saxpy(X, z, A, {"u32": 3}, ptx=ptx).stdout
        self.assertIn("output z: 5 of 8 elements were never written, the first is 3", text)


class Errors(EmulateTest):
    def setUp(self):
        super().setUp()
        self.inputs(x=[1, 2], y=[1, 1])
        self.good = {"schema": "assay.launch/1", "inputs": "in.safetensors", "launches": [
            {"kernel": "saxpy", "grid": [1], "block": [32], "arguments": [X, Y, A, {"u32": 2}]}]}

    def refused(self, code, *words, ptx=SAXPY, options=(), **changes):
        self.assert_error(self.emulate(ptx, {**self.good, **changes}, *options), code, *words)

    def arguments(self, *arguments):
        return {"launches": [{**self.good["launches"][0], "arguments": list(arguments)}]}

    def test_unknown_fields_are_named_with_the_nearest(self):
        self.refused(3, "launch.json", 'unknown field "launchs"', 'did you mean "launches"', launchs=[])
        self.refused(3, "/launches/0/arguments/0", 'unknown field "tensr"', 'did you mean "tensor"',
                     **self.arguments({"tensr": "x"}, Y, A, {"u32": 2}))

    def test_values_that_do_not_fit_are_named_by_pointer(self):
        for argument, word in (({"u32": -1}, "/launches/0/arguments/3/u32"), ({"u8": 256}, "arguments/3/u8"),
                               ({"f32": 1e39}, "arguments/3/f32: 1e+39 is too large for f32"),
                               ({"f32_bits": "0x100000000"}, "more than 32 bits"), ({"f32_bits": "1"}, "f32_bits"),
                               ({"u64": -1}, "arguments/3/u64: -1 is not from 0 to 2^64-1"),
                               ({"s64": 2**63}, "is not below 2^63"), ({"bytes": "abc"}, "bytes"),
                               ({"u32": 1, "s32": 1}, "is both u32 and s32"),
                               ({"offset": 1}, "says neither tensor, output, scratch nor a value"),
                               ({"u32": 1, "offset": 1}, 'field "offset" does not go with "u32"'),
                               ({"u16": 1}, "n takes 4 bytes, here are 2"),
                               ({"scratch": "s"}, "needs its size"), ({"output": "o"}, "needs dtype and shape"),
                               ({"output": "o", "dtype": "F32"}, "needs dtype and shape"),
                               ({"output": "o", "dtype": "F16", "shape": [1], "fill": 1}, "a fill of F16"),
                               ({"output": "o", "dtype": "U8", "shape": [1], "fill": 256}, "is not from 0 to 255"),
                               ({"output": "o", "dtype": "F99", "shape": [1]}, "dtype"),
                               ({"output": "y", "dtype": "F32", "shape": [1]}, "is the output of"),
                               ({"output": "o", "dtype": "F64", "shape": [2**40, 2**20]}, "device memory")):
            with self.subTest(argument=argument):
                code = 2 if word == "device memory" else 3
                self.refused(code, "launch.json", word, **self.arguments(X, Y, A, argument))

    def test_what_is_not_there_is_named_with_the_nearest(self):
        self.refused(3, "arguments/0", 'in.safetensors has no tensor "xx"', 'did you mean "x"',
                     **self.arguments({"tensor": "xx"}, Y, A, {"u32": 2}))
        self.refused(3, "arguments/0", "none.safetensors",
                     **self.arguments({"tensor": "x", "file": "none.safetensors"}, Y, A, {"u32": 2}))
        self.refused(2, "/launches/0/kernel", "has no kernel saxp", 'did you mean "saxpy"',
                     launches=[{**self.good["launches"][0], "kernel": "saxp"}])
        self.refused(2, "/globals/tab", "has no variable tab", globals={"tab": {"value": {"u32": 1}}})
        without = {key: value for key, value in self.good.items() if key != "inputs"}
        self.assert_error(self.emulate(SAXPY, without), 3, "arguments/0", "names no file, and there is no /inputs")

    def test_arguments_are_counted(self):
        self.refused(3, "/launches/0/arguments: saxpy takes 4 arguments, here are 1", **self.arguments(X))

    def test_launches_that_the_device_refuses(self):
        self.refused(2, "launch.json: /launches/0", "at most 1024",
                     launches=[{**self.good["launches"][0], "block": [2048]}])
        self.refused(2, "clusters", launches=[{**self.good["launches"][0], "cluster": [2]}])

    def test_ptx_that_is_not_understood(self):
        self.refused(2, f"k.ptx:{line_of(SAXPY, 'mad.lo')}:", "is not declared",
                     ptx=SAXPY.replace("%r5, %r2, %r3", "%r5, %q2, %r3"))
        self.refused(2, "k.ptx:", "mda", ptx=SAXPY.replace("mad.lo", "mda.lo"))
        self.refused(2, ".target sm_90a does not run on sm_110a", ptx=SAXPY.replace("sm_110a", "sm_90a"))
        self.refused(2, ".target sm_110a does not run on sm_100a", options=["--sm", "100a"])

    def test_options_say_what_they_may_be(self):
        for option, value, word in (("--sm", "90", "110a, 103a or 100a"),
                                    ("--policy", "exact", "certified, model or fma"),
                                    ("--async", "late", "eager, lazy"), ("--schedule", "fuzz", "fuzz:SEED"),
                                    ("--trace", "x", "THREAD,BLOCK")):
            self.refused(2, word, options=[option, value])

    def test_the_output_is_not_an_input_and_has_something_to_hold(self):
        for name in ("in.safetensors", "k.ptx", "launch.json"):
            self.refused(2, "is an input, too", options=["-o", self.folder / name])
        self.refused(2, "names no output", options=["-o", self.output],
                     **self.arguments(X, {"tensor": "y"}, A, {"u32": 2}))
        self.refused(2, "/dev/null/out", options=["-o", "/dev/null/out"])

    def test_files_that_are_not_there(self):
        self.assert_error(assay("emulate", self.folder / "none.ptx", "--launch", self.launch(self.good)), 2, "none.ptx")
        self.assert_error(assay("emulate", self.folder / "none.ptx", "--launch", "/none.json"), 3, "/none.json")
        self.assert_error(self.emulate(SAXPY, "{"), 3, "not JSON")
        self.refused(3, "/schema", "assay.launch/2", schema="assay.launch/2")


if __name__ == "__main__":
    main()
