// SPDX-License-Identifier: Apache-2.0
#include "takeover.h"

#include "roles_file.h"
#include "secret_marks.h"
#include "server_config.h"

namespace latchkey::app {
namespace {

audit_event event_of(std::string action, audit_resource resource, json_value metadata) {
  audit_event event;
  event.actor = {audit_actor_type::system, "config", {}, {}, {}};
  event.action = std::move(action);
  event.resource = std::move(resource);
  event.metadata = std::move(metadata);
  return event;
}

json_array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

/** What becomes of the roles, one event each: those that are new or other than before, and those that go. */
std::vector<audit_event> changes_between(std::span<const role_definition> before,
                                         std::span<const role_definition> after) {
  std::vector<audit_event> changes;
  for (const role_definition& role : after) {
    const auto* known = find_role(before, role.id);
    if (known != nullptr && *known == role) continue;
    json_object metadata{{"permissions", to_array(role.permissions)}, {"inherits", to_array(role.inherits)}};
    changes.push_back(event_of("role.define", {"role", role.id, role.name}, std::move(metadata)));
  }
  for (const role_definition& role : before) {
    if (find_role(after, role.id) != nullptr) continue;
    changes.push_back(event_of("role.delete", {"role", role.id, role.name}, {}));
  }
  return changes;
}

result<void> record_all(native::audit_logger& audit, std::vector<audit_event>& events, audit_outcome outcome) {
  for (auto& event : events) {
    event.outcome = outcome;
    if (auto logged = audit.log(event); !logged) return logged;
  }
  return {};
}

}  // namespace

result<void> take_over_roles(const settings& all, native::sql_rbac& roles, native::audit_logger& audit) {
  if (all.roles.file.empty()) return {};
  const auto read = read_roles_file(all.roles.file);
  if (!read) return tl::unexpected<error>(read.error());
  const auto in_file = [&](const error& failed) {
    return fail(failed.code, all.roles.file + ": " + failed.message, "roles.file");
  };
  const auto present = roles.role_definitions();
  if (!present) return tl::unexpected<error>(present.error());
  if (*present == *read) return {};
  if (const auto checked = check_open_sign_up(all, *read); !checked) return in_file(checked.error());
  // Asked before it is on record, so that no event tells of a success that never was.
  if (const auto checked = roles.check_roles_replacement(*read); !checked) return in_file(checked.error());
  auto changes = changes_between(*present, *read);
  if (const auto logged = record_all(audit, changes, audit_outcome::success); !logged) {
    return in_file({logged.error().code, "The change can't be put on record: " + logged.error().message, {}});
  }
  const auto replaced = roles.replace_roles(*read);
  if (replaced) return {};
  const auto logged = record_all(audit, changes, audit_outcome::failure);
  return in_file(
      {replaced.error().code,
       replaced.error().message + (logged ? "" : " The record says that it was done: " + logged.error().message),
       {}});
}

result<std::vector<std::string>> take_over_secrets(std::span<const std::string> secrets, native::key_ring& keys,
                                                   native::audit_logger& audit) {
  const auto before = marks_of(keys);
  if (!before) return tl::unexpected<error>(before.error());
  const auto after = marks_of(secrets);
  if (!after) return tl::unexpected<error>(after.error());
  if (*before != *after) {
    const json_object metadata{{"keys", to_array(*after)}, {"before", to_array(*before)}};
    const auto logged = audit.log(event_of("key.reload", {"key", after->front(), {}}, metadata));
    if (!logged) {
      return fail(logged.error().code, "The change can't be put on record: " + logged.error().message);
    }
  }
  return keys.replace(secrets);
}

}  // namespace latchkey::app
