// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_NATIVE_METRICS_METRICS_H_
#define LATCHKEY_NATIVE_METRICS_METRICS_H_

/**
 * Counters, gauges and histograms in the text format that Prometheus reads (version 0.0.4). A series is made at its first
 * use and lives as long as the registry; counting is one atomic addition. Label values must come from the program, never
 * from a request: each distinct one is a series. Everything here may be used by several threads at once.
 */

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latchkey/version.h"

namespace latchkey::native {

/** `{"method", "GET"}`, in the order in which they are shown. */
using metric_labels = std::vector<std::pair<std::string_view, std::string_view>>;

class metric_counter {
 public:
  void add(std::uint64_t count = 1) noexcept { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/** Durations, in buckets from 0.5 ms to 10 s. */
class metric_histogram {
 public:
  /** Upper bounds in seconds. */
  static constexpr std::array<double, 14> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                    0.1,    0.25,  0.5,    1,     2.5,  5,     10};

  void observe(std::chrono::nanoseconds duration) noexcept;
  /** How many fell into each bucket alone; the last one has no bound. */
  [[nodiscard]] std::array<std::uint64_t, bounds.size() + 1> counts() const noexcept;
  [[nodiscard]] double sum_seconds() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

class metrics_registry {
 public:
  /** More series than this are counted together in one with the label `overflow="true"`. */
  static constexpr std::size_t max_series = 4'096;

  /** The series of a metric with these labels. `help` counts at the first use. The reference lives as long as this. */
  [[nodiscard]] metric_counter& counter(std::string_view name, std::string_view help, const metric_labels& labels = {});
  [[nodiscard]] metric_histogram& histogram(std::string_view name, std::string_view help,
                                            const metric_labels& labels = {});

  /**
   * A value that may fall as well, asked for whenever the text is written; `read` must be quick, must not throw and must
   * not use this registry. The last one of a name counts.
   */
  void gauge(std::string_view name, std::string_view help, std::function<std::uint64_t()> read);

  /** Everything counted so far, metrics and series in the order of their names. */
  [[nodiscard]] std::string to_text() const;

 private:
  template <class Series>
  struct family {
    std::string help;
    // By the text of the labels.
    std::map<std::string, std::unique_ptr<Series>, std::less<>> series;
  };
  template <class Series>
  using families = std::map<std::string, family<Series>, std::less<>>;

  template <class Series>
  [[nodiscard]] Series& find(families<Series>& all, std::string_view name, std::string_view help,
                             const metric_labels& labels);

  struct reading {
    std::string help;
    std::function<std::uint64_t()> read;
  };

  mutable std::shared_mutex mutex_;
  std::size_t series_ = 0;
  families<metric_counter> counters_;
  families<metric_histogram> histograms_;
  std::map<std::string, reading, std::less<>> gauges_;
};

}  // namespace latchkey::native

#endif  // LATCHKEY_NATIVE_METRICS_METRICS_H_
