// SPDX-License-Identifier: Apache-2.0
// A PTX module after parsing: names are resolved (each register of a function has a number,
// whatever nested scope declared it; each variable, label and function is found), instructions are
// still as spelled. What an instruction means is the decoder's business (program/decode.hpp).
// Source: PTX ISA 9.0, chapters 4 (syntax), 5 (state spaces, types, variables), 10.1 (instruction
// statements), 11 (directives).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ptx {

// Types of registers, variables and instruction modifiers that stand for one value a lane. Packed
// formats that exist only as modifiers (e4m3x2, tf32, ...) stay strings.
enum class Type : std::uint8_t {
  none,
  pred,
  b8,
  b16,
  b32,
  b64,
  b128,
  u8,
  u16,
  u32,
  u64,
  s8,
  s16,
  s32,
  s64,
  f16,
  f16x2,
  bf16,
  bf16x2,
  f32,
  f32x2,
  f64
};

// 0 for none and pred.
int type_bytes(Type type);
std::string_view type_name(Type type);
// "u32" -> Type::u32; nothing for what is not in the enumeration.
std::optional<Type> parse_type(std::string_view name);

enum class Space : std::uint8_t { generic, global, shared, local, constant, param, reg };

std::string_view space_name(Space space);

// Where a line of PTX came from: the .loc before it.
struct SourceLine {
  int file = -1;  // index into Module::files; -1 where there is no .loc
  int line = 0;
  int inlined_at = -1;  // index into Function::call_sites: where its function was inlined
};

struct Register {
  std::string name;
  Type type = Type::none;
  int vector = 1;  // .v2, .v4: elements are separate registers, named NAME.x, .y, .z, .w
};

// An initializer's word that is the address of a variable or function (generic(NAME)+addend too).
struct Relocation {
  std::size_t offset = 0;  // in Variable::init
  int bytes = 8;
  std::string symbol;
  std::int64_t addend = 0;
  bool generic = false;
  int byte = -1;  // >= 0: only this byte of the address (0: the lowest), zero-extended to `bytes`
};

struct Variable {
  std::string name;
  Space space = Space::global;
  Type type = Type::b8;
  std::uint64_t bytes =
      0;  // whole size; 0 for an extern array without a size (dynamic shared memory)
  std::uint32_t align = 1;
  bool is_extern = false, is_visible = false, is_weak = false;
  bool is_managed = false;      // .attribute(.managed)
  std::vector<std::byte> init;  // empty, or `bytes` long
  std::vector<Relocation> relocations;
  int line = 0;
};

// Which variable a name means: of the module, or of the function, whose variables, parameters and
// results are counted through in this order.
struct VariableId {
  bool in_function = false;
  int index = -1;
};

struct Operand {
  enum class Kind : std::uint8_t {
    reg,       // index: the register
    integer,   // bits
    real,      // bits: of binary32 (0f...) or binary64 (0d..., decimal literals); is_f64 says which
    special,   // name: "%tid.x", "%laneid", ... (also WARP_SZ)
    variable,  // variable + offset: its address
    function,  // index: into Module::functions; its address
    label,     // index: into Function::labels
    target_list,  // index: into Function::target_lists (brx.idx, call)
    prototype,    // index: into Function::prototypes (indirect call)
    address,   // elements[0] is the base (reg, variable or integer); offset; elements[1...]: tensor
               // coordinates
    vector,    // elements: {a, b, ...}
    pair,      // elements: two destinations p|q
    sink,      // _
    arguments  // elements: a parenthesized list of a call
  };
  Kind kind = Kind::sink;
  bool is_negated = false;  // !p; also -r where the grammar has it
  bool is_f64 = false;
  int index = -1;
  VariableId variable;
  std::uint64_t bits = 0;
  std::int64_t offset = 0;
  std::string name;  // as spelled, for messages
  std::vector<Operand> elements;
};

struct Instruction {
  std::string opcode;                  // "mad"
  std::vector<std::string> modifiers;  // {"lo", "s32"}; "shared::cta" and "L2::128B" are one
  std::vector<Operand> operands;
  int guard = -1;  // predicate register, or -1
  bool guard_negated = false;
  int line = 0;  // of the PTX text, from 1
  SourceLine source;

  bool has(std::string_view modifier) const;
  std::string spelled() const;  // "mad.lo.s32"
};

struct Label {
  std::string name;
  int instruction =
      -1;  // the index in Function::body that it stands before (body.size() at the end)
};

struct TargetList {  // .branchtargets, .calltargets
  std::string name;
  std::vector<int> labels;     // into Function::labels
  std::vector<int> functions;  // into Module::functions
};

struct Prototype {  // .callprototype
  std::string name;
  std::vector<Variable> results, params;
};

struct Function {
  std::string name;
  bool is_entry = false, is_extern = false, is_visible = false, is_weak = false,
       is_noreturn = false;
  std::vector<Variable> results, params;  // of space param (or reg: see Variable::space)
  std::vector<Register> registers;
  std::vector<Variable>
      variables;  // .shared, .local, .param declared inside, nested scopes included
  std::vector<Label> labels;
  std::vector<TargetList> target_lists;
  std::vector<Prototype> prototypes;
  std::vector<Instruction> body;
  std::vector<SourceLine> call_sites;           // each inlined at one before it, or not at all
  std::vector<std::uint32_t> max_threads;       // .maxntid, up to 3
  std::vector<std::uint32_t> required_threads;  // .reqntid, up to 3
  std::vector<std::uint32_t> cluster;           // .reqnctapercluster, up to 3
  std::uint32_t min_ctas_per_sm = 0, max_registers = 0;
  int line = 0;
  bool has_body = false;
};

struct Module {
  std::string name;                         // of the file, for messages
  std::string version;                      // "9.0"
  std::string target;                       // "sm_110a"
  std::vector<std::string> target_options;  // what follows it: "debug", "texmode_independent"
  int address_size = 64;
  std::vector<std::string> files;  // of .file, by index of this vector
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

}  // namespace assay::ptx
