#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verb emulate, on small hand-written PTX: results, counters and traces.

Oracle: rational arithmetic (fractions), rounded once.
Usage: cli_emulate_test.py ASSAY [unittest arguments].
"""
import hashlib
import json
import struct
from fractions import Fraction

from cli_case import assay, main
from emulate_case import HEADER, SAXPY, TINY, A, EmulateTest, X, Y, f32s, line_of


def fma(a, x, y):
    """Exact, then rounded to binary32; the sums here have at most 53 bits, so that float() rounds nothing."""
    exact = Fraction(a) * Fraction(x) + Fraction(y)
    assert Fraction(float(exact)) == exact
    return struct.unpack("<f", struct.pack("<f", float(exact)))[0]


class Results(EmulateTest):
    def test_a_tensor_is_written_out_under_its_name(self):
        x, y = [1 + TINY, 3, -2.5, 1e10, 0], [-1 - 2 * TINY, 0.5, 7, -3, 1]
        self.inputs(x=x, y=y)
        text = self.ok(self.saxpy(X, Y, A, {"u32": 5}, options=["-o", self.output]))
        expected = f32s(*(fma(1 + TINY, *pair) for pair in zip(x, y)))
        self.assertEqual(self.tensors(), {"y": ["F32", [5], expected]})
        self.assertEqual(self.tensors()["y"][2][:4], f32s(2.0**-24))  # mul and add would give 0
        self.assertIn("saxpy: 1 x 1 x 1 blocks of 32 x 1 x 1 threads, ", text)
        self.assertIn("no findings", text)

    def test_json_tells_what_ran_and_what_was_written(self):
        self.inputs(x=[1, 2], y=[3, 4])
        report = json.loads(self.ok(self.saxpy(X, Y, A, {"u32": 2}, options=["-o", self.output, "--json"])))
        self.assertEqual((report["schema"], report["target"], report["unwritten"]), ("assay.emulate/1", "sm_110a", []))
        [launch] = report["launches"]
        self.assertEqual((launch["kernel"], launch["grid"], launch["block"], launch["findings"]),
                         ("saxpy", [1, 1, 1], [32, 1, 1], []))
        body = SAXPY[SAXPY.index("ld.param"):SAXPY.index("ret;") + 4]
        # One warp, which diverges and joins again. Reading special registers takes operations of its own.
        self.assertIn(launch["warp_instructions"] - body.count(";"), range(4))
        self.assertEqual(report["output"], {"file": str(self.output), "tensors": 1,
                                            "sha256": hashlib.sha256(self.output.read_bytes()).hexdigest()})
        self.assertNotIn("profile", report)

    def test_outputs_begin_with_their_fill(self):
        self.inputs(x=[1, 2, 3])
        for fill, value in ((0.5, 0.5), ("0x3fc00000", 1.5), (0, 0)):
            with self.subTest(fill=fill):
                declared = {"output": "z", "dtype": "F32", "shape": [2, 2], "fill": fill}
                self.ok(self.saxpy(X, declared, {"f32": 2}, {"u32": 1}, options=["-o", self.output]))
                self.assertEqual(self.tensors(), {"z": ["F32", [2, 2], f32s(2 + value, value, value, value)]})

    def test_launches_share_outputs_and_scratch_by_name(self):
        self.inputs(x=[1, 2, 3], zero=[0, 0, 0])
        z = {"output": "z", "dtype": "F32", "shape": [3], "fill": 1}
        arguments = [X, {"output": "z"}, {"f32": 10}, {"u32": 3}]
        again = {"kernel": "saxpy", "grid": [3], "block": [1], "arguments": arguments}
        self.ok(self.saxpy(X, z, {"f32": 2}, {"u32": 3}, more=[again], options=["-o", self.output]))
        self.assertEqual(self.tensors(), {"z": ["F32", [3], f32s(13, 25, 37)]})

    def test_scalars_are_bits(self):
        """A kernel that stores its parameters side by side."""
        ptx = HEADER + """
.visible .entry store(.param .u64 out, .param .align 8 .b8 s[24], .param .u16 h, .param .u8 b, .param .f64 d)
{
  .reg .b16 %rs<3>; .reg .b32 %r<3>; .reg .b64 %rd<6>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [s];
  ld.param.u64 %rd2, [s+8];
  ld.param.u32 %r2, [s+16];
  ld.param.u16 %rs1, [h];
  ld.param.u8 %rs2, [b];
  ld.param.u64 %rd3, [d];
  st.global.u64 [%rd1], %rd3;
  st.global.u32 [%rd1+8], %r1;
  st.global.u32 [%rd1+12], %r2;
  st.global.u16 [%rd1+16], %rs1;
  st.global.u8 [%rd1+18], %rs2;
  sub.s64 %rd4, %rd2, %rd1;
  st.global.u8 [%rd1+19], %rd4;
  ret;
}
"""
        out = {"output": "o", "dtype": "U8", "shape": [20]}
        structure = {"struct": [{"s32": -2}, {"output": "o", "offset": 7}, {"f32_bits": "0x7f800001"}]}
        launch = {"kernel": "store", "grid": [1], "block": [1],
                  "arguments": [out, structure, {"bytes": "cdab"}, {"u8": 255}, {"f64": -0.1}]}
        self.ok(self.emulate(ptx, {"schema": "assay.launch/1", "launches": [launch]}, "-o", self.output))
        expected = struct.pack("<diIHBB", -0.1, -2, 0x7F800001, 0xABCD, 255, 7)
        self.assertEqual(self.tensors()["o"], ["U8", [20], expected])

    def test_variables_are_set_and_written_out(self):
        ptx = HEADER + """
.const .align 4 .f32 table[2];
.global .u32 counter = 5;
.global .u64 place;
.visible .entry count()
{
  .reg .f32 %f<2>; .reg .b32 %r<2>; .reg .b64 %rd<2>;
  ld.global.u64 %rd1, [place];
  ld.const.f32 %f1, [table+4];
  st.global.f32 [%rd1+4], %f1;
  atom.global.add.u32 %r1, [counter], 7;
  ret;
}
"""
        self.inputs(t=[1.5, 2.5])
        globals_ = {"table": {"contents": "t"},
                    "place": {"value": {"output": "z", "dtype": "F32", "shape": [2], "fill": 1}},
                    "counter": {"output": "c", "dtype": "U32", "shape": []}}
        self.ok(self.emulate(ptx, {"schema": "assay.launch/1", "inputs": "in.safetensors", "globals": globals_,
                                   "launches": [{"kernel": "count", "grid": [2], "block": [1], "arguments": []}]},
                             "-o", self.output))
        self.assertEqual(self.tensors(), {"z": ["F32", [2], f32s(1, 2.5)],
                                          "c": ["U32", [], struct.pack("<I", 5 + 2 * 7)]})

    def test_every_schedule_and_thread_count_gives_the_same_bytes(self):
        self.inputs(x=list(range(1000)), y=[1] * 1000)
        files = set()
        for options in ([], ["--threads", "1"], ["--threads", "2"], ["--async", "random:3"], ["--policy", "model"],
                        ["--sm", "110a"], *(["--schedule", f"fuzz:{seed}"] for seed in range(10))):
            self.ok(self.saxpy(X, Y, A, {"u32": 1000}, grid=[8], block=[128], options=["-o", self.output, *options]))
            files.add(self.output.read_bytes())
        self.assertEqual(len(files), 1)

    def test_paths_are_relative_to_the_launch_file(self):
        self.inputs(x=[1], y=[2])
        kernel, launch = self.folder / "k.ptx", self.folder / "launch.json"
        self.ok(self.saxpy(X, Y, A, {"u32": 1}))
        self.ok(assay("emulate", kernel, "--launch", launch, cwd="/"))


class Views(EmulateTest):
    def setUp(self):
        super().setUp()
        self.inputs(x=[2, 3], y=[1, 1])

    def test_profile_counts_what_the_kernel_asks_for(self):
        """8 warps, whose lanes stand 8 bytes apart in shared memory and 32 in global memory."""
        ptx = HEADER + """
.visible .entry count(.param .u64 out)
{
  .reg .b32 %r<6>; .reg .b64 %rd<6>;
  .shared .align 4 .b8 s[512];
  ld.param.u64 %rd1, [out];
  mov.u32 %r1, %tid.x;
  mov.u32 %r5, %ctaid.x;
  mad.lo.u32 %r5, %r5, 64, %r1;
  mul.wide.u32 %rd2, %r5, 32;
  add.u64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r1;
  bar.sync 0;
  mad.lo.u32 %r3, %r1, 8, s;
  st.shared.u32 [%r3], %r1;
  bar.sync 0;
  ld.shared.u32 %r4, [%r3];
  ret;
}
"""
        counts = {"lanes": 8 * 32 * 13, "warp_instructions": 8 * 13, "divergent_branches": 0,
                  "global_bytes": 4 * 256, "global_sectors": 256, "global_sectors_needed": 8 * 4,
                  "shared_bytes": 2 * 4 * 256, "shared_wavefronts": 2 * 16, "shared_wavefronts_needed": 2 * 8}
        run = {"schema": "assay.launch/1", "launches": [
            {"kernel": "count", "grid": [4], "block": [64],
             "arguments": [{"output": "out", "dtype": "U32", "shape": [2048], "fill": 0}]}]}
        for threads in ("1", "2"):
            with self.subTest(threads=threads):
                options = ["--profile", "--threads", threads]
                [kernel] = json.loads(self.ok(self.emulate(ptx, run, *options, "--json")))["profile"]["kernels"]
                self.assertEqual(kernel["total"], counts)
                self.assertEqual((kernel["opcodes"]["bar.sync"], kernel["classes"]["barrier"]), (16, 16))
                lines = {line["place"]: line for line in kernel["lines"]}
                store = lines[f"PTX line {line_of(ptx, 'st.global')}"]
                self.assertEqual((store["global_sectors"], store["classes"]), (256, {"memory": 8}))
                text = self.ok(self.emulate(ptx, run, *options))
                self.assertIn(f"8  PTX line {line_of(ptx, 'bar.sync')}  (barrier 8)\n", text)
                self.assertIn(f"8  PTX line {line_of(ptx, 'st.shared')}  (bank conflicts 8)\n", text)
                self.assertIn("  (global sectors 256 of which 32 needed)\n", text)

    def test_results_that_ptx_leaves_open_are_named_and_fail_nothing(self):
        body = SAXPY.replace("fma.rn", "rcp.approx.f32 %f1, %f1;\n  fma.rn").replace(
            "$L__end:", "@%p1 sin.approx.f32 %f1, %f1;\n$L__end:")
        again = {"kernel": "saxpy", "grid": [3], "block": [32], "arguments": [X, Y, A, {"u32": 2}]}
        note = f"assay: note: saxpy: PTX leaves the bits of rcp.approx.f32 at PTX line {line_of(body, 'rcp')} open"
        for options in ([], ["--json"]):
            result = self.saxpy(X, Y, A, {"u32": 2}, ptx=body, more=[again], options=options)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr, note + "; a GPU may give others\n")
        counts = [launch["unspecified"] for launch in json.loads(result.stdout)["launches"]]
        expected = {"instruction": "rcp.approx.f32", "ptx_line": line_of(body, "rcp"), "count": 1}
        self.assertEqual(counts, [[expected], [expected]])

    def test_trace_shows_where_a_results_bits_came_from(self):
        result = self.saxpy(X, Y, {"f32": 4}, {"u32": 2}, options=["--trace", "1,0"])
        self.assertEqual(result.returncode, 0, result.stderr)
        [line] = [line for line in result.stderr.splitlines() if "fma.rn.f32" in line]
        for word in ("0x40800000", "0x40400000", "0x3f800000", "0x41500000"):  # 4 * 3 + 1 = 13
            self.assertIn(word, line)
        self.assertNotIn("ld.global.f32", self.saxpy(X, Y, {"f32": 4}, {"u32": 2},
                                                     options=["--trace", "5,0"]).stderr)

    def test_break_shows_one_line_for_all_threads(self):
        line = line_of(SAXPY, "fma.rn")
        result = self.saxpy(X, Y, {"f32": 4}, {"u32": 2}, options=["--break", str(line)])
        shown = [text for text in result.stderr.splitlines() if "fma.rn.f32" in text]
        self.assertEqual(len(shown), 2, result.stderr)
        self.assertNotIn("st.global", result.stderr)


if __name__ == "__main__":
    main()
