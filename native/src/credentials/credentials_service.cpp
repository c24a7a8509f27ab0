// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/credentials/credentials_service.h"

#include <array>

#include "credentials/account_tables.h"
#include "credentials/password_reset_mail.h"
#include "credentials/setup_code.h"
#include "latchkey/native/credentials/email_address.h"
#include "latchkey/native/crypto/random.h"
#include "latchkey/utf8.h"

namespace latchkey::native {
namespace {

result<void> check_options(const credentials_options& options) {
  if (options.policy.min_characters < password_min_characters || options.policy.max_bytes < 64) {
    return fail(errc::configuration_invalid, "Passwords need at least 8 characters and room for 64.",
                "credentials.min_password");
  }
  const bool is_quick = options.hashing.format == password_format::phc && options.hashing.log2_n < password_min_log2_n;
  if (is_quick && !options.allows_quick_hashing) {
    return fail(errc::configuration_invalid, "The cost of password hashing is too low.", "credentials");
  }
  return {};
}

result<void> check_name(std::string_view name) {
  if (name.size() > user_name_max_bytes) return fail(errc::request_invalid, "This name is too long.", "name");
  if (!is_well_formed_utf8(name) || name.find('\0') != std::string_view::npos) {
    return fail(errc::request_invalid, "A name must be well-formed text.", "name");
  }
  return {};
}

tl::unexpected<error> sign_up_disabled() { return fail(errc::sign_up_disabled, "Sign-up is switched off."); }

tl::unexpected<error> sign_up_failed() {
  return fail(errc::sign_up_failed, "An account could not be created with these details.");
}

}  // namespace

result<std::shared_ptr<credentials_service>> credentials_service::make(std::shared_ptr<sql_accounts> accounts,
                                                                       credentials_options options) {
  if (accounts == nullptr) return fail(errc::configuration_invalid, "Credentials need a store of accounts.", "store");
  if (auto checked = check_options(options); !checked) return fail(std::move(checked));
  auto nobodys_password = random_id(32);
  if (!nobodys_password) return fail(std::move(nobodys_password));
  auto dummy_hash = hash_password(*nobodys_password, options.hashing);
  if (!dummy_hash) return fail(std::move(dummy_hash));
  std::unique_ptr<password_reset_mail> resets;
  if (options.password_reset.send != nullptr) {
    auto made = password_reset_mail::make(accounts, options.password_reset);
    if (!made) return fail(std::move(made));
    resets = std::move(*made);
  }
  std::shared_ptr<credentials_service> service(
      new credentials_service(std::move(accounts), std::move(options), std::move(*dummy_hash)));
  service->resets_ = std::move(resets);
  return service;
}

credentials_service::credentials_service(std::shared_ptr<sql_accounts> accounts, credentials_options options,
                                         std::string dummy_hash)
    : accounts_(std::move(accounts)),
      options_(std::move(options)),
      gate_(hash_gate::make(options_.gate)),
      dummy_hash_(std::move(dummy_hash)),
      setup_(std::make_unique<setup_code>()) {}

credentials_service::~credentials_service() = default;

result<std::optional<latchkey::user>> credentials_service::find_user(std::string_view user_id) {
  auto found = accounts_->find(user_id);
  if (!found) return fail(std::move(found));
  if (*found == nullptr || (*found)->is_disabled) return std::optional<latchkey::user>();
  return std::optional((*found)->person);
}

result<std::string> credentials_service::hash(std::string_view password) {
  auto place = gate_->enter();
  if (!place) return fail(std::move(place));
  return hash_password(password, options_.hashing);
}

result<std::optional<latchkey::user>> credentials_service::verify(std::string_view password,
                                                                  const std::optional<stored_credential>& credential) {
  auto place = gate_->enter();
  if (!place) return fail(std::move(place));
  const bool has_password = credential && credential->password_hash;
  const std::string& stored = has_password ? *credential->password_hash : dummy_hash_;
  const auto match = match_password(password, stored);
  if (!match) return tl::unexpected<error>(match.error());
  std::optional<latchkey::user> person;
  if (has_password && match->is_right) {
    auto found = find_user(credential->user_id);
    if (!found) return fail(std::move(found));
    person = std::move(*found);
  }
  if (!person) {
    const std::uint64_t wanted = attempt_work(password, options_.hashing);
    if (match->work >= wanted) return person;
    auto done = spend_work(password, wanted - match->work, options_.hashing);
    if (!done) return fail(std::move(done));
    return person;
  }
  if (match->is_other_form || needs_rehash(stored, options_.hashing)) {
    // Best effort: the old hash is as good as it was, and the next sign-in tries again.
    if (auto upgraded = hash_password(password, options_.hashing)) {
      (void)accounts_->replace_password_hash(credential->user_id, stored, *upgraded);
    }
  }
  return person;
}

result<std::optional<latchkey::user>> credentials_service::sign_in(std::string_view email, std::string_view password) {
  const auto nobody = std::optional<latchkey::user>();
  // Depends on the input alone, so skipping the work here tells nothing about accounts.
  if (is_too_long(password, options_.policy)) return nobody;
  const auto address = normalize_email(email);
  std::optional<stored_credential> credential;
  if (address) {
    auto found = accounts_->find_credential(*address);
    if (!found) return fail(std::move(found));
    credential = std::move(*found);
  }
  return verify(password, credential);
}

result<void> credentials_service::check_sign_up(std::string_view email, std::string_view password,
                                                std::string_view name) const {
  auto address = normalize_email(email);
  if (!address) return fail(std::move(address));
  if (auto checked = check_name(name); !checked) return checked;
  return check_password(password, options_.policy, {*address, name});
}

result<latchkey::user> credentials_service::add_stranger(std::string_view email, std::string_view password,
                                                         new_account added) {
  auto address = normalize_email(email);
  if (!address || !check_sign_up(email, password, added.name)) return sign_up_failed();
  auto hashed = hash(password);
  if (!hashed) return fail(std::move(hashed));
  added.email = std::move(*address);
  added.password_hash = std::move(*hashed);
  auto inserted = accounts_->insert(added);
  if (!inserted) return fail(std::move(inserted));
  if (*inserted == nullptr) return sign_up_failed();
  return (*inserted)->person;
}

result<latchkey::user> credentials_service::sign_up(std::string_view email, std::string_view password,
                                                    std::string_view name) {
  if (!options_.is_sign_up_enabled) return sign_up_disabled();
  new_account added;
  added.name = name;
  added.is_owner_when_first = options_.is_first_account_owner;
  added.origin = account_origin::sign_up;
  if (!options_.default_role.empty()) added.roles.push_back(options_.default_role);
  return add_stranger(email, password, std::move(added));
}

result<std::string> credentials_service::begin_setup() {
  if (!options_.is_sign_up_enabled) return sign_up_disabled();
  return setup_->make(options_.clock() + setup_code_lifetime_ms);
}

result<void> credentials_service::check_setup_code(std::string_view setup_code) const {
  if (!options_.is_sign_up_enabled) return sign_up_disabled();
  return setup_->check(setup_code, options_.clock());
}

result<void> credentials_service::check_owner_is_needed(sql_executor& store) const {
  static const std::array<std::string, 1> owner{"owner"};
  if (options_.needs_owner) {
    const auto needed = options_.needs_owner(store);
    if (!needed) return tl::unexpected<error>(needed.error());
    return *needed ? result<void>() : refuse_setup_code();
  }
  const auto held = is_role_held(store, owner, false);
  if (!held) return tl::unexpected<error>(held.error());
  return *held ? refuse_setup_code() : result<void>();
}

result<latchkey::user> credentials_service::sign_up_owner(std::string_view email, std::string_view password,
                                                          std::string_view name, std::string_view setup_code) {
  if (auto checked = check_setup_code(setup_code); !checked) return fail(std::move(checked));
  new_account added;
  added.name = name;
  added.roles = {"owner"};
  added.origin = account_origin::set_up;
  // Of any number that know the code it is this question that lets one through.
  added.precondition = [this](sql_executor& store) { return check_owner_is_needed(store); };
  auto person = add_stranger(email, password, std::move(added));
  if (person) setup_->forget(setup_code);
  return person;
}

result<account> credentials_service::add_account(std::string_view email, std::string_view password,
                                                 std::string_view name, std::span<const std::string> roles) {
  if (auto checked = check_sign_up(email, password, name); !checked) return fail(std::move(checked));
  auto address = normalize_email(email);
  if (!address) return fail(std::move(address));
  auto hashed = hash(password);
  if (!hashed) return fail(std::move(hashed));
  new_account added;
  added.email = *address;
  added.name = name;
  added.password_hash = std::move(*hashed);
  added.roles.assign(roles.begin(), roles.end());
  added.origin = account_origin::by_operator;
  auto inserted = accounts_->insert(added);
  if (!inserted) return fail(std::move(inserted));
  if (*inserted == nullptr) return fail(errc::sign_up_failed, "There is an account with this address.", "email");
  return **inserted;
}

result<void> credentials_service::check_new_password(const account& owner, std::string_view password) const {
  const std::string email = owner.person.email.value_or(std::string());
  const std::string name = owner.person.name.value_or(std::string());
  return check_password(password, options_.policy, {email, name});
}

result<void> credentials_service::request_password_reset(std::string_view email) {
  if (resets_ == nullptr) return fail(errc::not_configured, "Passwords can't be reset here.");
  auto address = normalize_email(email);
  if (!address) return fail(std::move(address));
  return resets_->request(std::move(*address));
}

result<std::optional<latchkey::user>> credentials_service::reset_password(std::string_view token,
                                                                          std::string_view new_password) {
  const auto nobody = std::optional<latchkey::user>();
  if (resets_ == nullptr) return fail(errc::not_configured, "Passwords can't be reset here.");
  const auto digest = reset_token_digest(token);
  if (!digest) return tl::unexpected<error>(digest.error());
  const auto user_id = accounts_->find_password_reset(*digest);
  if (!user_id) return tl::unexpected<error>(user_id.error());
  if (!*user_id) return nobody;
  auto owner = accounts_->find(**user_id);
  if (!owner) return fail(std::move(owner));
  if (*owner == nullptr || (*owner)->is_disabled) return nobody;
  if (auto checked = check_new_password(**owner, new_password); !checked) return fail(std::move(checked));
  auto hashed = hash(new_password);
  if (!hashed) return fail(std::move(hashed));
  // Before as well as after: while sessions can't be ended the token must not be used up, or they would live on.
  if (auto ended = end_sessions(**user_id); !ended) return fail(std::move(ended));
  auto completed = accounts_->complete_password_reset(*digest, *hashed);
  if (!completed) return fail(std::move(completed));
  if (!*completed) return nobody;
  if (auto ended = end_sessions(**user_id); !ended) return fail(std::move(ended));
  return std::optional((*owner)->person);
}

result<void> credentials_service::set_password(std::string_view user_id, std::string_view password) {
  auto found = accounts_->find(user_id);
  if (!found) return fail(std::move(found));
  if (*found == nullptr) return fail(errc::not_found, "There is no account with this id.", "userId");
  if (auto checked = check_new_password(**found, password); !checked) return checked;
  auto hashed = hash(password);
  if (!hashed) return fail(std::move(hashed));
  if (auto done = accounts_->set_password_hash(user_id, *hashed); !done) return done;
  return end_sessions(user_id);
}

result<void> credentials_service::set_disabled(std::string_view user_id, bool is_disabled) {
  if (auto done = accounts_->set_disabled(user_id, is_disabled); !done) return done;
  return is_disabled ? end_sessions(user_id) : result<void>();
}

result<void> credentials_service::end_sessions(std::string_view user_id) const {
  if (options_.end_sessions == nullptr) return {};
  try {
    return options_.end_sessions(user_id);
  } catch (...) {
    return fail(errc::unavailable, "The sessions of this account could not be ended; try again.");
  }
}

}  // namespace latchkey::native
