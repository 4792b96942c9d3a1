# SPDX-License-Identifier: Apache-2.0
"""The MoE layer of docs/numerics.md section 6, stage by stage.

Rows are (token, slot) pairs, slot fastest. Each step that an implementation may get wrong is a
method of its own, which a broken version in numpy_bugs.py overrides.
"""

import numpy as np

from numpy_formats import e4m3_to_value, f32_to_e4m3, unpack_e2m1
from numpy_rounding import DOT, fma_f32, silu_f32

CODE_STAGES = ("stage.hidden_q", "stage.mul_q")


class Layer:
    """run(case) gives stages and output by name: float32, or uint8 codes for CODE_STAGES."""

    def run(self, case):
        with np.errstate(all="ignore"):
            return self._stages(case)

    def to_e4m3(self, x):
        return f32_to_e4m3(x)

    def quantize_hidden(self, x, scale):
        return self.to_e4m3(x / scale)

    def quantize_mul(self, x, scale):
        return self.to_e4m3(x / scale)

    def unpack(self, packed):
        return unpack_e2m1(packed)

    def block_scale(self, codes):
        return e4m3_to_value(codes)

    def dot(self, accumulation, x, w, block_scale):
        return DOT[accumulation](x, w, block_scale)

    def silu(self, x):
        return silu_f32(x)

    def tensor(self, case, projection, suffix):
        """The case's tensor fc_<projection>_<suffix>."""
        return case.tensors[f"fc_{projection}_{suffix}"]

    def slots(self, top_k):
        return range(top_k)

    def _stages(self, case):
        b, s, h, top_k = (case.dims[letter] for letter in "BSHK")
        ids = case.tensors["selected_experts_for_tokens"].reshape(-1)
        s_x = case.tensors["hidden_states_scale"]
        s_a = np.broadcast_to(case.tensors["fc_down_activation_scale"], case.dims["E"])[ids]
        hidden = case.tensors["hidden_states"].reshape(b * s, h)
        hidden_q = hidden if case.hidden_is_codes else self.quantize_hidden(hidden, s_x)
        x = np.repeat(hidden_q, top_k, axis=0)
        rows = {}
        rows["gate_dot"], rows["gate"] = self._linear(case, "gate", x, ids, s_x)
        rows["up_dot"], rows["up"] = self._linear(case, "up", x, ids, s_x)
        rows["act"] = self.silu(rows["gate"])
        rows["mul"] = rows["act"] * rows["up"]
        rows["mul_q"] = self.quantize_mul(rows["mul"], s_a[:, None])
        rows["down_dot"], rows["down"] = self._linear(case, "down", rows["mul_q"], ids, s_a)
        stages = {f"stage.{name}": v.reshape(b, s, top_k, -1) for name, v in rows.items()}
        stages["stage.hidden_q"] = hidden_q.reshape(b, s, h)
        scores = case.tensors["scores_for_selected_experts"]
        stages["output"] = self._combine(scores, stages["stage.down"])
        return stages

    def _linear(self, case, projection, codes, ids, input_scale):
        """(dot, result) [rows, N] of codes [rows, K], each row with its expert and input_scale."""
        packed, scale_codes, tensor_scale = (
            self.tensor(case, projection, suffix)
            for suffix in ("weights", "weights_scale", "weights_dbl_q_scale")
        )
        x = e4m3_to_value(codes)
        nan_rows = np.isnan(x).any(axis=1)
        dot = np.empty((len(ids), packed.shape[1]), np.float32)
        for expert in np.unique(ids):
            rows = ids == expert
            w, block_scale = self.unpack(packed[expert]), self.block_scale(scale_codes[expert])
            dot[rows] = self.dot(case.accumulation, x[rows], w, block_scale)
        dot[nan_rows] = np.nan
        result = dot * (input_scale * tensor_scale[ids])[:, None]
        if case.has_bias:
            result = result + self.tensor(case, projection, "bias")[ids]
        return dot, result

    def _combine(self, scores, down):
        acc = np.zeros((*down.shape[:2], down.shape[3]), np.float32)
        for j in self.slots(down.shape[2]):
            acc = fma_f32(scores[..., j, None], down[..., j, :], acc)
        return acc
