// SPDX-License-Identifier: Apache-2.0
// Between libFuzzer and a target: measures, because libFuzzer's own is in whole seconds.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

extern "C" int LATCHKEY_FUZZ_TARGET(const std::uint8_t* data, std::size_t size);

namespace {

using duration = std::chrono::microseconds;

constexpr duration limit = std::chrono::milliseconds(100);
constexpr duration suspicious = std::chrono::milliseconds(10);
duration slowest{};

// Processor time: on the clock, another process may have had the processor meanwhile.
duration measure(const std::uint8_t* data, std::size_t size) {
  const std::clock_t start = std::clock();
  LATCHKEY_FUZZ_TARGET(data, size);
  return std::chrono::microseconds((std::clock() - start) * 1'000'000 / CLOCKS_PER_SEC);
}

// scripts/fuzz.mjs reads this line.
void tell_slowest() {
  const auto microseconds = slowest.count();
  std::fprintf(stderr, "stat::slowest_unit_us: %lld\n", static_cast<long long>(microseconds));
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  std::atexit(tell_slowest);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  duration took = measure(data, size);
  // The system's own work counts as well: what is slow is slow three times.
  for (int again = 0; again < 2 && took > suspicious; ++again) took = std::min(took, measure(data, size));
  slowest = std::max(slowest, took);
  if (took <= limit) return 0;
  std::fprintf(stderr, "broken: no input takes longer than 100 ms\n");
  std::abort();
}
