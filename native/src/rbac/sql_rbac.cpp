// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/rbac/sql_rbac.h"

#include <algorithm>

#include "credentials/account_tables.h"
#include "latchkey/native/waiting.h"
#include "rbac/role_tables.h"

namespace latchkey::native {
namespace {

tl::unexpected<error> no_role(std::string_view role_id) {
  return fail(errc::not_found, "There is no role \"" + std::string(role_id) + "\".", "role");
}

bool contains(std::span<const std::string> roles, std::string_view role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

}  // namespace

result<std::shared_ptr<sql_rbac>> sql_rbac::open(std::shared_ptr<database> store,
                                                 std::shared_ptr<sql_accounts> accounts, sql_rbac_options options) {
  if (store == nullptr || accounts == nullptr) {
    return fail(errc::configuration_invalid, "Roles need a database and the accounts that have them.", "store");
  }
  if (auto created = create_role_tables(*store); !created) return fail(std::move(created));
  auto opened = std::shared_ptr<sql_rbac>(new sql_rbac(std::move(store), std::move(accounts), std::move(options)));
  if (auto seeded = opened->seed(); !seeded) return fail(std::move(seeded));
  if (auto loaded = opened->reload(); !loaded) return fail(std::move(loaded));
  return opened;
}

sql_rbac::sql_rbac(std::shared_ptr<database> store, std::shared_ptr<sql_accounts> accounts, sql_rbac_options options)
    : store_(std::move(store)), accounts_(std::move(accounts)), options_(std::move(options)), watch_(store_) {}

result<void> sql_rbac::seed() {
  const auto known = read_roles(*store_);
  if (known && !known->empty()) return {};
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  auto present = read_roles(**transaction);
  if (!present) return fail(std::move(present));
  if (!present->empty()) return {};
  for (const role_definition& role : options_.initial_roles) {
    // Beside all of them: a role may inherit one that comes later in the list.
    if (auto checked = check_role(role, options_.initial_roles); !checked) return checked;
    if (auto written = write_role(**transaction, role); !written) return written;
  }
  return (*transaction)->commit();
}

result<void> sql_rbac::reload() {
  if (auto allowed = may_wait(); !allowed) return allowed;
  const std::lock_guard lock(reload_mutex_);
  auto definitions = read_roles(*store_);
  if (!definitions) {
    forget();
    return fail(std::move(definitions));
  }
  {
    // Most changes of the database concern no role: what is compiled stays.
    const std::shared_lock reading(mutex_);
    if (current_ != nullptr) {
      auto known = current_->role_definitions();
      if (known && *known == *definitions) return {};
    }
  }
  static_rbac_options options;
  options.definitions = std::move(*definitions);
  options.mapping = options_.mapping;
  options.aliases = options_.aliases;
  options.get_user_roles = [accounts = accounts_](const latchkey::user& person) -> result<std::vector<std::string>> {
    auto found = accounts->find(person.id);
    if (!found) return fail(std::move(found));
    return *found ? (*found)->roles : std::vector<std::string>{};
  };
  auto made = static_rbac::make(std::move(options));
  if (!made) {
    forget();
    return fail(std::move(made));
  }
  const std::unique_lock writing(mutex_);
  current_ = std::move(*made);
  return {};
}

void sql_rbac::forget() {
  const std::unique_lock lock(mutex_);
  current_.reset();
}

result<std::shared_ptr<static_rbac>> sql_rbac::current() {
  if (auto checked = watch_.check([this] { return reload(); }); !checked) return fail(std::move(checked));
  for (int attempt = 0; attempt < 2; ++attempt) {
    {
      const std::shared_lock lock(mutex_);
      if (current_ != nullptr) return current_;
    }
    if (auto loaded = reload(); !loaded) return fail(std::move(loaded));
  }
  return fail(errc::unavailable, "The roles could not be read.");
}

result<std::vector<std::string>> sql_rbac::roles_of(const latchkey::user& person) {
  auto now = current();
  if (!now) return fail(std::move(now));
  return (*now)->roles_of(person);
}

result<std::shared_ptr<const grant_set>> sql_rbac::grants_of(std::span<const std::string> role_ids) {
  auto now = current();
  if (!now) return fail(std::move(now));
  return (*now)->grants_of(role_ids);
}

result<std::vector<std::string>> sql_rbac::permissions_of(std::span<const std::string> role_ids) {
  auto now = current();
  if (!now) return fail(std::move(now));
  return (*now)->permissions_of(role_ids);
}

result<std::vector<role_definition>> sql_rbac::role_definitions() {
  auto now = current();
  if (!now) return fail(std::move(now));
  return (*now)->role_definitions();
}

// Whether somebody who may sign in holds everything, by these definitions.
result<bool> sql_rbac::has_owner(sql_executor& store, std::span<const role_definition> definitions) const {
  std::vector<std::string> owners;
  for (const role_definition& role : definitions) {
    const auto grants = expand_roles({&role.id, 1}, definitions, options_.mapping);
    const auto compiled = grant_set::compile(std::span<const role_grant>(grants), options_.aliases);
    if (compiled && compiled->covers("*")) owners.push_back(role.id);
  }
  return is_role_held(store, owners, true);
}

result<bool> sql_rbac::has_owner() {
  const auto definitions = role_definitions();
  if (!definitions) return tl::unexpected<error>(definitions.error());
  return has_owner(*store_, *definitions);
}

result<bool> sql_rbac::needs_owner(sql_executor& store) const {
  const auto definitions = read_roles(store);
  if (!definitions) return tl::unexpected<error>(definitions.error());
  const auto present = has_owner(store, *definitions);
  if (!present) return tl::unexpected<error>(present.error());
  return !*present && holds_everything("owner", *definitions);
}

// The rule of the last owner is part of the same transaction as the change, in which nobody else writes: of two changes
// at once that would each leave the other's owner, the second one sees what the first one did.
result<void> sql_rbac::change_roles(std::string_view user_id, std::span<const std::string> needed,
                                    const edit_function& edit, effect wanted) {
  std::vector<role_definition> definitions;
  bool had_owner = false;
  const auto decide = [&](sql_executor& store, std::vector<std::string>& roles) -> result<void> {
    auto read = read_roles(store);
    if (!read) return fail(std::move(read));
    definitions = std::move(*read);
    for (const std::string& role : needed) {
      if (find_role(definitions, role) == nullptr) return no_role(role);
    }
    auto owner = has_owner(store, definitions);
    if (!owner) return fail(std::move(owner));
    had_owner = *owner;
    return edit(store, roles);
  };
  const auto confirm = [&](sql_executor& store) -> result<void> {
    auto owner = has_owner(store, definitions);
    if (!owner) return fail(std::move(owner));
    if (had_owner && !*owner) return fail(errc::last_owner, "This is the only owner; make another one first.", "role");
    return {};
  };
  return accounts_->change_roles(user_id, decide, confirm, wanted == effect::keep);
}

result<void> sql_rbac::assign_role(std::string_view user_id, std::string_view role_id) {
  const std::string role(role_id);
  const auto add = [&role](sql_executor&, std::vector<std::string>& roles) -> result<void> {
    if (!contains(roles, role)) roles.push_back(role);
    return {};
  };
  return change_roles(user_id, {&role, 1}, add, effect::keep);
}

result<void> sql_rbac::remove_role(std::string_view user_id, std::string_view role_id) {
  const auto remove = [role_id](sql_executor&, std::vector<std::string>& roles) -> result<void> {
    std::erase(roles, role_id);
    return {};
  };
  return change_roles(user_id, {}, remove, effect::keep);
}

result<void> sql_rbac::set_roles(std::string_view user_id, std::span<const std::string> role_ids) {
  const auto replace = [role_ids](sql_executor&, std::vector<std::string>& roles) -> result<void> {
    roles.assign(role_ids.begin(), role_ids.end());
    return {};
  };
  return change_roles(user_id, role_ids, replace, effect::keep);
}

result<void> sql_rbac::check_roles(std::string_view user_id, std::span<const std::string> role_ids) {
  const auto replace = [role_ids](sql_executor&, std::vector<std::string>& roles) -> result<void> {
    roles.assign(role_ids.begin(), role_ids.end());
    return {};
  };
  return change_roles(user_id, role_ids, replace, effect::undo);
}

result<void> sql_rbac::disable_unless_last(std::string_view user_id, effect wanted) {
  const auto disable = [user_id](sql_executor& store, std::vector<std::string>&) {
    return write_disabled(store, user_id, true);
  };
  return change_roles(user_id, {}, disable, wanted);
}

result<void> sql_rbac::disable(std::string_view user_id) { return disable_unless_last(user_id, effect::keep); }
result<void> sql_rbac::check_disable(std::string_view user_id) { return disable_unless_last(user_id, effect::undo); }

result<void> sql_rbac::define_role(const role_definition& role) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  auto before = read_roles(**transaction);
  if (!before) return fail(std::move(before));
  if (auto checked = check_role(role, *before); !checked) return checked;
  auto had_owner = has_owner(**transaction, *before);
  if (!had_owner) return fail(std::move(had_owner));
  if (auto written = write_role(**transaction, role); !written) return written;
  auto after = read_roles(**transaction);
  if (!after) return fail(std::move(after));
  auto owner = has_owner(**transaction, *after);
  if (!owner) return fail(std::move(owner));
  if (*had_owner && !*owner) {
    return fail(errc::last_owner, "Nobody would hold everything any more; make another owner first.", "permissions");
  }
  if (auto done = (*transaction)->commit(); !done) return done;
  transaction->reset();
  forget();
  return reload();
}

result<void> sql_rbac::check_deletion(sql_executor& store, std::string_view role_id,
                                      std::span<const role_definition> definitions) const {
  if (find_role(definitions, role_id) == nullptr) return no_role(role_id);
  if (auto checked = check_held(store, role_id); !checked) return checked;
  for (const role_definition& other : definitions) {
    if (!contains(other.inherits, role_id)) continue;
    return fail(errc::role_in_use,
                "The role \"" + other.id + "\" inherits \"" + std::string(role_id) + "\"; change that first.", "role");
  }
  return {};
}

// Nobody may have a role that is about to go.
result<void> sql_rbac::check_held(sql_executor& store, std::string_view role_id) const {
  const std::string role(role_id);
  auto held = is_role_held(store, {&role, 1}, false);
  if (!held) return fail(std::move(held));
  if (!*held && accounts_->default_role() != role_id) return {};
  return fail(errc::role_in_use, "The role \"" + role + "\" is assigned; take it away from everybody first.", "role");
}

result<void> sql_rbac::delete_role(std::string_view role_id) {
  if (options_.forget_role) {
    // Asked before anything is forgotten, and again below where nobody can come in between.
    auto definitions = read_roles(*store_);
    if (!definitions) return fail(std::move(definitions));
    if (auto checked = check_deletion(*store_, role_id, *definitions); !checked) return checked;
    if (auto forgotten = options_.forget_role(role_id); !forgotten) return forgotten;
  }
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  auto definitions = read_roles(**transaction);
  if (!definitions) return fail(std::move(definitions));
  if (auto checked = check_deletion(**transaction, role_id, *definitions); !checked) return checked;
  if (auto erased = erase_role(**transaction, role_id); !erased) return erased;
  if (auto done = (*transaction)->commit(); !done) return done;
  transaction->reset();
  forget();
  return reload();
}

result<void> sql_rbac::check_replacement(sql_executor& store, std::span<const role_definition> present,
                                         std::span<const role_definition> roles) const {
  for (const role_definition& role : roles) {
    // The first of its id is another one when the id is there twice.
    if (find_role(roles, role.id) != &role) {
      return fail(errc::role_invalid, "The role \"" + role.id + "\" is defined twice.", "id");
    }
    if (auto checked = check_role(role, roles); !checked) return checked;
  }
  for (const role_definition& role : present) {
    if (find_role(roles, role.id) != nullptr) continue;
    if (auto checked = check_held(store, role.id); !checked) return checked;
  }
  return {};
}

result<void> sql_rbac::check_roles_replacement(std::span<const role_definition> roles) {
  const auto present = read_roles(*store_);
  if (!present) return tl::unexpected<error>(present.error());
  if (auto checked = check_replacement(*store_, *present, roles); !checked) return checked;
  return check_owner_stays(*store_, *present, roles);
}

// Somebody who holds everything must do so by the next roles as well.
result<void> sql_rbac::check_owner_stays(sql_executor& store, std::span<const role_definition> present,
                                         std::span<const role_definition> roles) const {
  auto had_owner = has_owner(store, present);
  if (!had_owner) return fail(std::move(had_owner));
  auto owner = has_owner(store, roles);
  if (!owner) return fail(std::move(owner));
  if (!*had_owner || *owner) return {};
  return fail(errc::last_owner, "Nobody would hold everything any more; make another owner first.", "permissions");
}

result<void> sql_rbac::replace_roles(std::span<const role_definition> roles) {
  auto known = read_roles(*store_);
  if (!known) return fail(std::move(known));
  if (std::equal(known->begin(), known->end(), roles.begin(), roles.end())) return {};
  // Asked before anything is forgotten, and again below where nobody can come in between.
  if (auto checked = check_replacement(*store_, *known, roles); !checked) return checked;
  for (const role_definition& role : *known) {
    if (!options_.forget_role || find_role(roles, role.id) != nullptr) continue;
    if (auto forgotten = options_.forget_role(role.id); !forgotten) return forgotten;
  }
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  auto present = read_roles(**transaction);
  if (!present) return fail(std::move(present));
  if (auto checked = check_replacement(**transaction, *present, roles); !checked) return checked;
  if (auto checked = check_owner_stays(**transaction, *present, roles); !checked) return checked;
  for (const role_definition& role : *present) {
    if (auto erased = erase_role(**transaction, role.id); !erased) return erased;
  }
  for (const role_definition& role : roles) {
    if (auto written = write_role(**transaction, role); !written) return written;
  }
  if (auto done = (*transaction)->commit(); !done) return done;
  transaction->reset();
  forget();
  return reload();
}

}  // namespace latchkey::native
