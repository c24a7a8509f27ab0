// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/acl/sql_acl.h"

#include <algorithm>
#include <mutex>

#include "acl/acl_tables.h"

namespace latchkey::native {
namespace {

// The grants of one resource in a list that is sorted by the ids of the resources.
std::span<const acl_grant> of_resource(std::span<const acl_grant> sorted, std::string_view id) {
  const auto before = [](const acl_grant& grant, std::string_view wanted) { return grant.resource.id < wanted; };
  const auto after = [](std::string_view wanted, const acl_grant& grant) { return wanted < grant.resource.id; };
  const auto first = std::lower_bound(sorted.begin(), sorted.end(), id, before);
  const auto last = std::upper_bound(first, sorted.end(), id, after);
  return {first, last};
}

}  // namespace

result<std::shared_ptr<sql_acl>> sql_acl::open(std::shared_ptr<database> store, sql_acl_options options) {
  if (store == nullptr || options.clock == nullptr) {
    return fail(errc::configuration_invalid, "Access to resources needs a database and a clock.", "store");
  }
  if (auto created = create_acl_tables(*store); !created) return fail(std::move(created));
  return std::shared_ptr<sql_acl>(new sql_acl(std::move(store), std::move(options)));
}

sql_acl::sql_acl(std::shared_ptr<database> store, sql_acl_options options)
    : store_(std::move(store)), options_(std::move(options)), watch_(store_) {}

void sql_acl::forget_all() {
  const std::unique_lock lock(mutex_);
  generation_.fetch_add(1);
  cache_.clear();
}

// Most changes of the database concern no grant, so the grants have a number of their own.
result<void> sql_acl::see_changes() {
  return watch_.check([this]() -> result<void> {
    auto version = acl_version(*store_);
    if (!version) return fail(std::move(version));
    if (*version != seen_version_) forget_all();
    seen_version_ = *version;
    return {};
  });
}

result<std::shared_ptr<const sql_acl::grant_list>> sql_acl::grants_of_type(std::string_view type) {
  if (auto checked = see_changes(); !checked) return fail(std::move(checked));
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(type); found != cache_.end()) return found->second;
  }
  const std::uint64_t generation = generation_.load();
  auto read = read_grants(*store_, type);
  if (!read) return fail(std::move(read));
  // Sorted byte by byte, whatever the database's own order of texts is.
  std::stable_sort(read->begin(), read->end(),
                   [](const acl_grant& a, const acl_grant& b) { return a.resource.id < b.resource.id; });
  auto kept = std::make_shared<const grant_list>(std::move(*read));
  const std::unique_lock lock(mutex_);
  if (generation_.load() == generation) {
    if (cache_.size() >= options_.cached_types) cache_.clear();
    cache_.insert_or_assign(std::string(type), kept);
  }
  return kept;
}

result<bool> sql_acl::can_access(const acl_caller& caller, const acl_resource& resource, std::string_view action) {
  auto grants = grants_of_type(resource.type);
  if (!grants) return fail(std::move(grants));
  return latchkey::can_access(options_.mode, caller, of_resource(**grants, resource.id), resource, action);
}

result<accessible_resources> sql_acl::list_accessible(const acl_caller& caller, std::string_view type,
                                                      std::string_view action,
                                                      std::span<const std::string> role_resources) {
  auto grants = grants_of_type(type);
  if (!grants) return fail(std::move(grants));
  return latchkey::list_accessible(options_.mode, caller, **grants, type, action, role_resources);
}

result<std::vector<acl_resource>> sql_acl::filter_accessible(const acl_caller& caller,
                                                             std::span<const acl_resource> resources,
                                                             std::string_view action) {
  // Each type is looked up once, so that one answer is of one state.
  std::map<std::string_view, std::shared_ptr<const grant_list>> by_type;
  std::vector<acl_resource> accessible;
  for (const acl_resource& resource : resources) {
    auto& grants = by_type[resource.type];
    if (grants == nullptr) {
      auto found = grants_of_type(resource.type);
      if (!found) return fail(std::move(found));
      grants = std::move(*found);
    }
    const auto own = of_resource(*grants, resource.id);
    if (latchkey::can_access(options_.mode, caller, own, resource, action)) accessible.push_back(resource);
  }
  return accessible;
}

result<void> sql_acl::change(const statement_list& statements) {
  auto transaction = store_->begin(transaction_mode::write);
  if (!transaction) return fail(std::move(transaction));
  if (auto done = statements(**transaction); !done) return done;
  if (auto done = advance_acl_version(**transaction); !done) return done;
  if (auto done = (*transaction)->commit(); !done) return done;
  transaction->reset();
  forget_all();
  return {};
}

result<void> sql_acl::insert(const acl_grant& wanted, const acl_caller* grantor) {
  if (auto form = check_acl_form(wanted); !form) return form;
  acl_grant added = wanted;
  added.granted_at_ms = options_.clock();
  if (grantor != nullptr) added.granted_by = std::string(grantor->user_id);
  return change([&](sql_executor& store) -> result<void> {
    if (grantor != nullptr) {
      auto existing = read_grants(store, added.resource.type, &added.resource.id);
      if (!existing) return fail(std::move(existing));
      auto checked = check_acl_grant(options_.mode, *grantor, *existing, added);
      if (!checked) return checked;
    }
    return insert_grant(store, added);
  });
}

result<void> sql_acl::grant(const acl_grant& wanted) { return insert(wanted, nullptr); }

result<void> sql_acl::grant_as(const acl_caller& grantor, const acl_grant& wanted) { return insert(wanted, &grantor); }

result<void> sql_acl::erase(const acl_caller* revoker, const acl_subject& subject, const acl_resource& resource,
                            std::span<const std::string> actions) {
  if (actions.size() > acl_max_actions) {
    return fail(errc::permission_invalid, "At most 64 actions are revoked at once.", "actions");
  }
  return change([&](sql_executor& store) -> result<void> {
    if (revoker != nullptr) {
      const auto existing = read_grants(store, resource.type, &resource.id);
      if (!existing) return tl::unexpected<error>(existing.error());
      auto checked = check_acl_revocation(options_.mode, *revoker, *existing, subject, resource, actions);
      if (!checked) return checked;
    }
    return erase_grant(store, subject, resource, actions);
  });
}

result<void> sql_acl::revoke(const acl_subject& subject, const acl_resource& resource,
                             std::span<const std::string> actions) {
  return erase(nullptr, subject, resource, actions);
}

result<void> sql_acl::revoke_as(const acl_caller& revoker, const acl_subject& subject, const acl_resource& resource,
                                std::span<const std::string> actions) {
  return erase(&revoker, subject, resource, actions);
}

result<void> sql_acl::check_role_change(const acl_caller& changer, std::string_view role_id) {
  const auto types = types_granted_to(*store_, {acl_subject_type::role, std::string(role_id)});
  if (!types) return tl::unexpected<error>(types.error());
  for (const std::string& type : *types) {
    const auto grants = grants_of_type(type);
    if (!grants) return tl::unexpected<error>(grants.error());
    auto checked = check_acl_role_change(options_.mode, changer, **grants, role_id);
    if (!checked) return checked;
  }
  return {};
}

result<std::vector<acl_grant>> sql_acl::grants_on(const acl_resource& resource) {
  return read_grants(*store_, resource.type, &resource.id);
}

result<void> sql_acl::forget_resource(const acl_resource& resource) {
  return change([&](sql_executor& store) { return erase_resource(store, resource); });
}

result<void> sql_acl::forget_user(std::string_view user_id) {
  const acl_subject subject{acl_subject_type::user, std::string(user_id)};
  return change([&](sql_executor& store) { return erase_subject(store, subject); });
}

result<void> sql_acl::forget_role(std::string_view role_id) {
  const acl_subject subject{acl_subject_type::role, std::string(role_id)};
  return change([&](sql_executor& store) { return erase_subject(store, subject); });
}

}  // namespace latchkey::native
