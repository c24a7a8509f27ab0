// SPDX-License-Identifier: Apache-2.0
// A method, a blank and a path, as in a request line.
#include "latchkey/route_permission.h"

#include "rule.h"

namespace {

using namespace latchkey;

std::string to_lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view path = fuzz::to_text(data, size);
  const std::string method(fuzz::take_field(path, ' '));
  const auto permission = derive_route_permission(method, path);
  fuzz::require(derive_route_permission(to_lower(method), path) == permission, "a method's case doesn't count");
  if (to_lower(method) == "all") fuzz::require(!permission, "ALL says nothing about what is done");
  if (!permission) return 0;
  fuzz::require(fuzz::is_permission(*permission), "what is derived is a permission");
  const fuzz::plain_permission plain = fuzz::split(*permission);
  fuzz::require(plain.count == 2 && plain.parts[0] != "*" && plain.parts[1] != "*", "a route needs one thing");
  const std::vector<std::string> actions = {"read", "write", "delete", "execute", "publish"};
  fuzz::require(std::find(actions.begin(), actions.end(), plain.parts[1]) != actions.end(),
                "the action is a known one");
  const bool is_post = to_lower(method) == "post";
  fuzz::require(is_post || (plain.parts[1] != "execute" && plain.parts[1] != "publish"), "only POST executes");
  fuzz::require(plain.parts[1] != "publish" || plain.parts[0].substr(0, 6) == "stored",
                "only stored parts are published");
  return 0;
}
