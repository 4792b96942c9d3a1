// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/sass_opcodes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace assay::audit {
namespace {

struct Operation {
  std::uint16_t bits;  // the low 9
  std::string_view name;
};

constexpr std::uint16_t kImad = 0x024, kHfma2 = 0x031, kHfma2Mma = 0x035;
constexpr std::string_view kImadMove = "IMAD.MOV", kHfma2Move = "HFMA2.MOV";

// What bits meant up to a capability, and no longer mean.
struct OldOperation {
  Operation operation;
  int last_capability;
};
constexpr auto kOldOperations = std::to_array<OldOperation>({
    {{kHfma2Mma, "HFMA2.MMA"}, 90},
    {{0x036, "HMMA"}, 75},
});

constexpr auto kOperations = std::to_array<Operation>({
    // Moves, predicates and 32-bit integers.
    {0x001, "PMTRIG"},
    {0x002, "MOV"},
    {0x003, "P2R"},
    {0x004, "R2P"},
    {0x005, "CS2R"},
    {0x006, "VOTE"},
    {0x007, "SEL"},
    {0x00c, "ISETP"},
    {0x00f, "VIMNMX3"},
    {0x010, "IADD3"},
    {0x011, "LEA"},
    {0x012, "LOP3"},
    {0x013, "IABS"},
    {0x014, "VABSDIFF"},
    {0x015, "VABSDIFF4"},
    {0x016, "PRMT"},
    {0x017, "IMNMX"},
    {0x019, "SHF"},
    {0x01a, "SGXT"},
    {0x01b, "BMSK"},
    {0x01c, "PLOP3"},
    {kImad, "IMAD"},
    {0x025, "IMAD.WIDE"},
    {0x026, "IDP"},
    {0x027, "IMAD.HI"},
    {0x035, "IADD"},
    {0x036, "VIADD"},
    {0x039, "I2IP"},
    {0x046, "VIADDMNMX"},
    {0x048, "VIMNMX"},
    // Floating point.
    {0x008, "FSEL"},
    {0x009, "FMNMX"},
    {0x00a, "FSET"},
    {0x00b, "FSETP"},
    {0x020, "FMUL"},
    {0x021, "FADD"},
    {0x023, "FFMA"},
    {0x028, "DMUL"},
    {0x029, "DADD"},
    {0x02a, "DSETP"},
    {0x02b, "DFMA"},
    {0x030, "HADD2"},
    {kHfma2, "HFMA2"},
    {0x032, "HMUL2"},
    {0x033, "HSET2"},
    {0x034, "HSETP2"},
    {0x03e, "F2FP"},
    {0x040, "HMNMX2"},
    {0x045, "I2FP"},
    {0x047, "VHMNMX"},
    {0x049, "FFMA2"},
    {0x04a, "FMUL2"},
    {0x04b, "FADD2"},
    {0x076, "FMNMX3"},
    {0x102, "FCHK"},
    {0x104, "F2F"},
    {0x105, "F2I"},
    {0x106, "I2F"},
    {0x107, "FRND"},
    {0x108, "MUFU"},
    {0x110, "F2F"},
    {0x111, "F2I"},
    {0x112, "I2F"},
    {0x113, "FRND"},
    // Matrices.
    {0x037, "IMMA"},
    {0x03a, "MOVM"},
    {0x03b, "LDSM"},
    {0x03c, "HMMA"},
    {0x03d, "BMMA"},
    {0x03f, "DMMA"},
    {0x044, "STSM"},
    {0x07a, "QMMA"},
    {0x07f, "OMMA"},
    {0x1c5, "WARPGROUP"},
    {0x1f0, "HGMMA"},
    {0x1f3, "QGMMA"},
    {0x04c, "UVIRTCOUNT"},
    {0x1e3, "UTCATOMSWS"},
    {0x1e6, "UTCSHIFT"},
    {0x1e7, "UTCCP"},
    {0x1e9, "UTCBAR"},
    {0x1ea, "UTCMMA"},
    {0x1ed, "STTM"},
    {0x1ee, "LDTM"},
    // Uniform registers.
    {0x082, "UMOV"},
    {0x086, "VOTEU"},
    {0x087, "USEL"},
    {0x08c, "UISETP"},
    {0x090, "UIADD3"},
    {0x091, "ULEA"},
    {0x092, "ULOP3"},
    {0x096, "UPRMT"},
    {0x099, "USHF"},
    {0x09b, "UBMSK"},
    {0x0a4, "UIMAD"},
    {0x0a5, "UIMAD.WIDE"},
    {0x0b9, "ULDC"},
    {0x0bd, "UFLO"},
    {0x0be, "UBREV"},
    {0x0bf, "UPOPC"},
    {0x0ca, "R2UR"},
    {0x0cc, "CREDUX"},
    {0x1ac, "LDCU"},
    {0x1c3, "S2UR"},
    {0x1c4, "REDUX"},
    // Bits and warps.
    {0x02f, "ELECT"},
    {0x100, "FLO"},
    {0x101, "BREV"},
    {0x109, "POPC"},
    {0x119, "S2R"},
    {0x11b, "ENDCOLLECTIVE"},
    {0x148, "WARPSYNC"},
    {0x189, "SHFL"},
    {0x1a1, "MATCH"},
    // Memory.
    {0x160, "TEX"},
    {0x17e, "LDG"},
    {0x17f, "STG"},
    {0x180, "LD"},
    {0x181, "LDG"},
    {0x182, "LDC"},
    {0x183, "LDL"},
    {0x184, "LDS"},
    {0x185, "ST"},
    {0x186, "STG"},
    {0x187, "STL"},
    {0x188, "STS"},
    {0x18a, "ATOM"},
    {0x18b, "ATOM"},
    {0x18c, "ATOMS"},
    {0x18d, "ATOMS"},
    {0x18e, "REDG"},
    {0x18f, "CCTL"},
    {0x1a2, "ATOM"},
    {0x1a3, "ATOMG"},
    {0x1a6, "REDG"},
    {0x1a8, "ATOMG"},
    {0x1a9, "ATOMG"},
    {0x1aa, "QSPC"},
    // Asynchronous copies and barriers.
    {0x02d, "PREEXIT"},
    {0x02e, "ACQBULK"},
    {0x11a, "DEPBAR"},
    {0x11c, "B2R"},
    {0x11d, "BAR"},
    {0x192, "MEMBAR"},
    {0x1a7, "SYNCS"},
    {0x1ab, "ERRBAR"},
    {0x1ae, "LDGSTS"},
    {0x1af, "LDGDEPBAR"},
    {0x1b0, "ARRIVES"},
    {0x1b1, "SYNCS"},
    {0x1b2, "SYNCS"},
    {0x1b4, "UTMALDG"},
    {0x1b5, "UTMASTG"},
    {0x1b6, "UTMAREDG"},
    {0x1b7, "UTMACMDFLUSH"},
    {0x1b8, "UTMAPF"},
    {0x1b9, "UTMACCTL"},
    {0x1ba, "UBLKCP"},
    {0x1bb, "UBLKRED"},
    {0x1bc, "UBLKPF"},
    {0x1bd, "STAS"},
    {0x1c6, "FENCE"},
    {0x1c7, "UCGABAR"},
    {0x1c8, "USETMAXREG"},
    {0x1ca, "UGETNEXTWORKID"},
    {0x1cb, "UMEMSETS"},
    // Control.
    {0x118, "NOP"},
    {0x141, "BSYNC"},
    {0x142, "BREAK"},
    {0x143, "CALL"},
    {0x144, "CALL"},
    {0x145, "BSSY"},
    {0x146, "YIELD"},
    {0x147, "BRA"},
    {0x149, "BRX"},
    {0x14d, "EXIT"},
    {0x150, "RET"},
    {0x155, "BMOV"},
    {0x156, "BMOV"},
    {0x158, "BRXU"},
    {0x15c, "BPT"},
    {0x15d, "NANOSLEEP"},
});

// The first source register, bits 24 to 31; 255 is RZ.
bool multiplies_zero(SassWord word) {
  return (word.low >> 24 & 0xff) == 0xff;
}

}  // namespace

std::string sass_name(SassWord word, int capability) {
  const auto bits = static_cast<std::uint16_t>(word.low & 0x1ff);
  if (bits == kImad && multiplies_zero(word)) return std::string(kImadMove);
  if (bits == kHfma2 && multiplies_zero(word)) return std::string(kHfma2Move);
  for (const auto& [operation, last_capability] : kOldOperations) {
    if (bits != operation.bits || capability > last_capability) continue;
    const bool is_move = bits == kHfma2Mma && multiplies_zero(word);
    return std::string(is_move ? kHfma2Move : operation.name);
  }
  const auto* found = std::ranges::find(kOperations, bits, &Operation::bits);
  if (found != kOperations.end()) return std::string(found->name);
  return fmt::format("0x{:03x}", word.low & 0xfff);
}

std::vector<std::string_view> sass_names() {
  std::vector<std::string_view> names{kImadMove, kHfma2Move};
  for (const OldOperation& old : kOldOperations)
    names.push_back(old.operation.name);
  for (const Operation& operation : kOperations)
    names.push_back(operation.name);
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

}  // namespace assay::audit
