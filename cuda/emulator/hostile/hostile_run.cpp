// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/hostile/hostile_run.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cuda/emulator/hostile/mutator.hpp"
#include "cuda/emulator/program/load.hpp"
#include "cuda/emulator/ptx/parse.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint64_t kCapacity = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxSteps = 20'000;
constexpr int kMaxKernels = 3;

// FNV-1a: the same on every machine.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325u;
  for (const char c : text)
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return value;
}

Options choose_options(MutationRandom& random) {
  Options options;
  options.threads = 1;
  options.max_steps = kMaxSteps;
  options.max_findings = 100;
  options.mma = static_cast<MmaPolicy>(random.below(3));
  options.async = static_cast<AsyncPolicy>(random.below(3));
  options.async_seed = random.next();
  options.schedule = static_cast<Schedule>(random.below(2));
  options.schedule_seed = random.next();
  options.profile = random.below(2) != 0;
  return options;
}

LaunchConfig choose_config(const Function& kernel, MutationRandom& random) {
  constexpr std::uint32_t kThreads[] = {1, 32, 33, 64, 64, 96};
  LaunchConfig config;
  config.grid = {1 + static_cast<std::uint32_t>(random.below(3)), 1, 1};
  config.block = {kThreads[random.below(std::size(kThreads))],
                  1 + static_cast<std::uint32_t>(random.below(4) / 3), 1};
  if (kernel.required_threads[0] != 0) config.block = kernel.required_threads;
  config.dynamic_shared_bytes = static_cast<std::uint32_t>(random.below(3)) * 24;
  config.is_cooperative = random.below(4) == 0;
  return config;
}

// What a launch leaves behind.
struct Trail {
  std::string contents, findings, refusal;
  std::uint64_t steps = 0;
  bool operator==(const Trail&) const = default;
};

Result<Trail> launch(const ptx::Module& module, std::size_t kernel, std::byte gaps,
                     MutationRandom random, std::string& breach) {
  ASSAY_ASSIGN(const auto device, HostileDevice::create(module));
  device->fill_gaps(gaps);
  const Function& function = device->program().functions[kernel];
  const Options options = choose_options(random);
  LaunchConfig config = choose_config(function, random);
  config.params = device->arguments(function);
  Launch run(device->memory(), device->program(), function, options, std::move(config));
  const Status status = run_launch(run);
  Trail trail;
  if (!status) trail.refusal = status.error().message;
  trail.steps = run.steps;
  for (const Finding& finding : run.findings.sorted())
    trail.findings += finding.text() + "\n";
  trail.contents = device->contents();
  if (!device->gaps_hold(gaps)) breach = "wrote outside of the allocations";
  return trail;
}

// Where two runs differ that only memory outside of the allocations could have told apart.
std::string difference(const Trail& a, const Trail& b) {
  if (a == b) return "";
  std::string text = "its result depends on memory outside of the allocations";
  if (a.findings != b.findings) text += "\n" + a.findings + "--- against\n" + b.findings;
  if (a.steps != b.steps) text += fmt::format("\n{} steps, and {}", a.steps, b.steps);
  const auto at = std::ranges::mismatch(a.contents, b.contents).in1 - a.contents.begin();
  return text + fmt::format("\nbyte {} of the allocations", at);
}

}  // namespace

Status HostileDevice::add_buffer(std::uint64_t bytes, std::uint64_t initialized) {
  ASSAY_ASSIGN(const std::uint64_t address, memory_->allocate(bytes, "buffer"));
  buffers_.push_back(address);
  // Small numbers, and in each 64 bytes an address of this buffer or the one before.
  std::vector<std::byte> data(initialized);
  for (std::size_t i = 0; i < initialized; ++i)
    data[i] = static_cast<std::byte>(i % 4 == 0 ? i / 4 : 0);
  for (std::size_t i = 0; i + 8 <= initialized; i += 64)
    std::memcpy(&data[i], &buffers_[buffers_.size() - 1 - (i / 64) % buffers_.size()], 8);
  return memory_->write(address, data.data(), initialized);
}

Result<std::unique_ptr<HostileDevice>> HostileDevice::create(const ptx::Module& module) {
  std::unique_ptr<HostileDevice> device(new HostileDevice);
  ASSAY_ASSIGN(device->memory_, GlobalMemory::create(kCapacity));
  ASSAY_ASSIGN(device->program_, load(module, *device->memory_));
  ASSAY_TRY(device->add_buffer(2048, 2048));
  ASSAY_TRY(device->add_buffer(1024, 1024));
  ASSAY_TRY(device->add_buffer(333, 200));
  for (const auto& list : {device->program_->variable_addresses, device->buffers_})
    for (const std::uint64_t address : list)
      if (const auto found = device->memory_->find(address); address != 0 && found)
        device->allocations_.push_back(*found);
  std::ranges::sort(device->allocations_, {}, &Allocation::address);
  return device;
}

template <typename F>
void HostileDevice::each_gap(F&& f) {
  std::uint64_t begin = kGlobalBase;
  for (const Allocation& allocation : allocations_) {
    f(memory_->data(begin), allocation.address - begin);
    begin = allocation.address + allocation.bytes;
  }
  f(memory_->data(begin), kGlobalBase + memory_->region().size - begin);
}

void HostileDevice::fill_gaps(std::byte value) {
  each_gap([&](std::byte* data, std::uint64_t bytes) { std::fill_n(data, bytes, value); });
}

bool HostileDevice::gaps_hold(std::byte value) {
  bool holds = true;
  each_gap([&](const std::byte* data, std::uint64_t bytes) {
    holds &= std::all_of(data, data + bytes, [&](std::byte byte) { return byte == value; });
  });
  return holds;
}

std::string HostileDevice::contents() {
  std::string all;
  for (const Allocation& allocation : allocations_)
    all.append(reinterpret_cast<const char*>(memory_->data(allocation.address)), allocation.bytes);
  return all;
}

std::vector<std::byte> HostileDevice::arguments(const Function& kernel) const {
  std::vector<std::byte> bytes(kernel.param_bytes);
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8)
    std::memcpy(&bytes[i], &buffers_[i / 8 % buffers_.size()], 8);
  return bytes;
}

HostileOutcome run_hostile(std::string_view text) {
  HostileOutcome outcome;
  const auto refuse = [&](std::string why) {
    outcome.refusal = std::move(why);
    return outcome;
  };
  const auto module = ptx::parse(text, "hostile.ptx");
  if (!module) return refuse(module.error().message);
  const std::uint64_t seed = hash(text);
  for (std::size_t f = 0; f < module->functions.size() && outcome.launches < kMaxKernels; ++f) {
    if (!module->functions[f].is_entry || !module->functions[f].has_body) continue;
    const auto first = launch(*module, f, std::byte{0}, MutationRandom(seed + f), outcome.breach);
    if (!first) return refuse(first.error().message);
    if (!first->refusal.empty()) return refuse(first->refusal);
    ++outcome.launches;
    outcome.steps += first->steps;
    outcome.findings += first->findings;
    const auto second =
        launch(*module, f, std::byte{0xA5}, MutationRandom(seed + f), outcome.breach);
    if (outcome.breach.empty() && second) outcome.breach = difference(*first, *second);
    if (!outcome.breach.empty()) break;
  }
  return outcome;
}

}  // namespace assay::emulator
