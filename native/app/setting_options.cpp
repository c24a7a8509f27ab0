// SPDX-License-Identifier: Apache-2.0
#include "setting_options.h"

#include <algorithm>
#include <array>

#include "audit_actions.h"
#include "latchkey/native/http/origin_check.h"
#include "setting_value.h"

namespace latchkey::app {
namespace {

/** What of a value can't be taken; nothing when all of it was. */
using offence = std::optional<std::string>;
using setter = std::function<offence(settings&, const setting_value&)>;

// Each takes a function that finds the member, so that a row says in one place where its value goes.

template <class Member>
setter text(Member member) {
  return [member](settings& all, const setting_value& value) -> offence {
    auto read = to_text(value);
    if (!read) return to_shown(value);
    member(all) = std::move(*read);
    return std::nullopt;
  };
}

/** What stands before names, so that it must be seen in full wherever they are shown. */
template <class Member>
setter short_text(Member member) {
  return [member](settings& all, const setting_value& value) -> offence {
    constexpr std::size_t most = 64;
    auto read = to_text(value);
    const bool is_visible = read && std::all_of(read->begin(), read->end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_visible || read->empty() || read->size() > most) return to_shown(value);
    member(all) = std::move(*read);
    return std::nullopt;
  };
}

template <class Member>
setter flag(Member member) {
  return [member](settings& all, const setting_value& value) -> offence {
    const auto read = to_flag(value);
    if (!read) return to_shown(value);
    member(all) = *read;
    return std::nullopt;
  };
}

template <class Member>
setter duration(Member member) {
  return [member](settings& all, const setting_value& value) -> offence {
    const auto read = to_duration_ms(value);
    if (!read) return to_shown(value);
    member(all) = *read;
    return std::nullopt;
  };
}

template <class Member>
setter integer(Member member, std::int64_t least, std::int64_t most) {
  return [=](settings& all, const setting_value& value) -> offence {
    const auto read = to_integer(value);
    if (!read || *read < least || *read > most) return to_shown(value);
    member(all) = static_cast<std::remove_reference_t<decltype(member(all))>>(*read);
    return std::nullopt;
  };
}

/** A list whose every entry `parse` understands. */
template <class Member, class Parse>
setter list_of(Member member, Parse parse) {
  return [=](settings& all, const setting_value& value) -> offence {
    const auto texts = to_list(value);
    if (!texts) return to_shown(value);
    std::remove_reference_t<decltype(member(all))> entries;
    for (const auto& one : *texts) {
      auto entry = parse(one);
      if (!entry) return to_shown(one);
      entries.push_back(std::move(*entry));
    }
    member(all) = std::move(entries);
    return std::nullopt;
  };
}

/** One of a few names. */
template <class Member, class Parse>
setter choice(Member member, Parse parse) {
  return [=](settings& all, const setting_value& value) -> offence {
    const auto name = to_text(value);
    const auto chosen = name ? parse(*name) : std::nullopt;
    if (!chosen) return to_shown(value);
    member(all) = *chosen;
    return std::nullopt;
  };
}

std::optional<session_kind> to_session_kind(std::string_view name) {
  if (name == "cookie") return session_kind::cookie;
  if (name == "memory") return session_kind::memory;
  if (name == "redis") return session_kind::redis;
  return std::nullopt;
}

std::optional<native::password_format> to_format(std::string_view name) {
  const auto format = native::to_password_format(name);
  return format ? std::optional(*format) : std::nullopt;
}

std::optional<log_format> to_log_format(std::string_view name) {
  if (name == "text") return log_format::text;
  if (name == "json") return log_format::json;
  return std::nullopt;
}

std::optional<std::string> to_origin(const std::string& name) {
  auto origin = native::parse_origin(name);
  return origin ? std::optional<std::string>(std::move(*origin)) : std::nullopt;
}

offence set_accepted_licenses(settings& all, const setting_value& value) {
  const auto names = to_list(value);
  if (!names || names->empty()) return to_shown(value);
  license_forms accepted;
  for (const auto& name : *names) {
    const auto form = to_license_form(name);
    if (!form || *form == license_form::server) return to_shown(name);
    accepted.add(*form);
  }
  all.license.accepted = accepted;
  return std::nullopt;
}

#define LATCHKEY_MEMBER(place) ([](settings & all) -> auto& { return all.place; })

constexpr std::string_view any_text = "a text";
constexpr std::string_view any_flag = "true or false (on or off)";
constexpr std::string_view any_duration = "a duration such as \"45s\", \"30m\", \"24h\" or \"7d\", at most \"3650d\"";

const std::vector<setting_option>& table() {
  static const std::vector<setting_option> options = {
      {"server.host", "LATCHKEY_HOST", any_text, text(LATCHKEY_MEMBER(server.host))},
      {"server.port", "LATCHKEY_PORT", "a whole number from 0 to 65535",
       integer(LATCHKEY_MEMBER(server.port), 0, 65'535)},
      {"server.data", "LATCHKEY_DATA", any_text, text(LATCHKEY_MEMBER(server.data))},
      {"server.studio", "LATCHKEY_STUDIO", any_text, text(LATCHKEY_MEMBER(server.studio)), true},
      {"server.studio_pages", "LATCHKEY_STUDIO_PAGES", "a list of paths such as \"/settings\" or \"/agents/*\"",
       list_of(LATCHKEY_MEMBER(server.studio_pages), [](const std::string& one) { return std::optional(one); })},
      {"server.public_url", "LATCHKEY_PUBLIC_URL", any_text, text(LATCHKEY_MEMBER(server.public_url)), true},
      {"server.api_prefix", "LATCHKEY_API_PREFIX", any_text, text(LATCHKEY_MEMBER(server.api_prefix))},
      {"server.trusted_origins", "LATCHKEY_TRUST_ORIGIN", "a list of origins such as \"https://studio.example\"",
       list_of(LATCHKEY_MEMBER(server.trusted_origins), to_origin)},
      {"server.trusted_proxies", "LATCHKEY_TRUSTED_PROXIES", "a list of addresses or CIDR blocks",
       list_of(LATCHKEY_MEMBER(server.trusted_proxies), [](const std::string& one) { return std::optional(one); })},
      {"server.metrics_token_file", "LATCHKEY_METRICS_TOKEN_FILE", any_text,
       text(LATCHKEY_MEMBER(server.metrics_token_file)), true},
      {"server.development", "LATCHKEY_DEV", any_flag, flag(LATCHKEY_MEMBER(server.is_development))},
      {"server.demo", "LATCHKEY_DEMO", any_flag, flag(LATCHKEY_MEMBER(server.is_demo))},
      {"store.url", "LATCHKEY_STORE_URL", any_text, text(LATCHKEY_MEMBER(store_url))},
      {"redis.url", "LATCHKEY_REDIS_URL", any_text, text(LATCHKEY_MEMBER(redis_url)), true},
      {"redis.prefix", "LATCHKEY_REDIS_PREFIX", "a text of 1 to 64 visible ASCII characters",
       short_text(LATCHKEY_MEMBER(redis_prefix))},
      {"session.provider", "LATCHKEY_SESSION_PROVIDER", "\"cookie\", \"memory\" or \"redis\"",
       choice(LATCHKEY_MEMBER(session.kind), to_session_kind)},
      {"session.secret_file", "LATCHKEY_SECRET_FILE", any_text, text(LATCHKEY_MEMBER(session.secret_file)), true},
      {"session.idle", "LATCHKEY_SESSION_IDLE", any_duration, duration(LATCHKEY_MEMBER(session.idle_ms))},
      {"session.absolute", "LATCHKEY_SESSION_ABSOLUTE", any_duration, duration(LATCHKEY_MEMBER(session.absolute_ms))},
      {"session.cookie_name", "LATCHKEY_COOKIE_NAME", any_text, text(LATCHKEY_MEMBER(session.cookie_name))},
      {"session.cookie_domain", "LATCHKEY_COOKIE_DOMAIN", any_text, text(LATCHKEY_MEMBER(session.cookie_domain)), true},
      {"credentials.enabled", "LATCHKEY_CREDENTIALS", any_flag, flag(LATCHKEY_MEMBER(credentials.is_enabled))},
      {"credentials.sign_up", "LATCHKEY_SIGN_UP", any_flag, flag(LATCHKEY_MEMBER(credentials.is_sign_up_enabled))},
      {"credentials.min_password", "LATCHKEY_MIN_PASSWORD", "a whole number from 8 to 128",
       integer(LATCHKEY_MEMBER(credentials.min_password), 8, 128)},
      {"credentials.password_format", "LATCHKEY_PASSWORD_FORMAT", "\"phc\" or \"better-auth\"",
       choice(LATCHKEY_MEMBER(credentials.password_format), to_format)},
      {"mail.url", "LATCHKEY_MAIL_URL", any_text, text(LATCHKEY_MEMBER(mail.url)), true},
      {"mail.from", "LATCHKEY_MAIL_FROM", any_text, text(LATCHKEY_MEMBER(mail.from)), true},
      {"mail.reset_page", "LATCHKEY_MAIL_RESET_PAGE", any_text, text(LATCHKEY_MEMBER(mail.reset_page)), true},
      {"roles.preset", "LATCHKEY_ROLES_PRESET", "\"latchkey\" or \"mastra\"",
       choice(LATCHKEY_MEMBER(roles.preset), to_role_preset)},
      {"roles.default_role", "LATCHKEY_DEFAULT_ROLE", any_text, text(LATCHKEY_MEMBER(roles.default_role)), true},
      {"roles.privileged_default", "LATCHKEY_PRIVILEGED_DEFAULT_ROLE", any_flag,
       flag(LATCHKEY_MEMBER(roles.is_default_role_privileged))},
      {"roles.file", "LATCHKEY_ROLES_FILE", any_text, text(LATCHKEY_MEMBER(roles.file)), true},
      {"audit.required", "LATCHKEY_AUDIT_REQUIRED",
       "a list of actions that are ever logged, such as \"auth.*\", \"role.assign\" or \"agents:*\"",
       list_of(LATCHKEY_MEMBER(required_audit_actions),
               [](const std::string& one) { return parse_known_action(one); })},
      {"license.accept", "LATCHKEY_LICENSE_ACCEPT", "a list of \"documented\", \"signed\" or both",
       set_accepted_licenses},
      {"license.public_key_file", "LATCHKEY_LICENSE_PUBLIC_KEY_FILE", any_text,
       text(LATCHKEY_MEMBER(license.public_key_file)), true},
      {"log.format", "LATCHKEY_LOG_FORMAT", "\"text\" or \"json\"", choice(LATCHKEY_MEMBER(log.format), to_log_format)},
      {"log.requests", "LATCHKEY_LOG_REQUESTS", any_flag, flag(LATCHKEY_MEMBER(log.has_requests))},
  };
  return options;
}

}  // namespace

std::span<const setting_option> option_table() { return table(); }

std::vector<option_facts> setting_options() {
  std::vector<option_facts> facts;
  for (const auto& option : option_table()) facts.push_back({option.key, option.variable});
  return facts;
}

}  // namespace latchkey::app
