// SPDX-License-Identifier: Apache-2.0
// Integer instructions, through intrinsics where CUDA has them, else by name in PTX. Row r of `out`
// holds one operation's result for every pair of inputs.
using Wide = unsigned long long;

#define ASSAY_ASM2(instruction, x, y)                                         \
  [&] {                                                                       \
    unsigned result;                                                          \
    asm volatile(instruction " %0, %1, %2;" : "=r"(result) : "r"(x), "r"(y)); \
    return result;                                                            \
  }()
#define ASSAY_ASM1(instruction, x)                                \
  [&] {                                                           \
    unsigned result;                                              \
    asm volatile(instruction " %0, %1;" : "=r"(result) : "r"(x)); \
    return result;                                                \
  }()
#define ASSAY_ASM3(instruction, x, y, z)                                                  \
  [&] {                                                                                   \
    unsigned result;                                                                      \
    asm volatile(instruction " %0, %1, %2, %3;" : "=r"(result) : "r"(x), "r"(y), "r"(z)); \
    return result;                                                                        \
  }()
#define ASSAY_ASM4(instruction, x, y, z, w)         \
  [&] {                                             \
    unsigned result;                                \
    asm volatile(instruction " %0, %1, %2, %3, %4;" \
                 : "=r"(result)                     \
                 : "r"(x), "r"(y), "r"(z), "r"(w)); \
    return result;                                  \
  }()

template <typename Put>
__device__ void bit_operations(unsigned a, unsigned b, unsigned c, Put put) {
  put(__byte_perm(a, b, c & 0x7777u));
  put(ASSAY_ASM3("prmt.b32", a, b, c & 0xFFFFu));
  put(ASSAY_ASM3("prmt.b32.f4e", a, b, c & 3u));
  put(ASSAY_ASM3("prmt.b32.b4e", a, b, c & 3u));
  put(ASSAY_ASM3("prmt.b32.rc8", a, b, c & 3u));
  put(ASSAY_ASM3("prmt.b32.ecl", a, b, c & 3u));
  put(ASSAY_ASM3("prmt.b32.ecr", a, b, c & 3u));
  put(ASSAY_ASM3("prmt.b32.rc16", a, b, c & 3u));
  put((a & b) | (~a & c));
  put(a ^ b ^ c);
  put(ASSAY_ASM4("bfi.b32", a, b, c & 0xFFu, c >> 8 & 0xFFu));
  put(ASSAY_ASM3("bfe.u32", a, c & 0xFFu, c >> 8 & 0xFFu));
  put(ASSAY_ASM3("bfe.s32", a, c & 0xFFu, c >> 8 & 0xFFu));
  put(__funnelshift_l(a, b, c));
  put(__funnelshift_r(a, b, c));
  put(__funnelshift_lc(a, b, c & 63u));
  put(__funnelshift_rc(a, b, c & 63u));
  put(__popc(a));
  put(__clz(static_cast<int>(a >> (c & 31u))));
  put(__brev(a));
  put(__ffs(static_cast<int>(a << (c & 31u))));
  const Wide wide = static_cast<Wide>(a) << 32 | b;
  put(__popcll(wide));
  put(__clzll(static_cast<long long>(wide >> (c & 63u))));
  put(static_cast<unsigned>(__brevll(wide)));
  put(__ffsll(static_cast<long long>(wide << (c & 63u))));
}

// Shifts by 32 and more clamp in PTX; in C++ they would be undefined, so they are asked for by
// name.
template <typename Put>
__device__ void shift_operations(unsigned a, unsigned b, unsigned c, Put put) {
  put(ASSAY_ASM2("shl.b32", a, c & 63u));
  put(ASSAY_ASM2("shr.u32", a, c & 63u));
  put(ASSAY_ASM2("shr.s32", a, c & 63u));
  put(ASSAY_ASM2("bmsk.clamp.b32", c & 63u, c >> 8 & 63u));
  put(ASSAY_ASM2("szext.clamp.s32", a, c & 63u));
  put(ASSAY_ASM2("szext.wrap.u32", a, c & 63u));
  put(ASSAY_ASM1("bfind.u32", a >> (c & 31u)));
  put(ASSAY_ASM1("bfind.s32", static_cast<int>(a) >> (c & 31u)));
  put(ASSAY_ASM1("bfind.shiftamt.u32", a >> (c & 31u)));
  put(ASSAY_ASM1("cnot.b32", c & 1u));
  put(ASSAY_ASM2("add.sat.s32", a, b));
  put(ASSAY_ASM2("sub.sat.s32", a, b));
  put(ASSAY_ASM2("add.u16x2", a, b));
  put(ASSAY_ASM2("min.s16x2", a, b));
  put(ASSAY_ASM2("max.u16x2", a, b));
  put(ASSAY_ASM2("set.lt.u32.s32", a, b));
  put(ASSAY_ASM3("slct.u32.s32", a, b, static_cast<int>(c)));
  put(ASSAY_ASM3("cvt.pack.sat.u8.s32.b32", static_cast<int>(a) >> (c & 31u),
                 static_cast<int>(b) >> (c >> 8 & 31u), c));
}

template <typename Put>
__device__ void multiply_operations(unsigned a, unsigned b, unsigned c, Put put) {
  const int x = static_cast<int>(a), y = static_cast<int>(b), z = static_cast<int>(c);
  const Wide wide = static_cast<Wide>(a) << 32 | c, other = static_cast<Wide>(b) << 32 | a;
  put(static_cast<unsigned>(__dp4a(x, y, z)));
  put(__dp4a(a, b, c));
  put(ASSAY_ASM3("dp4a.u32.s32", a, b, c));
  put(ASSAY_ASM3("dp2a.lo.s32.s32", a, b, c));
  put(ASSAY_ASM3("dp2a.hi.u32.u32", a, b, c));
  put(__umulhi(a, b));
  put(static_cast<unsigned>(__mulhi(x, y)));
  put(__umul24(a, b));
  put(static_cast<unsigned>(__mul24(x, y)));
  put(ASSAY_ASM3("mad.lo.u32", a, b, c));
  put(ASSAY_ASM3("mad.hi.s32", a, b, c));
  put(static_cast<unsigned>((static_cast<Wide>(a) * b + wide) >> 32));
  put(static_cast<unsigned>((static_cast<long long>(x) * y + z) >> 32));
  put(static_cast<unsigned>(__umul64hi(wide, other)));
  put(static_cast<unsigned>(
      __mul64hi(static_cast<long long>(wide), static_cast<long long>(other))));
  const unsigned __int128 product = static_cast<unsigned __int128>(wide) * other + wide;
  put(static_cast<unsigned>(product >> 96) ^ static_cast<unsigned>(product >> 32));
  put(__usad(a, b, c));
  put(__sad(x, y, c));
  put(static_cast<unsigned>(__hadd(x, y)) ^ static_cast<unsigned>(__rhadd(x, y)) << 1);
  put(a / (b | 1u));
  put(static_cast<unsigned>(x / (y / 65536 | 1)));
  put(static_cast<unsigned>(x % (y / 65536 | 1)));
  put(static_cast<unsigned>(wide / (b | 1u)) ^ static_cast<unsigned>(wide % (other >> 20 | 1u)));
  put(static_cast<unsigned>(static_cast<long long>(wide) / (y | 1)));
  put(static_cast<unsigned>(abs(x / 2)) ^ static_cast<unsigned>(min(x, y)) ^
      static_cast<unsigned>(max(y, z)) << 1);
  put(static_cast<unsigned>(__vimax3_s32_relu(x, y, z)));
  put(__viaddmin_u32(a, b, c));
  put(__viaddmax_s16x2(a, b, c));
  put(__vabsdiffu4(a, b));
  put(__vadd2(a, c));
  put(__vmaxs4(b, c));
  put(static_cast<unsigned>(static_cast<unsigned short>(a) * static_cast<short>(b)));
  put(static_cast<unsigned>(static_cast<signed char>(c) * static_cast<unsigned char>(a >> 8)));
}

extern "C" __global__ void integer_ops(const unsigned* a, const unsigned* b, const unsigned* c,
                                       int count, unsigned* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  int row = 0;
  const auto put = [&](unsigned result) { out[row++ * count + i] = result; };
  bit_operations(a[i], b[i], c[i], put);
  shift_operations(a[i], b[i], c[i], put);
  multiply_operations(a[i], b[i], c[i], put);
}
