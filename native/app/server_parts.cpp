// SPDX-License-Identifier: Apache-2.0
#include "server_parts.h"

#include <filesystem>

#include "environment.h"
#include "examples/browser-studio/demo_routes.h"
#include "readiness.h"
#include "server_config.h"
#include "takeover.h"

namespace latchkey::app {
namespace {

/** What is shown at paths outside of the API. */
result<native::static_files> load_pages(const server_settings& server) {
  const std::string folder = studio_folder(server);
  if (folder.empty()) return native::static_files();
  auto files = native::static_files::load(folder);
  if (!files) return files;
  std::vector<std::string> pages = server.studio_pages;
  // The demo's own; another studio has its reset page or not, and without it the server shows its own there.
  if (server.studio.empty()) {
    pages.insert(pages.end(),
                 {"/login", "/signup", "/agents", "/workflows", "/audit", "/reset-password", "/forgot-password"});
  }
  if (auto taken = files->set_pages(std::move(pages)); !taken) {
    return fail(errc::configuration_invalid, "server.studio_pages: " + taken.error().message, "server.studio_pages");
  }
  return files;
}

}  // namespace

std::string studio_folder(const server_settings& server) {
  if (!server.studio.empty() || !server.is_demo) return server.studio;
  std::string folder = default_studio_folder();
  std::error_code failed;
  return std::filesystem::is_directory(folder, failed) ? folder : std::string();
}

result<server_parts> make_server_parts(const settings& all, stores opened, std::span<const std::string> secrets,
                                       license_gate license, std::function<license_gate()> find_license) {
  const auto metrics = std::make_shared<native::metrics_registry>();
  auto config = make_config(all, std::move(license), metrics);
  config.find_license = std::move(find_license);
  auto parts = compose(opened, all, secrets, metrics);
  if (!parts) return fail(std::move(parts));
  auto audit = parts->provider.audit;
  if (auto taken = take_over_roles(all, *opened.roles, *audit); !taken) return fail(std::move(taken));
  const auto roles = opened.roles->role_definitions();
  if (!roles) return tl::unexpected<error>(roles.error());
  if (auto checked = check_default_role(all, *roles); !checked) return fail(std::move(checked));
  // A license without it must not keep a server from starting that never asked for it.
  if (config.license.allows(license_feature::acl, config.clock())) parts->provider.acl = opened.acl;
  auto server = native::auth_server::create(std::move(parts->provider), config);
  if (!server && server.error().code == errc::license_required) {
    return fail(errc::license_required,
                "The license in MASTRA_EE_LICENSE has no '" + server.error().field + "', which the server needs.",
                "MASTRA_EE_LICENSE");
  }
  if (!server) return fail(std::move(server));
  if (all.server.is_demo) {
    if (auto added = demo::add_demo_routes(**server, native::system_clock_ms, opened.acl); !added) {
      return fail(std::move(added));
    }
  }
  auto health = make_health_watch(all, opened, metrics);
  if (!health) return fail(std::move(health));
  auto operations = make_operations(all, readiness_checks(opened, *health), metrics);
  if (!operations) return fail(std::move(operations));
  auto pages = load_pages(all.server);
  if (!pages) return fail(std::move(pages));
  reset_page resets(all, server.value()->api_prefix());
  return server_parts{std::move(opened),  std::move(config),  std::move(parts->credentials), std::move(parts->keys),
                      std::move(audit),   std::move(*server), std::move(*operations),        std::move(*pages),
                      std::move(*health), std::move(resets)};
}

}  // namespace latchkey::app
