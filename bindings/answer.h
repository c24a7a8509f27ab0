// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_BINDINGS_ANSWER_H_
#define LATCHKEY_BINDINGS_ANSWER_H_

/** What every function of the boundary shares: arguments from JSON, tagged answers to JSON, values kept by an id. */

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "latchkey/json_codec.h"

namespace latchkey::boundary {

/** `{"ok":true,"value":…}`. */
[[nodiscard]] std::string success(json_value value);
/** `{"ok":false,"error":{code,message,field?}}`. */
[[nodiscard]] std::string failure(const error& problem);
[[nodiscard]] std::string answer(result<json_value> outcome);

/** A member that must be a string; `json_shape` otherwise. */
[[nodiscard]] result<std::string> text_of(const json_value& arguments, std::string_view key);
/** A member that must be an integer; `json_shape` otherwise. */
[[nodiscard]] result<std::int64_t> integer_of(const json_value& arguments, std::string_view key);

/** Parses the argument and hands it on; what can't be parsed never reaches core. */
template <class Use>
std::string with_arguments(const std::string& json, Use use, std::size_t max_bytes = json_max_bytes) {
  auto arguments = parse_json(json, max_bytes);
  return arguments ? answer(use(*arguments)) : failure(arguments.error());
}

/**
 * Values by their ids, from 1 on. The first 1,024 ids are all different, so that a stale one in a caller's hand names
 * nothing; from then on those of released values come again.
 */
template <class Value>
class kept_values {
 public:
  [[nodiscard]] Value* find(std::int64_t id) noexcept {
    return id >= 1 && static_cast<std::uint64_t>(id) <= all_.size() ? all_[static_cast<std::size_t>(id - 1)].get()
                                                                    : nullptr;
  }

  [[nodiscard]] std::int64_t keep(std::remove_const_t<Value> value) {
    auto kept = std::make_unique<Value>(std::move(value));
    constexpr std::size_t enough_ids = 1024;
    if (all_.size() >= enough_ids) {
      for (std::size_t i = 0; i < all_.size(); ++i) {
        if (all_[i]) continue;
        all_[i] = std::move(kept);
        return static_cast<std::int64_t>(i + 1);
      }
    }
    all_.push_back(std::move(kept));
    return static_cast<std::int64_t>(all_.size());
  }

  void release(std::int64_t id) noexcept {
    if (find(id) != nullptr) all_[static_cast<std::size_t>(id - 1)].reset();
  }

  [[nodiscard]] std::size_t live() const noexcept {
    std::size_t count = 0;
    for (const auto& value : all_) count += value != nullptr ? 1 : 0;
    return count;
  }

 private:
  std::vector<std::unique_ptr<Value>> all_;
};

}  // namespace latchkey::boundary

#endif  // LATCHKEY_BINDINGS_ANSWER_H_
