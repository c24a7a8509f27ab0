// SPDX-License-Identifier: Apache-2.0
// A program with RBAC and ACL providers of its own, compiled without RTTI. Neither provider is a manager, so the server has
// no route that changes roles or grants.
#include <latchkey/native/http/auth_server.h>

#include <cstdio>

using namespace latchkey;
using namespace latchkey::native;

class own_roles final : public rbac_provider {
 public:
  result<std::vector<std::string>> roles_of(const user&) override { return std::vector<std::string>{"owner"}; }
  result<std::shared_ptr<const grant_set>> grants_of(std::span<const std::string>) override {
    auto compiled = grant_set::compile(std::vector<std::string>{"*"});
    if (!compiled) return fail(std::move(compiled));
    return std::make_shared<const grant_set>(std::move(*compiled));
  }
  result<std::vector<std::string>> permissions_of(std::span<const std::string>) override {
    return std::vector<std::string>{"*"};
  }
  result<std::vector<role_definition>> role_definitions() override { return default_roles(); }
};

class own_acl final : public acl_provider {
 public:
  acl_mode mode() const noexcept override { return acl_mode::extend; }
  result<bool> can_access(const acl_caller&, const acl_resource&, std::string_view) override { return false; }
  result<accessible_resources> list_accessible(const acl_caller&, std::string_view, std::string_view,
                                               std::span<const std::string>) override {
    return accessible_resources{};
  }
  result<std::vector<acl_resource>> filter_accessible(const acl_caller&, std::span<const acl_resource>,
                                                      std::string_view) override {
    return std::vector<acl_resource>{};
  }
};

class own_users final : public user_provider {
 public:
  result<std::optional<user>> find_user(std::string_view user_id) override { return user{.id = std::string(user_id)}; }
};

int main() {
  auth_provider provider{.name = "own"};
  provider.rbac = std::make_shared<own_roles>();
  provider.acl = std::make_shared<own_acl>();
  provider.users = std::make_shared<own_users>();
  const auto server = auth_server::create(provider, {.license = {.exempt = true}});
  if (!server) return 1;
  bool shows_roles = false;
  for (const route* each : (*server)->routes()) {
    if (each->pattern == "/auth/roles") shows_roles = true;
    if (each->method == "PUT") return 1;
  }
  if (!shows_roles) return 1;
  std::puts("own provider: asked");
}
