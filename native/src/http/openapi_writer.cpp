// SPDX-License-Identifier: Apache-2.0
#include "http/openapi_writer.h"

#include <algorithm>

#include "http/text.h"
#include "latchkey/version.h"

namespace latchkey::native {
namespace {

json_value reference(const std::string& kind, const std::string& name) {
  json_object object;
  object.emplace_back("$ref", "#/components/" + kind + "/" + name);
  return object;
}

std::string text_of(const json_value& object, std::string_view name) {
  const json_value* found = object.find(name);
  const std::string* text = found == nullptr ? nullptr : found->as_string();
  return text == nullptr ? std::string() : *text;
}

/** The members of a member; none when it is absent. */
const json_object& members_of(const json_value& object, std::string_view name) {
  static const json_object none;
  const json_value* found = object.find(name);
  const json_object* members = found == nullptr ? nullptr : found->as_object();
  return members == nullptr ? none : *members;
}

/** `/agents/{id}` for `/agents/:id`. */
std::string to_template(std::string_view pattern) {
  std::string path;
  while (!pattern.empty()) {
    const auto end = pattern.find('/', 1);
    const std::string_view segment = pattern.substr(0, end);
    path += segment.starts_with("/:") ? "/{" + std::string(segment.substr(2)) + "}" : std::string(segment);
    pattern = end == std::string_view::npos ? std::string_view() : pattern.substr(end);
  }
  return path;
}

json_value parameter(const std::string& name, const std::string& place, const std::string& description) {
  json_object schema;
  schema.emplace_back("type", "string");
  json_object made;
  made.emplace_back("name", name);
  made.emplace_back("in", place);
  if (place == "path") made.emplace_back("required", true);
  if (!description.empty()) made.emplace_back("description", description);
  made.emplace_back("schema", std::move(schema));
  return made;
}

json_array parameters_of(std::string_view pattern, const json_value& words) {
  json_array made;
  for (auto rest = pattern; !rest.empty();) {
    const auto end = rest.find('/', 1);
    const std::string_view segment = rest.substr(0, end);
    if (segment.starts_with("/:")) made.push_back(parameter(std::string(segment.substr(2)), "path", {}));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  for (const auto& [name, description] : members_of(words, "query")) {
    made.push_back(parameter(name, "query", *description.as_string()));
  }
  return made;
}

json_value json_content(const std::string& schema) {
  json_object media;
  media.emplace_back("schema", reference("schemas", schema));
  json_object content;
  content.emplace_back("application/json", std::move(media));
  return content;
}

/** `texts` are the types of other documents that the same answer may be. */
json_value answer(const std::string& status, const std::string& words, const json_value* texts = nullptr) {
  json_object made;
  made.emplace_back("description", words);
  // A redirect has no body: what stands there is its description.
  if (status.starts_with('3')) return made;
  json_value content = json_content(words);
  if (texts != nullptr) {
    for (const auto& type : *texts->as_array()) {
      content.as_object()->emplace_back(*type.as_string(), json_object{{"schema", json_object{{"type", "string"}}}});
    }
  }
  made.emplace_back("content", std::move(content));
  return made;
}

/** The statuses with which a request for this route may be refused. */
std::vector<std::string> refusals_of(const route& described, const json_value& words, bool has_body) {
  std::vector<std::string> statuses = {"500", "503"};
  if (has_body || words.find("query") != nullptr) statuses.emplace_back("400");
  // A body that nobody asked for is looked at as well, before anything else.
  if (described.method != "GET") statuses.insert(statuses.end(), {"403", "413", "415"});
  if (described.guard.kind != guard_kind::open) statuses.emplace_back("401");
  if (!described.guard.permissions.empty()) statuses.emplace_back("403");
  if (const json_value* further = words.find("refusals")) {
    for (const auto& status : *further->as_array()) statuses.push_back(*status.as_string());
  }
  std::sort(statuses.begin(), statuses.end());
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  return statuses;
}

json_value answers_of(const route& described, const json_value& words, bool has_body) {
  json_object made;
  for (const auto& [status, schema] : members_of(words, "answers")) {
    made.emplace_back(status, answer(status, *schema.as_string(), words.find("media")));
  }
  if (made.empty()) made.emplace_back("200", answer("200", "AnyObject"));
  for (const auto& status : refusals_of(described, words, has_body)) {
    made.emplace_back(status, reference("responses", status));
  }
  return made;
}

json_value security_of(const route_guard& guard, bool has_tokens) {
  json_array ways;
  if (guard.kind == guard_kind::open) return ways;
  const auto add = [&ways](const char* scheme) {
    json_object way;
    way.emplace_back(scheme, json_array());
    ways.emplace_back(std::move(way));
  };
  add("session");
  if (has_tokens) add("bearer");
  return ways;
}

json_value operation(const route& described, const json_value& words, bool has_tokens) {
  const bool is_ours = words.as_object() != nullptr;
  const std::string body = is_ours ? text_of(words, "body") : std::string();
  json_object made;
  json_array tags;
  tags.emplace_back(is_ours ? text_of(words, "tag") : std::string("host"));
  made.emplace_back("tags", std::move(tags));
  if (is_ours) made.emplace_back("summary", text_of(words, "summary"));
  made.emplace_back("parameters", parameters_of(described.pattern, words));
  if (!body.empty()) {
    json_object request;
    request.emplace_back("required", true);
    request.emplace_back("content", json_content(body));
    made.emplace_back("requestBody", std::move(request));
  }
  made.emplace_back("responses", answers_of(described, words, !body.empty()));
  made.emplace_back("security", security_of(described.guard, has_tokens));
  if (!described.guard.permissions.empty()) {
    const auto& permissions = described.guard.permissions;
    made.emplace_back("x-permissions", json_array(permissions.begin(), permissions.end()));
  }
  return made;
}

/** The object of a path, made at its first method: aliases and methods of one path stand together. */
json_object& path_item(json_object& paths, const std::string& path) {
  const auto found = std::find_if(paths.begin(), paths.end(), [&](const auto& one) { return one.first == path; });
  if (found != paths.end()) return *found->second.as_object();
  paths.emplace_back(path, json_object());
  return *paths.back().second.as_object();
}

json_value paths_of(const json_value& words, const router& routes, bool has_tokens) {
  static const json_value nothing;
  json_object paths;
  const json_value* known = words.find("operations");
  for (const route* described : routes.routes()) {
    const json_value* found = known->find(described->method + " " + described->pattern);
    const json_value made = operation(*described, found == nullptr ? nothing : *found, has_tokens);
    path_item(paths, to_template(described->pattern)).emplace_back(to_lower(described->method), made);
    for (const auto& alias : described->aliases) {
      path_item(paths, to_template(alias)).emplace_back(to_lower(described->method), made);
    }
  }
  return paths;
}

json_value components_of(const json_value& words, const described_server& server) {
  json_object responses;
  for (const auto& [status, description] : members_of(words, "refusals")) {
    json_object made;
    made.emplace_back("description", description);
    made.emplace_back("content", json_content("Error"));
    responses.emplace_back(status, std::move(made));
  }
  json_object session;
  session.emplace_back("type", "apiKey");
  session.emplace_back("in", "cookie");
  session.emplace_back("name", std::string(server.cookie_name));
  json_object schemes;
  schemes.emplace_back("session", std::move(session));
  if (server.has_tokens) {
    schemes.emplace_back("bearer", json_object{{"type", "http"}, {"scheme", "bearer"}});
  }
  json_object components;
  components.emplace_back("schemas", *words.find("schemas"));
  components.emplace_back("responses", std::move(responses));
  components.emplace_back("securitySchemes", std::move(schemes));
  return components;
}

}  // namespace

json_value write_openapi(const json_value& words, const router& routes, const described_server& server) {
  json_object info = members_of(words, "info");
  info.emplace_back("version", LATCHKEY_VERSION);
  json_array servers;
  servers.emplace_back(json_object{{"url", server.api_prefix.empty() ? "/" : std::string(server.api_prefix)}});
  json_object document;
  document.emplace_back("openapi", "3.1.0");
  document.emplace_back("info", std::move(info));
  document.emplace_back("servers", std::move(servers));
  document.emplace_back("tags", *words.find("tags"));
  document.emplace_back("paths", paths_of(words, routes, server.has_tokens));
  document.emplace_back("components", components_of(words, server));
  return document;
}

}  // namespace latchkey::native
