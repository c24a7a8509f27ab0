// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/license/license_source.h"

#include <cstdio>
#include <cstdlib>

namespace latchkey::native {
namespace {

/** Why a license that is set does not count, and what follows from it. It holds no part of the text. */
std::string sentence_about(const license_gate& gate) {
  const bool is_over = gate.license.reason == errc::license_expired;
  std::string sentence = is_over ? "The license is over" : "The license is set but is none";
  sentence += gate.exempt ? "; nothing is off, because this server needs none." : ": every licensed feature is off.";
  if (is_over) return sentence + " Renew it.";
  return sentence + " A text of at least 32 characters is expected, or a signed one where that form is accepted.";
}

}  // namespace

std::optional<std::string> license_text_of_environment() {
  const char* const text = std::getenv(license_variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::string(text);
}

license_source::license_source(license_source_options options) : options_(std::move(options)) {}

result<std::shared_ptr<license_source>> license_source::make(license_source_options options) {
  if (!options.read || !options.clock || !options.monotonic_clock) {
    return fail(errc::configuration_invalid, "A license source needs a reader and two clocks.", "license");
  }
  std::shared_ptr<license_source> source(new license_source(std::move(options)));
  static_cast<void>(source->current());
  return source;
}

license_gate license_source::current() {
  const std::lock_guard lock(guard_);
  const std::int64_t monotonic_ms = options_.monotonic_clock();
  if (!has_read_ || monotonic_ms - read_at_ms_ >= license_cache_ms) {
    text_ = options_.read().value_or(std::string());
    read_at_ms_ = monotonic_ms;
    has_read_ = true;
  }
  license_gate gate;
  gate.exempt = options_.exempt;
  gate.license = cache_.check(text_, options_.clock(), monotonic_ms, options_.rules);
  if (cache_.take_warning()) {
    const std::string sentence = sentence_about(gate);
    if (options_.warn) {
      options_.warn(sentence);
    } else {
      std::fprintf(stderr, "latchkey: %s\n", sentence.c_str());
    }
  }
  return gate;
}

}  // namespace latchkey::native
