// SPDX-License-Identifier: Apache-2.0
#include "demo_workflows.h"

#include <algorithm>
#include <mutex>

#include "latchkey/native/crypto/random.h"

namespace latchkey::demo {
namespace {

using native::http_response;
using native::http_result;
using native::json_response;
using native::request_context;

constexpr std::int64_t minute_ms = 60'000;

struct workflow {
  std::string id;
  std::string name;
  std::string description;
  std::string trigger;
  /** `active`, `paused` (runs by hand alone) or `draft`. */
  std::string status;
  std::vector<std::string> steps;
  bool last_run_succeeded = false;
  /** Unset: never ran. */
  std::optional<std::int64_t> last_run_ms = {};
};

std::vector<workflow> first_workflows(std::int64_t now_ms) {
  return {
      {"nightly-digest",
       "Nightly digest",
       "Gathers what changed during the day and mails one page of it.",
       "every night",
       "active",
       {"collect", "summarise", "send"},
       true,
       now_ms - 412 * minute_ms},
      {"ticket-intake",
       "Ticket intake",
       "From a customer's mail to a ticket with priority, team and draft.",
       "on new mail",
       "active",
       {"read", "classify", "draft", "assign"},
       true,
       now_ms - 7 * minute_ms},
      {"invoice-run",
       "Invoice run",
       "Checks all open invoices against their orders before they are paid.",
       "every Monday",
       "active",
       {"load", "compare", "report"},
       false,
       now_ms - 2'950 * minute_ms},
      {"release-train",
       "Release train",
       "Writes the notes, tags the version and tells the channel.",
       "by hand",
       "paused",
       {"notes", "tag", "announce"},
       true,
       now_ms - 11'520 * minute_ms},
      {"knowledge-refresh",
       "Knowledge refresh",
       "Reads the documentation again and renews the index of the agents.",
       "by hand",
       "draft",
       {"crawl", "split", "embed", "swap"}},
  };
}

json_value to_json(const workflow& shown) {
  json_object row{{"id", shown.id},
                  {"name", shown.name},
                  {"description", shown.description},
                  {"trigger", shown.trigger},
                  {"status", shown.status},
                  {"steps", json_array(shown.steps.begin(), shown.steps.end())}};
  if (shown.last_run_ms) {
    row.emplace_back("lastRun", json_object{{"at", to_iso_time(*shown.last_run_ms)},
                                            {"outcome", shown.last_run_succeeded ? "success" : "failure"}});
  }
  return row;
}

/** In a fixed order. Shared by all threads. */
class workflow_list {
 public:
  explicit workflow_list(std::int64_t now_ms) : workflows_(first_workflows(now_ms)) {}

  json_value all() const {
    const std::lock_guard lock(mutex_);
    json_array shown;
    for (const auto& entry : workflows_) shown.push_back(to_json(entry));
    return json_object{{"workflows", std::move(shown)}};
  }

  std::optional<workflow> find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(workflows_.begin(), workflows_.end(), [id](const auto& w) { return w.id == id; });
    return found == workflows_.end() ? std::nullopt : std::optional(*found);
  }

  void note_run(std::string_view id, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    for (auto& entry : workflows_) {
      if (entry.id != id) continue;
      entry.last_run_succeeded = true;
      entry.last_run_ms = now_ms;
    }
  }

 private:
  mutable std::mutex mutex_;
  std::vector<workflow> workflows_;
};

http_result<http_response> start(workflow_list& workflows, request_context& context) {
  // What the run is given is not looked at; it still has to be an object.
  if (!context.request().body.empty()) {
    if (const auto body = context.body({}); !body) return tl::unexpected<native::http_error>(body.error());
  }
  const auto started = workflows.find(context.path_parameter("id"));
  if (!started) return native::refuse(errc::not_found, "Workflow not found");
  if (started->status == "draft") {
    return native::refuse_path({{"id", started->name + " is a draft and can't be run yet"}});
  }
  const auto run_id = native::random_id();
  if (!run_id) return context.failed(run_id.error());
  workflows.note_run(started->id, context.now_ms());
  json_object steps;
  for (const auto& step : started->steps) steps.emplace_back(step, json_object{{"status", "success"}});
  return json_response(200, json_object{{"runId", *run_id},
                                        {"status", "success"},
                                        {"steps", std::move(steps)},
                                        {"result", json_object{{"workflowId", started->id}}}});
}

}  // namespace

result<void> add_workflow_routes(native::auth_server& server, native::clock_function clock) {
  const auto workflows = std::make_shared<workflow_list>(clock());
  auto added = server.add_route({.method = "GET",
                                 .pattern = "/workflows",
                                 .handler = [workflows](auto&) { return json_response(200, workflows->all()); },
                                 .work = native::route_work::quick});
  if (!added) return added;
  return server.add_route({.method = "POST",
                           .pattern = "/workflows/:id/start",
                           .handler = [workflows](auto& context) { return start(*workflows, context); },
                           .aliases = {"/workflows/:id/start-async"},
                           .work = native::route_work::quick,
                           .audit_resource_type = "workflow"});
}

}  // namespace latchkey::demo
