// SPDX-License-Identifier: Apache-2.0
#include "demo_routes.h"

#include <algorithm>
#include <map>
#include <mutex>

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
using native::route_guard;
using native::route_work;

constexpr body_field create_fields[] = {{.name = "name", .min_bytes = 1, .max_bytes = 120},
                                        {.name = "model", .required = false, .max_bytes = 120},
                                        {.name = "description", .required = false, .max_bytes = 1000}};
constexpr body_field generate_fields[] = {{.name = "prompt", .min_bytes = 1, .max_bytes = 8000}};

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

http_result<http_response> generate(const agent_list& agents, request_context& context) {
  const auto body = context.body(generate_fields);
  if (!body) return tl::unexpected<http_error>(body.error());
  const auto asked = agents.find(context.path_parameter("id"));
  if (!asked) return no_agent();
  const std::string text = reply_of(*asked, body->text("prompt"));
  const auto tokens = [](std::string_view counted) { return static_cast<std::int64_t>(counted.size() / 4 + 1); };
  return json_response(200, json_object{{"text", text},
                                        {"agentId", asked->id},
                                        {"model", asked->model},
                                        {"finishReason", "stop"},
                                        {"usage", json_object{{"promptTokens", tokens(body->text("prompt"))},
                                                              {"completionTokens", tokens(text)}}}});
}

struct workflow {
  const char* id;
  const char* name;
  const char* description;
  const char* trigger;
  const char* status;
  std::vector<const char*> steps;
  bool last_run_succeeded;
  /** How long ago; negative: never ran. */
  std::int64_t last_run_minutes;
};

json_value workflows(std::int64_t now_ms) {
  const workflow all[] = {
      {"nightly-digest",
       "Nightly digest",
       "Gathers what changed during the day and mails one page of it.",
       "every night",
       "active",
       {"collect", "summarise", "send"},
       true,
       412},
      {"ticket-intake",
       "Ticket intake",
       "From a customer's mail to a ticket with priority, team and draft.",
       "on new mail",
       "active",
       {"read", "classify", "draft", "assign"},
       true,
       7},
      {"invoice-run",
       "Invoice run",
       "Checks all open invoices against their orders before they are paid.",
       "every Monday",
       "active",
       {"load", "compare", "report"},
       false,
       2'950},
      {"release-train",
       "Release train",
       "Writes the notes, tags the version and tells the channel.",
       "by hand",
       "paused",
       {"notes", "tag", "announce"},
       true,
       11'520},
      {"knowledge-refresh",
       "Knowledge refresh",
       "Reads the documentation again and renews the index of the agents.",
       "by hand",
       "draft",
       {"crawl", "split", "embed", "swap"},
       false,
       -1},
  };
  json_array shown;
  for (const auto& entry : all) {
    json_object row{{"id", entry.id},
                    {"name", entry.name},
                    {"description", entry.description},
                    {"trigger", entry.trigger},
                    {"status", entry.status},
                    {"steps", json_array(entry.steps.begin(), entry.steps.end())}};
    if (entry.last_run_minutes >= 0) {
      row.emplace_back("lastRun", json_object{{"at", to_iso_time(now_ms - entry.last_run_minutes * 60'000)},
                                              {"outcome", entry.last_run_succeeded ? "success" : "failure"}});
    }
    shown.emplace_back(std::move(row));
  }
  return json_object{{"workflows", std::move(shown)}};
}

}  // namespace

result<void> add_demo_routes(native::auth_server& server, native::clock_function clock,
                             const std::shared_ptr<native::acl_manager>& grants) {
  const auto agents = std::make_shared<agent_list>();
  native::route routes[] = {
      {"GET", "/agents", route_guard::derived(), [agents](auto&) { return json_response(200, agents->all()); }},
      {"POST",
       "/agents",
       route_guard::derived(),
       [agents](auto& context) { return create_agent(*agents, context); },
       {},
       route_work::quick,
       "agents:write",
       "agent"},
      {"DELETE",
       "/agents/:id",
       route_guard::derived(),
       [agents, grants](auto& context) { return delete_agent(*agents, grants.get(), context); },
       {},
       grants ? route_work::blocking : route_work::quick,
       "agents:delete",
       "agent"},
      {"POST",
       "/agents/:id/generate",
       route_guard::derived(),
       [agents](auto& context) { return generate(*agents, context); },
       {},
       route_work::quick,
       "agents:execute",
       "agent"},
      {"GET", "/workflows", route_guard::derived(),
       [clock = std::move(clock)](auto&) { return json_response(200, workflows(clock())); }},
  };
  for (auto& entry : routes) {
    if (auto added = server.add_route(std::move(entry)); !added) return added;
  }
  return {};
}

}  // namespace latchkey::demo
