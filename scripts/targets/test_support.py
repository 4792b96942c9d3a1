# SPDX-License-Identifier: Apache-2.0
"""Random values and cases for the tests of this folder."""

import json

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

PROFILE = {
    "dataflow": "factored",
    "weights_recipe": "modelopt",
    "fp8_quantize": "true_division_rne_satfinite",
    "combine": "fma_slot_order",
    "nan": "one_class",
}


def bits(values):
    """Bit patterns as a list: of binary32 numbers, or of codes (a uint8 array)."""
    array = np.asarray(values)
    if array.dtype == np.uint8:
        return array.tolist()
    return array.astype(np.float32).view(np.uint32).tolist()


def random_f32(rng, count, low, high):
    """Random signs and fractions; stored exponents from low to high, where 0 gives subnormals."""
    exponents = rng.integers(low, high + 1, count).astype(np.uint32) << 23
    fractions = rng.integers(0, 2**23, count).astype(np.uint32)
    signs = rng.integers(0, 2, count).astype(np.uint32) << 31
    return (exponents | fractions | signs).view(np.float32)


def random_inputs(rng, tokens=3, top_k=3, experts=4, h=32, i=48):
    """Inputs by tensor name, with one weight code a byte; few values saturate."""
    f32 = np.float32
    inputs = {
        "hidden_states": f32(rng.normal(size=(1, tokens, h))),
        "hidden_states_scale": f32(0.003),
        "selected_experts_for_tokens": rng.integers(0, experts, (1, tokens, top_k), np.int32),
        "scores_for_selected_experts": f32(rng.random((1, tokens, top_k))),
        "fc_down_activation_scale": f32(rng.uniform(0.001, 0.3, experts)),
    }
    inputs["hidden_states"][0, 0, :4] = -0.0, -1e-9, 1e9, 0.003 * 464
    for name, n, k in (("gate", i, h), ("up", i, h), ("down", h, i)):
        inputs[f"fc_{name}_weights"] = rng.integers(0, 16, (experts, n, k), np.uint8)
        inputs[f"fc_{name}_weights_scale"] = rng.integers(0, 0x7F, (experts, n, k // 16), np.uint8)
        inputs[f"fc_{name}_weights_dbl_q_scale"] = f32(rng.uniform(1e-4, 2e-4, experts))
        inputs[f"fc_{name}_bias"] = f32(rng.normal(size=(experts, n)))
    return inputs


def write_case(path, inputs, contract):
    tensors = {name: np.asarray(values) for name, values in inputs.items()}
    for name, values in inputs.items():
        if name.endswith("_weights"):
            tensors[name] = np.ascontiguousarray(values[..., 0::2] | values[..., 1::2] << 4)
        elif name.endswith("weights_scale"):
            tensors[name] = values.view(ml_dtypes.float8_e4m3fn)
    case = {"schema": "assay.case/1", "operator": "moe"}
    case["profile"] = PROFILE | {"accumulation": contract}
    save_file(tensors, path, metadata={"assay_case": json.dumps(case)})
