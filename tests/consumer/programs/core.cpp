// SPDX-License-Identifier: Apache-2.0
// Somebody's program against latchkey::core: expands a role, asks a permission, reads JSON.
#include <latchkey/json_codec.h>
#include <latchkey/role.h>

#include <cstdio>
#include <string>
#include <vector>

int main() {
  const std::vector<std::string> roles = {"member"};
  const auto granted = latchkey::grant_set::compile(latchkey::expand_roles(roles, latchkey::default_roles()));
  if (!granted || !granted->covers("agents:execute") || granted->covers("agents:delete")) return 1;
  const auto refused = latchkey::parse_json(R"({"a":1,"a":2})");
  if (refused) return 1;
  std::printf("core: %s\n", refused.error().message.c_str());
}
