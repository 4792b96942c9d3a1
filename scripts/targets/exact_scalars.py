# SPDX-License-Identifier: Apache-2.0
"""docs/numerics.md in slow exact arithmetic, one number at a time: the oracle of the tests here.

Real numbers are Fractions and mpmath's; rounding is written out on integers. Nothing is shared with
the modules under test, and neither numpy nor ml_dtypes decides a bit. Finite inputs only.
"""

import struct
from fractions import Fraction

from mpmath import mp

E2M1 = [Fraction(v, 2) for v in (0, 1, 2, 3, 4, 6, 8, 12)]
E4M3 = [
    Fraction(m, 512) if e == 0 else Fraction(8 + m, 8) * Fraction(2) ** (e - 7)
    for e in range(16)
    for m in range(8)
][:0x7F]


def round_f32(value, negative_zero=False):
    """The binary32 number nearest to a Fraction, ties to even; an exact zero's sign is given."""
    if value == 0:
        return -0.0 if negative_zero else 0.0
    size = abs(value)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2) ** exponent
    ulp = Fraction(2) ** (max(exponent, -126) - 23)
    rounded = float(round(size / ulp) * ulp)  # round() of a Fraction is to nearest, ties to even
    rounded = rounded if rounded < 2.0**128 else float("inf")
    return -rounded if value < 0 else rounded


def bits_f32(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def is_negative(x):
    return bits_f32(x) >> 31 == 1


def product_f32(a, b):
    return round_f32(Fraction(a) * Fraction(b), is_negative(a) != is_negative(b))


def quotient_f32(a, b):
    return round_f32(Fraction(a) / Fraction(b), is_negative(a) != is_negative(b))


def fma_f32(a, b, c):
    product = Fraction(a) * Fraction(b)
    both_negative = is_negative(a) != is_negative(b) and is_negative(c)
    return round_f32(product + Fraction(c), product == 0 and c == 0 and both_negative)


def sum_f32(a, b):
    return fma_f32(a, 1.0, b)


def nearest_code(values, x, sign_bit):
    """The code nearest to x, ties to the even code, saturating; the sign is kept even for zero."""
    size = abs(Fraction(x))
    code = min(range(len(values)), key=lambda c: (abs(values[c] - size), c & 1))
    return code | (sign_bit if is_negative(x) else 0)


def e4m3_code(x):
    return nearest_code(E4M3, x, 0x80)


def e2m1_code(x):
    return nearest_code(E2M1, x, 0x8)


def e4m3_value(code):
    return -E4M3[code & 0x7F] if code & 0x80 else E4M3[code]


def e2m1_value(code):
    return -E2M1[code & 7] if code & 8 else E2M1[code]


def silu_f32(x):
    """From 1200 bits; the hardest x, 2^-149, needs some 300: silu(x) = 2^-150 + 2^-300 - ..."""
    if x == 0:
        return x
    with mp.workprec(1200):
        value = mp.mpf(x) / (1 + mp.exp(-mp.mpf(x)))
        sign, mantissa, exponent, _ = value._mpf_
    return round_f32(Fraction((-1) ** sign * mantissa) * Fraction(2) ** exponent)


def dot(contract, x_codes, w_codes, scale_codes):
    x = [e4m3_value(c) for c in x_codes]
    w = [e2m1_value(c) for c in w_codes]
    blocks = [sum(x[k] * w[k] for k in range(b, b + 16)) for b in range(0, len(x), 16)]
    scales = [e4m3_value(c) for c in scale_codes]
    if contract == "exact":
        return round_f32(sum(d * s for d, s in zip(blocks, scales)))
    acc = 0.0
    for d, s in zip(blocks, scales):
        acc = fma_f32(round_f32(d), float(s), acc)
    return acc


def quantize_matrix(rows):
    """Recipe modelopt: (codes by row, block scale codes by row, tensor_scale_decode)."""
    amax = max(abs(w) for row in rows for w in row)
    s2 = quotient_f32(amax, 2688.0) or 1.0
    codes, scales = [], []
    for row in rows:
        codes.append([])
        scales.append([])
        for b in range(0, len(row), 16):
            block = row[b : b + 16]
            ratio = quotient_f32(max(map(abs, block)), product_f32(6.0, s2)) or 1.0
            scales[-1].append(e4m3_code(min(max(ratio, 2.0**-9), 448.0)))
            step = product_f32(float(e4m3_value(scales[-1][-1])), s2)
            q = [quotient_f32(w, step) for w in block]
            codes[-1] += [e2m1_code(v) if v != 0 else 0 for v in q]
    return codes, scales, s2


def layer_stages(case, token):
    """Stages of one token, as lists. `case`: inputs by name, B = 1, a code a byte; `contract`."""
    s_x = float(case["hidden_states_scale"])
    x = [e4m3_code(quotient_f32(v, s_x)) for v in case["hidden_states"][0, token].tolist()]
    stages, output = {"stage.hidden_q": x}, [0.0] * len(x)
    ids = case["selected_experts_for_tokens"][0, token].tolist()
    scores = case["scores_for_selected_experts"][0, token].tolist()
    for expert, score in zip(ids, scores):
        row = {}
        row["gate_dot"], row["gate"] = _linear(case, "gate", x, s_x, expert)
        row["up_dot"], row["up"] = _linear(case, "up", x, s_x, expert)
        row["act"] = [silu_f32(g) for g in row["gate"]]
        row["mul"] = [product_f32(a, u) for a, u in zip(row["act"], row["up"])]
        s_a = float(case["fc_down_activation_scale"][expert])
        row["mul_q"] = [e4m3_code(quotient_f32(m, s_a)) for m in row["mul"]]
        row["down_dot"], row["down"] = _linear(case, "down", row["mul_q"], s_a, expert)
        output = [fma_f32(score, d, acc) for d, acc in zip(row["down"], output)]
        for name, values in row.items():
            stages.setdefault(f"stage.{name}", []).append(values)
    return stages | {"output": output}


def _linear(case, projection, x, input_scale, expert):
    codes, scales, tensor_scale, bias = (
        case[f"fc_{projection}_{suffix}"][expert].tolist()
        for suffix in ("weights", "weights_scale", "weights_dbl_q_scale", "bias")
    )
    dots = [dot(case["contract"], x, w, s) for w, s in zip(codes, scales)]
    factor = product_f32(input_scale, tensor_scale)
    return dots, [sum_f32(product_f32(d, factor), b) for d, b in zip(dots, bias)]
