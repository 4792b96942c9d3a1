#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verb lint on PTX text, on cubins built here, and on what nvcc makes where it is installed.

Usage: cli_lint_test.py ASSAY [unittest arguments].
"""
import json
import shutil
import struct
import subprocess
import unittest

from cli_case import assay, main
from format_case import FormatTest

PTX = """.version 9.0
.target {target}
.address_size 64
.visible .entry k(.param .u64 o)
{{
.reg .pred p<4>; .reg .b8 c<4>; .reg .b32 r<8>; .reg .b64 d<8>; .reg .f32 f<8>;
{body}
ret;
}}
"""
FFMA, EXIT, LDL, STL, UNKNOWN = 0x502057223, 0x794D, 0x1007983, 0x501007387, 0x7FFE


def cubin(kernels, capability=110):
    """An ELF64 file for machine 190 with a .text section of 16-byte words for each kernel."""
    sections = [("", 0, 0, b"")]
    for symbol, (name, words) in enumerate(kernels.items(), 1):
        sections.append((".text." + name, 1, symbol, b"".join(struct.pack("<QQ", word, 0) for word in words)))
    info = b"".join(struct.pack("<BBHII", 4, 0x2F, 8, symbol, 32) for symbol in range(1, len(kernels) + 1))
    sections.append((".nv.info", 0x70000000, 0, info))
    names = b"".join(section[0].encode() + b"\0" for section in sections) + b".shstrtab\0"
    sections.append((".shstrtab", 3, 0, names))
    body, headers, name_at = b"", b"", 0
    for name, kind, info, data in sections:
        headers += struct.pack("<IIQQQQIIQQ", name_at, kind, 0, 0, 64 + len(body), len(data), 0, info, 1, 0)
        body += data
        name_at += len(name) + 1
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 190, 1, 0, 0, 64 + len(body),
                         0x6000002 | capability << 8, 64, 56, 0, 64, len(sections), len(sections) - 1)
    return header + body + headers


class LintTest(FormatTest):
    def file(self, name, contents):
        path = self.folder / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return path

    def ptx(self, body, target="sm_110a"):
        return self.file("k.ptx", PTX.format(target=target, body=body))

    def rules(self, body, *options, target="sm_110a"):
        path = self.ptx(body, target)
        result = assay("lint", "--json", *options, path)
        report = json.loads(result.stdout)
        rules = [finding["rule"] for part in report["parts"] for finding in part["findings"]]
        self.assertEqual(result.returncode, 1 if rules else 0)
        return rules


class LintPtx(LintTest):
    def test_clean(self):
        path = self.ptx("fma.rn.f32 f0,f1,f2,f3; div.rn.f32 f0,f1,f2;")
        self.assertEqual(self.ok("lint", path).splitlines()[0], f"{path}: clean; for sm_110a")
        [part] = self.ok_json("lint", path)["parts"]
        self.assertEqual((part["kind"], part["findings"], part["targets"]), ("ptx", [], ["sm_110a"]))
        self.assertTrue(part["unchecked"][0].startswith("software_conversion"))

    def test_findings_name_rule_kernel_and_lines(self):
        path = self.ptx("mul.f32 f0,f1,f2;\nadd.f32 f3,f0,f4;\nex2.approx.ftz.f32 f0,f1;")
        text = self.ok("lint", path, code=1)
        self.assertIn(f"{path}:8: contraction: add.f32 and mul.f32 on line 7 may become one fma", text)
        self.assertIn(f"{path}: 3 findings (approx 1, contraction 1, ftz 1); for sm_110a", text)
        [part] = self.ok_json("lint", path, code=1)["parts"]
        contraction = part["findings"][0]
        self.assertEqual((contraction["rule"], contraction["kernel"]), ("contraction", "k"))
        self.assertEqual(contraction["at"], {"instruction": "add.f32", "ptx_line": 8})
        self.assertEqual(contraction["other"], {"instruction": "mul.f32", "ptx_line": 7})
        self.assertEqual([finding["rule"] for finding in part["findings"][1:]], ["approx", "ftz"])

    def test_allow(self):
        body = "ex2.approx.ftz.f32 f0,f1; sqrt.approx.f32 f0,f1; div.full.f32 f0,f1,f2;"
        self.assertEqual(self.rules(body), ["approx", "ftz", "sqrt", "division"])
        self.assertEqual(self.rules(body, "--allow", "approx", "--allow", "ftz"), ["sqrt", "division"])

    def test_targets(self):
        body = "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1; redux.sync.max.f32 f0,f1,-1;"
        self.assertEqual(self.rules(body, target="sm_100a"), [])
        self.assertEqual(self.rules(body, target="sm_110a"), ["target"])
        self.assertEqual(self.rules(body, target="sm_110"), ["target", "target"])
        self.assertEqual(self.rules(body, "--target", "sm_103a", "--target", "sm_90", target="sm_110a"),
                         ["target", "target"])
        self.assertEqual(self.rules("mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {f0,f1,f2,f3},"
                                    "{r0,r1,r2,r3},{r4,r5},{f0,f1,f2,f3};"), ["expansion"])

    def test_require(self):
        body = "cvt.rn.satfinite.e2m1x2.f32 c0,f0,f1;"
        self.assertEqual(self.rules(body, "--require", "e2m1x2", "--require", "cvt.e2m1x2"), [])
        self.assertEqual(self.rules(body, "--require", "e2m1x2", "--require", "mma.sync"), ["require"])

    def test_errors(self):
        path = self.ptx("mull.f32 f0,f1,f2;")
        self.error(2, [f"{path}:7", "mull.f32", "mul"], "lint", path)
        self.error(2, ["none.ptx"], "lint", self.folder / "none.ptx")
        self.error(2, [self.folder], "lint", self.folder)
        self.error(2, ["noise"], "lint", self.file("noise", b"\xff\x00noise" * 9))
        path = self.ptx("ret;")
        self.error(2, ["approximate"], "lint", path, "--allow", "approximate")
        self.error(2, ["sm_111a", "sm_110a"], "lint", path, "--target", "sm_111a")
        budget = self.file("b.json", '{"schema": "assay.sass_budget/1", "kernels": {"k": {}}}')
        for option in (("--sass",), ("--budget", budget)):
            self.error(2, [option[0]], "lint", path, *option)
        self.error(2, ["sm_130"], "lint", self.ptx("ret;", "sm_130"))


class LintCubin(LintTest):
    def setUp(self):
        super().setUp()
        self.cubin = self.file("k.cubin", cubin({"spills": [LDL, STL, STL, EXIT], "tile": [FFMA, FFMA, UNKNOWN, EXIT]}))

    def budget(self, kernels, schema="assay.sass_budget/1"):
        return self.file("budget.json", json.dumps({"schema": schema, "kernels": kernels}))

    def test_local_memory_is_a_finding(self):
        [part] = self.ok_json("lint", self.cubin, code=1)["parts"]
        self.assertEqual((part["kind"], part["capability"]), ("cubin", 110))
        self.assertEqual([(f["rule"], f["kernel"]) for f in part["findings"]], [("local_memory", "spills")])
        self.assertEqual(part["kernels"], [
            {"name": "spills", "instructions": 4, "local_accesses": 3, "registers": 32, "shared_bytes": 0},
            {"name": "tile", "instructions": 4, "local_accesses": 0, "registers": 32, "shared_bytes": 0}])
        self.assertIn("1 loads and 2 stores of local memory", self.ok("lint", self.cubin, code=1))
        self.ok("lint", self.cubin, "--allow", "local_memory")

    def test_histogram(self):
        [part] = self.ok_json("lint", "--sass", self.cubin, code=1)["parts"]
        self.assertEqual(part["kernels"][1]["opcodes"], {"0xffe": 1, "EXIT": 1, "FFMA": 2})
        text = self.ok("lint", "--sass", self.cubin, code=1)
        self.assertIn("           2  FFMA\n", text)
        self.assertIn("           4         32            -      1      2  spills\n", text)

    def test_budget(self):
        kept = {"spills": {"LDL": {"max": 1}}, "tile": {"FFMA": 2, "registers": {"max": 40}, "HMMA": 0}}
        self.ok("lint", self.cubin, "--budget", self.budget(kept))
        broken = {"spills": {"local_accesses": 0}, "tile": {"FFMA": {"min": 3}}, "gone": {"FFMA": 1}}
        [part] = self.ok_json("lint", self.cubin, "--budget", self.budget(broken), code=1)["parts"]
        self.assertEqual([(f["rule"], f["kernel"], f["message"]) for f in part["findings"]], [
            ("budget", "gone", "has a budget, but is not in the file"),
            ("budget", "spills", "local_accesses: 3, expected 0"),
            ("budget", "tile", "FFMA: 2, expected at least 3")])

    def test_errors(self):
        self.error(2, ["LDGSTT", "LDGSTS"], "lint", self.cubin, "--budget", self.budget({"tile": {"LDGSTT": 1}}))
        self.error(2, ["schema"], "lint", self.cubin, "--budget", self.budget({"tile": {}}, schema="x"))
        self.error(2, ["none.json"], "lint", self.cubin, "--budget", self.folder / "none.json")
        for option in ("--require", "e2m1x2"), ("--target", "sm_110a"):
            self.error(2, [option[0], "no PTX"], "lint", self.cubin, *option)
        whole = self.cubin.read_bytes()
        self.error(2, ["k.cubin", "section headers"], "lint", self.file("k.cubin", whole[:-1]))
        self.error(2, ["sm_61"], "lint", self.file("k.cubin", cubin({"k": [EXIT]}, capability=61)))


SOURCE = """
#include <cuda_fp16.h>
#include <cuda_fp4.h>
__global__ void quantize(unsigned char* o, const float2* a) {
  o[threadIdx.x] = __nv_cvt_float2_to_fp4x2(a[threadIdx.x], __NV_E2M1, cudaRoundNearest);
}
__global__ void halves(__half2* o) { o[0] = __hadd2(__hmul2(o[1], o[2]), o[3]); }
__global__ void product(float* o) { o[0] = o[1] * o[2] + o[3]; }
"""


@unittest.skipUnless(shutil.which("nvcc"), "nvcc is not installed")
class LintCompiled(LintTest):
    def compile(self, name, *options):
        output = self.folder / name
        source = self.file("k.cu", SOURCE)
        subprocess.run(["nvcc", "-std=c++17", "-lineinfo", *options, source, "-o", output], check=True)
        return output

    def findings(self, path, *options, code=1):
        parts = self.ok_json("lint", path, *options, code=code)["parts"]
        return {(f["rule"], f.get("kernel", "")) for part in parts for f in part["findings"]}, parts

    def test_ptx(self):
        ptx = self.compile("k.ptx", "-ptx", "-arch=compute_110a", "-fmad=false")
        found, [part] = self.findings(ptx, "--require", "e2m1x2")
        self.assertEqual(found, {("contraction", "_Z6halvesP7__half2")})
        [finding] = part["findings"]
        self.assertEqual(finding["other"]["instruction"], "mul.f16x2")
        self.assertTrue(finding["other"]["file"].endswith("cuda_fp16.hpp"))
        self.assertEqual(part["unchecked"], [])

    def test_plain_target_converts_in_software(self):
        ptx = self.compile("k.ptx", "-ptx", "-arch=compute_110", "-fmad=false")
        found, _ = self.findings(ptx, "--require", "e2m1x2")
        self.assertLessEqual({("require", ""), ("software_conversion", "_Z8quantizePhPK6float2")}, found)

    def test_fat_binary(self):
        path = self.compile("k.fatbin", "-fatbin", "-gencode", "arch=compute_110a,code=[sm_110a,compute_110a]")
        budget = self.file("budget.json", json.dumps({"schema": "assay.sass_budget/1", "kernels": {
            "_Z7productPf": {"FFMA": 1, "FMUL": 0, "FADD": 0}}}))
        found, parts = self.findings(path, "--budget", budget, "--allow", "contraction", code=0)
        self.assertEqual(found, set())
        self.assertEqual({part["name"] for part in parts},
                         {f"{path} (PTX for sm_110a)", f"{path} (cubin for sm_110a)"})


if __name__ == "__main__":
    main()
