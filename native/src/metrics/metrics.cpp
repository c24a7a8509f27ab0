// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/metrics/metrics.h"

#include <charconv>
#include <mutex>

namespace latchkey::native {
namespace {

constexpr double nanoseconds_per_second = 1e9;

/** Inside the quotes of a label's value. */
void append_escaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text.push_back('\\');
    if (c == '\n') {
      text += "\\n";
    } else {
      text.push_back(c);
    }
  }
}

/** `method="GET",status="200"`. */
std::string to_label_text(const metric_labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text.push_back(',');
    text.append(name).append("=\"");
    append_escaped(text, value);
    text.push_back('"');
  }
  return text;
}

// Independent of the host's locale, in which a comma could part the digits.
std::string to_number(double value) {
  char buffer[64];
  const auto [end, failed] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return failed == std::errc() ? std::string(buffer, end) : std::string("NaN");
}

void append_head(std::string& text, std::string_view name, std::string_view help, std::string_view type) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
  text.append(type).append("\n");
}

void append_sample(std::string& text, std::string_view name, std::string_view labels, std::string_view value) {
  text.append(name);
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text.append(" ").append(value).append("\n");
}

void append_histogram(std::string& text, const std::string& name, const std::string& labels,
                      const metric_histogram& series) {
  const auto counts = series.counts();
  const std::string prefix = labels.empty() ? "" : labels + ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const std::string bound = i < metric_histogram::bounds.size() ? to_number(metric_histogram::bounds[i]) : "+Inf";
    append_sample(text, name + "_bucket", prefix + "le=\"" + bound + "\"", std::to_string(total));
  }
  append_sample(text, name + "_sum", labels, to_number(series.sum_seconds()));
  append_sample(text, name + "_count", labels, std::to_string(total));
}

}  // namespace

void metric_histogram::observe(std::chrono::nanoseconds duration) noexcept {
  const double seconds = static_cast<double>(duration.count()) / nanoseconds_per_second;
  std::size_t bucket = 0;
  while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  if (duration.count() > 0) sum_ns_.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

std::array<std::uint64_t, metric_histogram::bounds.size() + 1> metric_histogram::counts() const noexcept {
  std::array<std::uint64_t, bounds.size() + 1> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load(std::memory_order_relaxed);
  return counts;
}

double metric_histogram::sum_seconds() const noexcept {
  return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / nanoseconds_per_second;
}

template <class Series>
Series& metrics_registry::find(families<Series>& all, std::string_view name, std::string_view help,
                               const metric_labels& labels) {
  std::string key = to_label_text(labels);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = all.find(name); found != all.end()) {
      if (const auto series = found->second.series.find(key); series != found->second.series.end()) {
        return *series->second;
      }
    }
  }
  const std::unique_lock lock(mutex_);
  auto& entry = all[std::string(name)];
  if (entry.help.empty()) entry.help = help;
  if (series_ >= max_series && !entry.series.contains(key)) key = "overflow=\"true\"";
  auto& series = entry.series[key];
  if (!series) {
    series = std::make_unique<Series>();
    ++series_;
  }
  return *series;
}

metric_counter& metrics_registry::counter(std::string_view name, std::string_view help, const metric_labels& labels) {
  return find(counters_, name, help, labels);
}

metric_histogram& metrics_registry::histogram(std::string_view name, std::string_view help,
                                              const metric_labels& labels) {
  return find(histograms_, name, help, labels);
}

void metrics_registry::gauge(std::string_view name, std::string_view help, std::function<std::uint64_t()> read) {
  const std::unique_lock lock(mutex_);
  gauges_.insert_or_assign(std::string(name), reading{std::string(help), std::move(read)});
}

std::string metrics_registry::to_text() const {
  const std::shared_lock lock(mutex_);
  std::string text;
  for (const auto& [name, entry] : counters_) {
    append_head(text, name, entry.help, "counter");
    for (const auto& [labels, series] : entry.series) {
      append_sample(text, name, labels, std::to_string(series->value()));
    }
  }
  for (const auto& [name, entry] : gauges_) {
    append_head(text, name, entry.help, "gauge");
    append_sample(text, name, {}, std::to_string(entry.read()));
  }
  for (const auto& [name, entry] : histograms_) {
    append_head(text, name, entry.help, "histogram");
    for (const auto& [labels, series] : entry.series) append_histogram(text, name, labels, *series);
  }
  return text;
}

}  // namespace latchkey::native
