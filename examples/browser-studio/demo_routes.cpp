// SPDX-License-Identifier: Apache-2.0
#include "demo_routes.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "demo_workflows.h"
#include "latchkey/utf8.h"

namespace latchkey::demo {
namespace {

using native::body_field;
using native::http_error;
using native::http_response;
using native::http_result;
using native::json_response;
using native::refuse;
using native::request_context;
using native::route_work;

constexpr body_field create_fields[] = {{.name = "name", .min_bytes = 1, .max_bytes = 120},
                                        {.name = "model", .required = false, .max_bytes = 120},
                                        {.name = "description", .required = false, .max_bytes = 1000}};
constexpr body_field change_fields[] = {{.name = "name", .required = false, .min_bytes = 1, .max_bytes = 120},
                                        {.name = "model", .required = false, .min_bytes = 1, .max_bytes = 120},
                                        {.name = "description", .required = false, .max_bytes = 1000}};
constexpr std::size_t prompt_max_bytes = 8000;
constexpr body_field generate_fields[] = {{.name = "prompt", .min_bytes = 1, .max_bytes = prompt_max_bytes}};

struct agent {
  std::string id;
  std::string name;
  std::string description;
  std::string model;
  std::vector<std::string> tools;
};

std::vector<agent> first_agents() {
  return {
      {"weather",
       "Weather desk",
       "Answers questions about the weather of a place and a day.",
       "gpt-4o-mini",
       {"forecast", "geocode"}},
      {"support-triage",
       "Support triage",
       "Reads new tickets, sets priority and team, and drafts the first reply.",
       "claude-sonnet",
       {"tickets", "knowledge-base"}},
      {"release-notes",
       "Release notes",
       "Turns merged pull requests into notes that customers understand.",
       "gpt-4o",
       {"github", "changelog"}},
      {"invoice-check",
       "Invoice check",
       "Compares invoices with orders and names every difference.",
       "claude-haiku",
       {"orders", "ledger"}},
      {"research",
       "Research assistant",
       "Collects sources on a question and sums up where they disagree.",
       "gemini-pro",
       {"web-search", "citations"}},
      {"on-call",
       "On-call companion",
       "Explains an alert, finds the last deploy and suggests the next check.",
       "claude-sonnet",
       {"metrics", "deploys", "runbooks"}},
  };
}

json_value to_json(const agent& shown) {
  json_array tools(shown.tools.begin(), shown.tools.end());
  return json_object{{"id", shown.id},       {"name", shown.name}, {"description", shown.description},
                     {"model", shown.model}, {"status", "ready"},  {"tools", std::move(tools)}};
}

/** `Release notes` becomes `release-notes`: letters and digits, the rest one dash. */
std::string to_slug(std::string_view name) {
  constexpr std::size_t slug_max_bytes = 48;
  std::string slug;
  for (const char c : name.substr(0, slug_max_bytes)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_plain = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_plain) {
      slug.push_back(is_upper ? static_cast<char>(c - 'A' + 'a') : c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug.empty() ? "agent" : slug;
}

/** The beginning of a text that a reply quotes, cut between characters. */
std::string excerpt(std::string_view text) {
  constexpr std::size_t excerpt_bytes = 160;
  if (text.size() <= excerpt_bytes) return std::string(text);
  std::size_t end = 0;
  while (const auto next = first_utf8_character(text.substr(end))) {
    if (end + next->length > excerpt_bytes) break;
    end += next->length;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string reply_of(const agent& asked, std::string_view prompt) {
  static const std::map<std::string, std::string, std::less<>> answers = {
      {"weather",
       "Mostly sunny with light wind from the west, 19 °C in the afternoon. Rain is unlikely before Thursday."},
      {"support-triage",
       "Priority: high. Team: billing. Draft: “Thanks for writing. We see the double charge and have "
       "started the refund; it arrives within three working days.”"},
      {"release-notes",
       "New: sessions end everywhere at once after a password change. Fixed: exports keep their time "
       "zone. No action is needed."},
      {"invoice-check",
       "Two lines differ from the order: position 4 (12 instead of 10 pieces) and freight (not ordered). "
       "Everything else agrees."},
      {"research",
       "Three of four sources agree on the trend; they disagree on its cause. The oldest one measured "
       "something else and is best left out."},
      {"on-call",
       "The error rate rose six minutes after the last deploy. Compare the two newest versions of the "
       "configuration first; a rollback is safe."},
  };
  const auto known = answers.find(asked.id);
  const std::string answer =
      known != answers.end() ? known->second : "Done. There is nothing that needs your attention.";
  return "You asked: “" + excerpt(prompt) + "”\n\n" + answer;
}

/** Agents by id, in the order of their creation. Shared by all threads. */
class agent_list {
 public:
  agent_list() : agents_(first_agents()) {}

  json_value all() const {
    const std::lock_guard lock(mutex_);
    json_array shown;
    for (const auto& entry : agents_) shown.push_back(to_json(entry));
    return json_object{{"agents", std::move(shown)}};
  }

  std::optional<agent> find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(agents_.begin(), agents_.end(), [id](const auto& entry) { return entry.id == id; });
    return found == agents_.end() ? std::nullopt : std::optional(*found);
  }

  /** Empty when there are enough of them. */
  std::optional<agent> add(agent added) {
    const std::lock_guard lock(mutex_);
    if (agents_.size() >= max_agents) return std::nullopt;
    const std::string slug = to_slug(added.name);
    added.id = slug;
    for (int next = 2; has(added.id); ++next) added.id = slug + "-" + std::to_string(next);
    return agents_.emplace_back(std::move(added));
  }

  /** Takes over what is set; empty when there is no such agent. */
  std::optional<agent> change(std::string_view id, const native::body_values& values) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(agents_.begin(), agents_.end(), [id](const auto& entry) { return entry.id == id; });
    if (found == agents_.end()) return std::nullopt;
    if (values.has("name")) found->name = std::string(values.text("name"));
    if (values.has("model")) found->model = std::string(values.text("model"));
    if (values.has("description")) found->description = std::string(values.text("description"));
    return *found;
  }

  bool remove(std::string_view id) {
    const std::lock_guard lock(mutex_);
    return std::erase_if(agents_, [id](const auto& entry) { return entry.id == id; }) > 0;
  }

 private:
  bool has(const std::string& id) const {
    return std::any_of(agents_.begin(), agents_.end(), [&id](const auto& entry) { return entry.id == id; });
  }

  mutable std::mutex mutex_;
  std::vector<agent> agents_;
};

tl::unexpected<http_error> no_agent() { return refuse(errc::not_found, "Agent not found"); }

http_result<http_response> create_agent(agent_list& agents, request_context& context) {
  const auto body = context.body(create_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  agent wanted;
  wanted.name = std::string(body->text("name"));
  wanted.description = std::string(body->text("description"));
  wanted.model = body->text("model").empty() ? "gpt-4o-mini" : std::string(body->text("model"));
  const auto added = agents.add(std::move(wanted));
  if (!added) {
    return native::refuse_body(
        {{"root", "There are " + std::to_string(max_agents) + " agents already; delete one first"}});
  }
  return json_response(201, to_json(*added));
}

http_result<http_response> show_agent(const agent_list& agents, request_context& context) {
  const auto found = agents.find(context.path_parameter("id"));
  if (!found) return no_agent();
  return json_response(200, to_json(*found));
}

http_result<http_response> change_agent(agent_list& agents, request_context& context) {
  const auto body = context.body(change_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto changed = agents.change(context.path_parameter("id"), *body);
  if (!changed) return no_agent();
  return json_response(200, to_json(*changed));
}

/** The grants first: an agent that stays because they could not be taken away is better than grants without one. */
http_result<http_response> delete_agent(agent_list& agents, native::acl_manager* grants, request_context& context) {
  const std::string_view id = context.path_parameter("id");
  if (!agents.find(id)) return no_agent();
  if (grants != nullptr) {
    if (const auto gone = grants->forget_resource({"agents", std::string(id)}); !gone) {
      return context.failed(gone.error());
    }
  }
  if (!agents.remove(id)) return no_agent();
  return json_response(200, json_object{{"success", true}});
}

/** The text of a message: a string, or an object whose content is one or a list of parts. */
std::string text_of(const json_value& message) {
  if (const std::string* text = message.as_string()) return *text;
  const json_value* content = message.find("content");
  if (content == nullptr) return {};
  if (const std::string* text = content->as_string()) return *text;
  std::string joined;
  if (const json_array* parts = content->as_array()) {
    for (const json_value& part : *parts) {
      const std::string* text = part.find_string("text");
      if (text == nullptr) continue;
      if (!joined.empty()) joined += '\n';
      joined += *text;
    }
  }
  return joined;
}

/** The newest message of the user; empty when there is none. */
std::string last_user_text(const json_value& messages) {
  const json_array* list = messages.as_array();
  if (list == nullptr) return text_of(messages);
  for (auto message = list->rbegin(); message != list->rend(); ++message) {
    const std::string* role = message->find_string("role");
    if (role == nullptr || *role == "user") return text_of(*message);
  }
  return {};
}

/** What the agent is asked: Mastra's `messages` (a text, texts, or messages with role and content), or a `prompt`. */
http_result<std::string> read_prompt(const request_context& context) {
  // Malformed JSON has no members, and is refused below.
  const auto document = parse_json(context.request().body);
  const json_value* messages = document ? document->find("messages") : nullptr;
  if (messages == nullptr) {
    const auto body = context.body(generate_fields);
    if (!body) return tl::unexpected<http_error>(body.error());
    return std::string(body->text("prompt"));
  }
  if (const auto body = context.body({}); !body) return tl::unexpected<http_error>(body.error());
  std::string prompt = last_user_text(*messages);
  if (prompt.empty()) return native::refuse_body({{"messages", "There must be a message of the user with a text"}});
  if (prompt.size() > prompt_max_bytes) {
    return native::refuse_body(
        {{"messages", "The newest message must have <=" + std::to_string(prompt_max_bytes) + " characters"}});
  }
  return prompt;
}

http_result<http_response> generate(const agent_list& agents, request_context& context) {
  const auto prompt = read_prompt(context);
  if (!prompt) return tl::unexpected<http_error>(prompt.error());
  const auto asked = agents.find(context.path_parameter("id"));
  if (!asked) return no_agent();
  const std::string text = reply_of(*asked, *prompt);
  const auto tokens = [](std::string_view counted) { return static_cast<std::int64_t>(counted.size() / 4 + 1); };
  return json_response(
      200, json_object{{"text", text},
                       {"agentId", asked->id},
                       {"model", asked->model},
                       {"finishReason", "stop"},
                       {"usage", json_object{{"promptTokens", tokens(*prompt)}, {"completionTokens", tokens(text)}}}});
}

}  // namespace

result<void> add_demo_routes(native::auth_server& server, native::clock_function clock,
                             const std::shared_ptr<native::acl_manager>& grants) {
  const auto agents = std::make_shared<agent_list>();
  // Calls that change something are on record by themselves, under the permission that the route asks for.
  native::route routes[] = {
      {.method = "GET",
       .pattern = "/agents",
       .handler = [agents](auto&) { return json_response(200, agents->all()); },
       .work = route_work::quick},
      {.method = "POST",
       .pattern = "/agents",
       .handler = [agents](auto& context) { return create_agent(*agents, context); },
       .work = route_work::quick,
       .audit_resource_type = "agent"},
      // Who looked at a single agent is worth a line, so this read is recorded too.
      {.method = "GET",
       .pattern = "/agents/:id",
       .handler = [agents](auto& context) { return show_agent(*agents, context); },
       .work = route_work::quick,
       .audit_resource_type = "agent",
       .recording = native::call_recording::all},
      {.method = "PATCH",
       .pattern = "/agents/:id",
       .handler = [agents](auto& context) { return change_agent(*agents, context); },
       .work = route_work::quick,
       .audit_resource_type = "agent"},
      {.method = "DELETE",
       .pattern = "/agents/:id",
       .handler = [agents, grants](auto& context) { return delete_agent(*agents, grants.get(), context); },
       .work = grants ? route_work::blocking : route_work::quick,
       .audit_resource_type = "agent"},
      {.method = "POST",
       .pattern = "/agents/:id/generate",
       .handler = [agents](auto& context) { return generate(*agents, context); },
       .work = route_work::quick,
       .audit_resource_type = "agent"},
  };
  for (auto& entry : routes) {
    if (auto added = server.add_route(std::move(entry)); !added) return added;
  }
  return add_workflow_routes(server, std::move(clock));
}

}  // namespace latchkey::demo
