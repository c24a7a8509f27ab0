// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/http/router.h"

#include <algorithm>

#include "http/text.h"

namespace latchkey::native {
namespace {

constexpr std::string_view methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

bool is_segment(std::string_view text) noexcept {
  return !text.empty() && text != "." && text != ".." && std::all_of(text.begin(), text.end(), is_unreserved);
}

bool is_parameter_value(std::string_view text) noexcept {
  return text.size() <= path_parameter_max_bytes && is_segment(text);
}

/** Takes the slash and the segment behind it off a path that begins with one. */
std::string_view take_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/** The segments behind each `/`; nothing for a text that does not begin with one. */
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.starts_with('/')) return segments;
  while (!path.empty()) segments.push_back(take_segment(path));
  return segments;
}

bool is_pattern(std::string_view pattern) {
  const auto segments = split(pattern);
  if (segments.empty()) return false;
  return std::all_of(segments.begin(), segments.end(), [](std::string_view segment) {
    return is_segment(segment.starts_with(':') ? segment.substr(1) : segment);
  });
}

}  // namespace

struct router::endpoint {
  const route* target = nullptr;
  std::vector<std::string> parameter_names;
};

struct router::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
  std::unique_ptr<node> parameter;
  std::map<std::string, endpoint, std::less<>> endpoints;  // by method

  // Depth first, literals before the parameter. The tree bounds the work: a node is visited at most once a path. Segments
  // are taken off the path on the way, because a list of them would be most of the cost.
  const node* find(std::string_view rest, std::vector<std::string_view>& values) const {
    if (rest.empty()) return endpoints.empty() ? nullptr : this;
    const std::string_view segment = take_segment(rest);
    if (const auto literal = literals.find(segment); literal != literals.end()) {
      if (const node* found = literal->second->find(rest, values)) return found;
    }
    if (!parameter || !is_parameter_value(segment)) return nullptr;
    values.push_back(segment);
    if (const node* found = parameter->find(rest, values)) return found;
    values.pop_back();
    return nullptr;
  }
};

router::router() : root_(std::make_unique<node>()) {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

result<void> router::check(const route& added) const {
  const std::string name = added.method + " " + added.pattern;
  if (std::find(std::begin(methods), std::end(methods), added.method) == std::end(methods)) {
    return fail(errc::configuration_invalid, name + ": the method must be GET, POST, PUT, PATCH or DELETE.", name);
  }
  if (!added.handler) return fail(errc::configuration_invalid, name + " has no handler.", name);
  std::vector<std::string> patterns = added.aliases;
  patterns.push_back(added.pattern);
  for (const auto& pattern : patterns) {
    if (!is_pattern(pattern)) {
      return fail(errc::configuration_invalid,
                  "\"" + pattern + "\" is no pattern: it must look like /agents/:id, without a slash at the end.",
                  pattern);
    }
    // A parameter stands at one place of the tree whatever its name, so /a/:x and /a/:y are the same pattern.
    const node* place = root_.get();
    for (const auto segment : split(pattern)) {
      if (place == nullptr) break;
      const auto literal = place->literals.find(segment);
      place = segment.starts_with(':')           ? place->parameter.get()
              : literal != place->literals.end() ? literal->second.get()
                                                 : nullptr;
    }
    if (!has_resource_parameters(added.guard, pattern)) {
      return fail(errc::configuration_invalid, name + ": " + pattern + " lacks the parameter of its resource.",
                  pattern);
    }
    if (place != nullptr && place->endpoints.contains(added.method)) {
      return fail(errc::configuration_invalid, added.method + " " + pattern + " is added twice.", pattern);
    }
  }
  return {};
}

void router::insert(const std::string& pattern, const route* target) {
  node* place = root_.get();
  endpoint added{target, {}};
  for (const auto segment : split(pattern)) {
    auto& next = segment.starts_with(':') ? place->parameter : place->literals[std::string(segment)];
    if (!next) next = std::make_unique<node>();
    if (segment.starts_with(':')) added.parameter_names.emplace_back(segment.substr(1));
    place = next.get();
  }
  place->endpoints.insert_or_assign(target->method, std::move(added));
}

result<void> router::add(route added) {
  if (auto checked = check(added); !checked) return fail(std::move(checked));
  auto guard = resolve_guard(std::move(added.guard), added.method, added.pattern);
  if (!guard) return fail(std::move(guard));
  added.guard = std::move(*guard);
  const route* target = routes_.emplace_back(std::make_unique<route>(std::move(added))).get();
  insert(target->pattern, target);
  for (const auto& alias : target->aliases) insert(alias, target);
  return {};
}

route_match router::find(std::string_view method, std::string_view path) const {
  route_match match;
  std::vector<std::string_view> values;
  const node* place = path.starts_with('/') ? root_->find(path, values) : nullptr;
  if (place == nullptr) return match;
  const auto found = place->endpoints.find(method == "HEAD" ? "GET" : method);
  if (found == place->endpoints.end()) {
    for (const auto& [name, entry] : place->endpoints) match.allowed += name + (name == "GET" ? ", HEAD, " : ", ");
    match.allowed += "OPTIONS";
    return match;
  }
  match.target = found->second.target;
  for (std::size_t i = 0; i < values.size(); ++i) {
    match.parameters.emplace_back(found->second.parameter_names[i], values[i]);
  }
  return match;
}

std::vector<const route*> router::routes() const {
  std::vector<const route*> all;
  for (const auto& entry : routes_) all.push_back(entry.get());
  return all;
}

}  // namespace latchkey::native
