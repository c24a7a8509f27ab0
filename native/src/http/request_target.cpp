// SPDX-License-Identifier: Apache-2.0
#include "http/request_target.h"

#include <string>
#include <string_view>
#include <utility>

#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::string_view scheme_mark = "://";

struct absolute_target {
  /** In the form of `parse_origin`. */
  std::string origin;
  std::string path;
};

/** What stands behind `://`. */
std::string_view authority_of(std::string_view origin) noexcept {
  return origin.substr(origin.find(scheme_mark) + scheme_mark.size());
}

std::optional<absolute_target> split(std::string_view target) {
  const auto mark = target.find(scheme_mark);
  const auto slash = target.find('/', mark + scheme_mark.size());
  const auto path = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  // A name is the same in any case, and so is a scheme. User information is no part of an origin and is refused.
  auto origin = parse_origin(to_lower(target.substr(0, slash)));
  if (!origin) return std::nullopt;
  return absolute_target{std::move(*origin), std::string(path)};
}

/** Whether both authorities are the same server, were they of the same scheme: TLS may end in front of this one. */
bool is_same_host(std::string_view target_origin, std::string_view authority) {
  const auto scheme = target_origin.substr(0, target_origin.find(scheme_mark) + scheme_mark.size());
  const auto other = parse_origin(std::string(scheme) + to_lower(authority));
  return other && *other == target_origin;
}

bool is_own(const origin_policy& policy, const http_request& request, std::string_view origin) {
  const std::string_view authority = authority_of(origin);
  if (!policy.own_origin.empty()) {
    return authority == authority_of(policy.own_origin) || is_loopback_host(authority);
  }
  if (policy.loopback_only) {
    return is_loopback_host(authority) || is_trusted_origin(policy, request.header("Origin"));
  }
  return is_same_host(origin, request.header("Host"));
}

void replace_host(http_request& request, std::string_view authority) {
  std::erase_if(request.headers, [](const auto& entry) { return equals_ignoring_case(entry.first, "Host"); });
  request.headers.emplace_back("Host", std::string(authority));
}

}  // namespace

std::optional<errc> resolve_absolute_target(const origin_policy& policy, http_request& request) {
  if (request.path.starts_with('/') || request.path.find(scheme_mark) == std::string::npos) return std::nullopt;
  auto target = split(request.path);
  if (!target || request.has_repeated_header("Host") || !is_own(policy, request, target->origin)) {
    return errc::request_invalid;
  }
  request.path = std::move(target->path);
  replace_host(request, authority_of(target->origin));
  return std::nullopt;
}

}  // namespace latchkey::native
