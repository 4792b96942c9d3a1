#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""assay mutate, and the other verbs on cases of casts and recipes.

Usage: mutate_test.py ASSAY [unittest arguments].
"""
import json

from cli_case import CliTest as Base, assay, main, read_safetensors

FIVE_UP = "casts/boundaries/f32_e2m1_cuda_satfinite_rn#1"


class Mutate(Base):
    def test_without_suites_it_lists_the_catalogue(self):
        listed = json.loads(assay("mutate", "--json").stdout)
        self.assertEqual(listed["schema"], "assay.mutants/1")
        names = [mutant["name"] for mutant in listed["mutants"]]
        self.assertIn("cast.e2m1.five_up", names)
        self.assertEqual(set(listed["mutants"][0]), {"name", "operator", "imitates", "description"})
        for name in names:
            self.assertIn(name, assay("mutate").stdout)

    def test_the_table_counts_kills_and_names_the_first(self):
        result = assay("mutate", "casts", "--filter", FIVE_UP, "--filter", "*f32_e2m1_ml_dtypes*", "--json", "-q")
        mutants = {mutant["name"]: mutant for mutant in json.loads(result.stdout)["mutants"]}
        killed = mutants["cast.e2m1.five_up"]
        self.assertEqual((killed["cases"], killed["kills"], killed["first"]), (1, 1, FIVE_UP))
        self.assertNotIn("quantize.modelopt.no_clamp", mutants)

    def test_a_survivor_is_exit_code_1(self):
        result = assay("mutate", "quantize", "--filter", "*/zero_tensor/*", "-q")
        self.assertEqual(result.returncode, 1)
        self.assertIn("SURVIVED", result.stdout)
        self.assertIn("FAIL: ", result.stdout)

    def test_no_mutant_of_the_operator_is_exit_code_5(self):
        self.assert_error(assay("mutate", "tensorrt_sample", "-q"), 5, "no mutant")

    def test_a_mutant_as_target_fails_its_case_and_skips_others(self):
        result = assay("check", "casts", "-t", "mutant:cast.e2m1.five_up", "--filter", FIVE_UP, "-q")
        self.assertEqual(result.returncode, 1)
        self.assertIn("output differs first at", result.stdout)
        result = assay("check", "tensorrt_sample", "-t", "mutant:cast.e2m1.five_up", "-q")
        self.assertEqual(result.returncode, 5)
        self.assertIn("UNSUPPORTED", result.stdout)
        self.assert_error(assay("check", "casts", "-t", "mutant:cast.e2m1.five_upp"), 2, "five_up")


class Operators(Base):
    def generate(self, suite, glob):
        result = assay("generate", suite, "-o", self.folder, "--filter", glob, "-q", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / (json.loads(result.stdout)["cases"][0]["id"] + ".safetensors")

    def test_run_repeats_the_results_of_a_case(self):
        for suite, glob in (("casts", FIVE_UP), ("quantize", "quantize/ties/torchao#1"),
                            ("quantize", "quantize/dequantize/llama_cpp#1")):
            with self.subTest(case=glob):
                case, output = self.generate(suite, glob), self.folder / "out.safetensors"
                result = assay("run", case, "-o", output, "--stages", "--json")
                self.assertEqual(result.returncode, 0, result.stderr)
                described = json.loads(result.stdout)
                self.assertIn("attributes", described)
                self.assertNotIn("profile", described)
                expected, results = read_safetensors(case)[0], read_safetensors(output)[0]
                for name, tensor in results.items():
                    self.assertEqual(tensor, expected[name], name)
                self.assert_error(assay("run", case, "-o", output, "--profile", "tensorrt_exact"), 2, "no profiles")

    def test_run_repeats_the_results_of_operators_without_attributes(self):
        for operator, glob in (("quantize_fp8", "*/fp8_boundaries/s0.03#1"),
                               ("dequantize_fp8", "*/fp8_every_code/s3#1")):
            with self.subTest(case=glob):
                case, output = self.generate("cuda_quantize", glob), self.folder / "out.safetensors"
                self.assertIn(f"1 tensors, {operator}\n", assay("run", case, "-o", output).stdout)
                self.assertEqual(read_safetensors(output)[0]["output"], read_safetensors(case)[0]["output"])

    def test_diff_orders_a_recipe_by_dataflow(self):
        case = self.generate("quantize", "quantize/ties/modelopt#1")
        output = self.folder / "out.safetensors"
        assay("run", case, "-o", output, "--stages")
        names = [tensor["name"] for tensor in json.loads(assay("diff", case, output, "--json").stdout)["tensors"]]
        self.assertEqual(names, ["values", "stage.tensor_scale", "stage.block_scale", "output"])

    def test_list_tells_attributes(self):
        cases = json.loads(assay("list", "quantize", "--json").stdout)["cases"]
        self.assertEqual(cases[0]["operator"], "quantize")
        self.assertIn("recipe", cases[0]["attributes"])
        self.assertNotIn("profile", cases[0])


if __name__ == "__main__":
    main()
