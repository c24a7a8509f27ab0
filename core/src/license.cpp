// SPDX-License-Identifier: Apache-2.0
#include "latchkey/license.h"

#include <algorithm>
#include <array>

#include "latchkey/base64url.h"
#include "latchkey/json_codec.h"
#include "latchkey/session.h"
#include "latchkey/utf8.h"
#include "saturating.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, license_feature_count> feature_names = {"user", "session", "sso",
                                                                               "rbac", "acl",     "audit"};
constexpr std::array<std::string_view, license_form_count> form_names = {"documented", "signed", "server"};
constexpr std::string_view signed_prefix = "lk1.";
constexpr std::size_t signature_bytes = 64;

template <class Enum, std::size_t Count>
std::optional<Enum> find_name(const std::array<std::string_view, Count>& names, std::string_view text) noexcept {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A text of printable characters, within the limits.
bool is_license_text(std::string_view text) noexcept {
  if (text.size() > license_max_bytes) return false;
  std::size_t characters = 0;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    if (!character || is_control(character->code_point)) return false;
    text.remove_prefix(character->length);
    ++characters;
  }
  return characters >= license_min_characters;
}

bool is_over(const license_info& license, std::int64_t now_ms) noexcept {
  return license.expires_at_ms && now_ms >= *license.expires_at_ms;
}

license_info refused(errc reason) {
  license_info info;
  info.reason = reason;
  return info;
}

// What a payload and a server's answer have in common.
std::optional<license_info> read_claims(const json_value& claims) {
  if (claims.as_object() == nullptr) return std::nullopt;
  license_info info;
  info.valid = true;
  for (const auto& [key, target] : {std::pair{"tier", &info.tier}, {"customer", &info.customer}}) {
    const json_value* member = claims.find(key);
    if (member == nullptr) continue;
    if (member->as_string() == nullptr) return std::nullopt;
    *target = *member->as_string();
  }
  if (const json_value* features = claims.find("features")) {
    const auto names = to_string_list(*features, "features");
    if (!names) return std::nullopt;
    for (const std::string& name : *names) {
      if (const auto feature = to_license_feature(name)) info.features.add(*feature);
    }
  }
  if (const json_value* end = claims.find("expiresAt")) {
    if (end->as_string() == nullptr) return std::nullopt;
    info.expires_at_ms = parse_iso_time(*end->as_string());
    if (!info.expires_at_ms) return std::nullopt;
  }
  return info;
}

license_info check_signed(std::string_view text, const license_rules& rules) {
  if (!rules.accepted.has(license_form::signed_text) || !rules.verify) return refused(errc::license_invalid);
  auto license = parse_signed_license(text);
  if (!license || !rules.verify(license->message, license->signature)) return refused(errc::license_invalid);
  return std::move(license->info);
}

}  // namespace

std::string_view to_string(license_form form) noexcept {
  const auto index = static_cast<std::size_t>(form);
  return index < form_names.size() ? form_names[index] : std::string_view();
}

std::optional<license_form> to_license_form(std::string_view text) noexcept {
  return find_name<license_form>(form_names, text);
}

std::string_view to_string(license_feature feature) noexcept {
  const auto index = static_cast<std::size_t>(feature);
  return index < feature_names.size() ? feature_names[index] : std::string_view();
}

std::optional<license_feature> to_license_feature(std::string_view text) noexcept {
  return find_name<license_feature>(feature_names, text);
}

license_info check_license(std::string_view text, const license_rules& rules) {
  const std::string_view key = trim(text);
  if (key.empty()) return refused(errc::license_required);
  if (!is_license_text(key)) return refused(errc::license_invalid);
  if (key.starts_with(signed_prefix)) return check_signed(key, rules);
  if (!rules.accepted.has(license_form::documented)) return refused(errc::license_invalid);
  license_info info;
  info.valid = true;
  info.tier = "enterprise";
  info.features = license_features::all();
  return info;
}

license_info license_at(license_info info, std::int64_t now_ms) {
  return info.valid && is_over(info, now_ms) ? refused(errc::license_expired) : std::move(info);
}

std::optional<signed_license> parse_signed_license(std::string_view text) {
  const std::string_view key = trim(text);
  if (key.size() > license_max_bytes || !key.starts_with(signed_prefix)) return std::nullopt;
  const std::size_t dot = key.find('.', signed_prefix.size());
  if (dot == std::string_view::npos) return std::nullopt;
  const auto payload = from_base64url(key.substr(signed_prefix.size(), dot - signed_prefix.size()));
  auto signature = from_base64url(key.substr(dot + 1));
  if (!payload || !signature || signature->size() != signature_bytes) return std::nullopt;
  const auto claims = parse_json(std::string(payload->begin(), payload->end()));
  if (!claims || claims->find("features") == nullptr) return std::nullopt;
  auto info = read_claims(*claims);
  if (!info) return std::nullopt;
  return signed_license{key.substr(0, dot), std::move(*signature), std::move(*info)};
}

license_info license_lease::at(std::int64_t now_ms) const {
  if (!info.valid) return info;
  if (add_saturating(now_ms, clock_skew_ms) < granted_at_ms) return refused(errc::license_invalid);
  if (now_ms >= add_saturating(renew_at_ms, license_grace_ms)) return refused(errc::license_expired);
  return license_at(info, now_ms);
}

result<license_lease> parse_license_answer(std::string_view json, std::int64_t now_ms) {
  const auto answer = parse_json(json, license_max_bytes);
  const json_value* verdict = answer ? answer->find("valid") : nullptr;
  if (verdict == nullptr || verdict->as_bool() == nullptr) {
    return fail(errc::license_invalid, "The license server's answer is not {valid, …}.");
  }
  license_lease lease;
  lease.granted_at_ms = now_ms;
  std::int64_t seconds = license_lease_default_s;
  if (const json_value* given = answer->find("leaseSeconds")) {
    if (given->as_integer() == nullptr || *given->as_integer() < 0) {
      return fail(errc::license_invalid, "leaseSeconds is a whole number from 0 on.", "leaseSeconds");
    }
    seconds = std::min(*given->as_integer(), license_lease_max_s);
  }
  lease.renew_at_ms = add_saturating(now_ms, seconds * 1'000);
  if (!*verdict->as_bool()) {
    lease.info = refused(errc::license_invalid);
    return lease;
  }
  auto claims = read_claims(*answer);
  if (!claims) return fail(errc::license_invalid, "The license server's answer has a member of the wrong type.");
  lease.info = std::move(*claims);
  if (answer->find("features") == nullptr) lease.info.features = license_features::all();
  return lease;
}

std::int64_t license_retry_ms(unsigned failures) noexcept {
  constexpr std::int64_t first = 60'000;
  constexpr unsigned doublings = 6;  // 64 minutes, which the next line makes an hour
  return std::min(first << std::min(failures == 0 ? 0 : failures - 1, doublings), std::int64_t{3'600'000});
}

const license_info& license_cache::check(std::string_view text, std::int64_t now_ms, std::int64_t monotonic_ms,
                                         const license_rules& rules) {
  const bool is_same = filled_ && text_ == text;
  // A clock that steps back would keep an answer for ever, so that counts as old too.
  const bool is_fresh = monotonic_ms >= checked_at_ && monotonic_ms < add_saturating(checked_at_, license_cache_ms);
  // A license that is known to be over is not checked again: its signature would be verified at every question.
  const bool has_ended = info_.valid && is_over(info_, now_ms);
  if (is_same && is_fresh && !has_ended) return info_;
  const bool was_valid = is_same && info_.valid;
  info_ = license_at(check_license(text, rules), now_ms);
  if (!is_same || was_valid) {
    warning_ = info_.reason == errc::license_invalid || info_.reason == errc::license_expired;
  }
  text_ = text;
  checked_at_ = monotonic_ms;
  filled_ = true;
  return info_;
}

bool license_cache::take_warning() noexcept {
  const bool warn = warning_;
  warning_ = false;
  return warn;
}

bool license_gate::is_licensed(std::int64_t now_ms) const noexcept {
  return exempt || (license.valid && !is_over(license, now_ms));
}

bool license_gate::allows(license_feature feature, std::int64_t now_ms) const noexcept {
  return exempt || (is_licensed(now_ms) && license.features.has(feature));
}

}  // namespace latchkey
