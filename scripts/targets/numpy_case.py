# SPDX-License-Identifier: Apache-2.0
"""Reads and checks a case file (docs/vectors.md, docs/numerics.md section 8); writes tensors.

F8_E4M3 tensors are uint8 codes here. Tensors are views of the mapped file, so weights of experts
that no token selects are never read. Expected tensors (`stage.*`, `output`) are ignored.
"""

import json

import ml_dtypes
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from numpy_formats import BLOCK_SIZE

DTYPES = {"F32": np.float32, "I32": np.int32, "U8": np.uint8, "F8_E4M3": np.uint8}
PROFILE = {
    "dataflow": ("factored",),
    "accumulation": ("exact", "block_fma"),
    "weights_recipe": ("modelopt",),
    "fp8_quantize": ("true_division_rne_satfinite",),
    "combine": ("fma_slot_order",),
    "nan": ("one_class",),
}
LAYOUT = {
    "hidden_states": ("F32 F8_E4M3", ["B S H"]),
    "hidden_states_scale": ("F32", [""]),
    "selected_experts_for_tokens": ("I32", ["B S K"]),
    "scores_for_selected_experts": ("F32", ["B S K"]),
    "fc_gate_weights": ("U8", ["E I H/2"]),
    "fc_gate_weights_scale": ("F8_E4M3", ["E I H/16"]),
    "fc_gate_weights_dbl_q_scale": ("F32", ["E"]),
    "fc_up_weights": ("U8", ["E I H/2"]),
    "fc_up_weights_scale": ("F8_E4M3", ["E I H/16"]),
    "fc_up_weights_dbl_q_scale": ("F32", ["E"]),
    "fc_down_weights": ("U8", ["E H I/2"]),
    "fc_down_weights_scale": ("F8_E4M3", ["E H I/16"]),
    "fc_down_weights_dbl_q_scale": ("F32", ["E"]),
    "fc_down_activation_scale": ("F32", ["", "E"]),
}
BIASES = {
    "fc_gate_bias": ("F32", ["E I"]),
    "fc_up_bias": ("F32", ["E I"]),
    "fc_down_bias": ("F32", ["E H"]),
}


class CaseError(ValueError):
    """The file breaks a rule; the message is one line that names tensor, index and rule."""


class Case:
    """The inputs of one layer call: `tensors` by name, sizes `dims` by letter, the contract."""

    def __init__(self, path):
        self.tensors, dtypes, metadata = read_tensors(path)
        self.accumulation = _accumulation(metadata)
        self.hidden_is_codes = dtypes.get("hidden_states") == "F8_E4M3"
        self.has_bias = any(name in self.tensors for name in BIASES)
        layout = LAYOUT | BIASES if self.has_bias else LAYOUT
        for name in layout:
            if name not in self.tensors:
                raise CaseError(f"{name}: missing")
        self.dims = _dims(self.tensors)
        for name, (kinds, shapes) in layout.items():
            _check_layout(name, dtypes[name], self.tensors[name].shape, kinds, shapes, self.dims)
        _check_values(self.tensors, self.dims["E"])


def read_tensors(path):
    """(tensors, dtype names, metadata). CaseError for anything but a sound safetensors file."""
    try:
        with safe_open(path, "np") as file:  # checks the header against the size of the file
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise CaseError(f"{path}: {error}") from error
    # safetensors' numpy side has no F8_E4M3, so tensors are taken from the bytes.
    data = np.memmap(path, np.uint8, "r")
    start = 8 + int(data[:8].view(np.uint64)[0])
    header = json.loads(data[8:start].tobytes())
    tensors, dtypes = {}, {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] in DTYPES:
            begin, end = (start + offset for offset in entry["data_offsets"])
            values = np.asarray(data[begin:end]).view(DTYPES[entry["dtype"]])
            tensors[name], dtypes[name] = values.reshape(entry["shape"]), entry["dtype"]
    return tensors, dtypes, metadata


def write_tensors(path, tensors, code_names):
    """Writes arrays, those in `code_names` as F8_E4M3. Every float32 NaN becomes 0x7FC00000."""
    stored = {}
    for name, values in tensors.items():
        if name in code_names:
            values = values.view(ml_dtypes.float8_e4m3fn)
        elif values.dtype == np.float32:
            values = np.where(np.isnan(values), np.float32(np.nan), values)
        stored[name] = np.ascontiguousarray(values).reshape(values.shape)  # [] would become [1]
    try:
        save_file(stored, path)
    except SafetensorError as error:
        raise CaseError(f"{path}: {error}") from error


def _accumulation(metadata):
    """The accumulation contract of the profile; CaseError for a choice not made here."""
    try:
        case = json.loads(metadata["assay_case"])
        choices = {"schema": case["schema"], "operator": case["operator"]}
        choices |= {name: case["profile"][name] for name in PROFILE}
    except (KeyError, TypeError, ValueError) as error:
        raise CaseError(f"assay_case: missing or malformed ({error!r})") from error
    known = {"schema": ("assay.case/1",), "operator": ("moe",)} | PROFILE
    for name, choice in choices.items():
        if choice not in known[name]:
            raise CaseError(f"assay_case: {name} is {choice!r}, must be one of {known[name]}")
    return choices["accumulation"]


def _dims(tensors):
    """Sizes by letter, each from one tensor; _check_layout compares the others with them."""
    hidden, ids, gate = (
        tensors[name].shape
        for name in ("hidden_states", "selected_experts_for_tokens", "fc_gate_weights")
    )
    if (len(hidden), len(ids), len(gate)) != (3, 3, 3):
        raise CaseError(
            "hidden_states, selected_experts_for_tokens, fc_gate_weights: must have rank 3"
        )
    dims = dict(zip("BSHKEI", (*hidden, ids[2], *gate[:2])))
    for letter, name in (("H", "hidden_states"), ("I", "fc_gate_weights")):
        if dims[letter] % BLOCK_SIZE or not dims[letter]:
            raise CaseError(f"{name}: {letter} = {dims[letter]} is not a multiple of {BLOCK_SIZE}")
    return dims


def _check_layout(name, dtype, shape, dtypes, shapes, dims):
    if dtype not in dtypes.split():
        raise CaseError(f"{name}: dtype {dtype}, must be {dtypes}")
    allowed = [tuple(_size(term, dims) for term in terms.split()) for terms in shapes]
    if shape not in allowed:
        raise CaseError(f"{name}: shape {shape}, must be {' or '.join(map(str, allowed))}")


def _size(term, dims):
    letter, _, divisor = term.partition("/")
    return dims[letter] // int(divisor or 1)


def _check_values(tensors, num_experts):
    for name in LAYOUT:
        values = tensors[name]
        if name.endswith("weights_scale"):
            _require(name, values, values <= 0x7E, "block scales are 0x00 to 0x7E")
        elif name.endswith(("dbl_q_scale", "activation_scale", "states_scale")):
            sound = np.isfinite(values) & (values > 0)
            _require(name, values, sound, "scales are finite and above 0")
        elif name == "selected_experts_for_tokens":
            sound = (values >= 0) & (values < num_experts)
            _require(name, values, sound, f"expert ids lie in [0, {num_experts})")


def _require(name, values, sound, rule):
    if not sound.all():
        index = tuple(np.argwhere(~sound)[0].tolist())
        raise CaseError(f"{name}{list(index)}: {values[index]}, but {rule}")
