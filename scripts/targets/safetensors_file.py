# SPDX-License-Identifier: Apache-2.0
"""safetensors files with dtypes that numpy has no name for, and with thousands of tensors.

A tensor is a pair (dtype name, array): F8_E4M3, F8_E5M2, F8_E8M0 and U8 are uint8 arrays of codes.
"""

import json

import ml_dtypes
import numpy as np

DTYPES = {
    "U8": np.dtype(np.uint8),
    "F8_E4M3": np.dtype(np.uint8),
    "F8_E5M2": np.dtype(np.uint8),
    "F8_E8M0": np.dtype(np.uint8),
    "F16": np.dtype(np.float16),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "F32": np.dtype(np.float32),
    "F64": np.dtype(np.float64),
}


def read(path):
    """({name: (dtype name, array)}, metadata). ValueError for anything but a sound file."""
    data = np.fromfile(path, np.uint8)
    try:
        start = 8 + int(data[:8].view("<u8")[0])
        header = json.loads(data[8:start].tobytes())
        metadata = header.pop("__metadata__", {})
        tensors = {name: _tensor(data[start:], entry) for name, entry in header.items()}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: no sound safetensors file ({error!r})") from error
    return tensors, metadata


def write(path, tensors, metadata=None):
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, array) in tensors.items():
        end = offset + array.size * DTYPES[dtype].itemsize
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for dtype, array in tensors.values():
            file.write(np.ascontiguousarray(array, DTYPES[dtype]).tobytes())


def _tensor(data, entry):
    begin, end = entry["data_offsets"]
    values = np.frombuffer(data[begin:end].tobytes(), DTYPES[entry["dtype"]])
    return entry["dtype"], values.reshape(entry["shape"])
