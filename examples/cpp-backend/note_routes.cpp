// SPDX-License-Identifier: Apache-2.0
#include "note_routes.h"

#include "latchkey/cookie.h"
#include "latchkey/native/crypto/random.h"

namespace notes {
namespace {

using latchkey::errc;
using latchkey::json_array;
using latchkey::json_object;
using latchkey::result;
using latchkey::native::body_field;
using latchkey::native::call_recording;
using latchkey::native::http_response;
using latchkey::native::http_result;
using latchkey::native::json_response;
using latchkey::native::refuse;
using latchkey::native::request_context;
using latchkey::native::route;
using latchkey::native::route_guard;
using answer = http_result<http_response>;

constexpr body_field note_fields[] = {{.name = "title", .min_bytes = 1, .max_bytes = 200},
                                      {.name = "text", .max_bytes = 20'000}};
constexpr body_field preference_fields[] = {{.name = "theme", .min_bytes = 1, .max_bytes = 32},
                                            {.name = "language", .min_bytes = 2, .max_bytes = 32}};

json_object to_json(const note& shown) {
  return {{"id", shown.id}, {"title", shown.title}, {"text", shown.text}, {"authorId", shown.author_id}};
}

answer no_note() { return refuse(errc::not_found, "Note not found"); }
answer done() { return json_response(200, json_object{{"success", true}}); }

class note_routes {
 public:
  note_routes(std::shared_ptr<note_store> store, std::shared_ptr<latchkey::native::acl_manager> grants, bool secure)
      : store_(std::move(store)), grants_(std::move(grants)), secure_(secure) {}

  answer status(request_context& context) const {
    const auto count = store_->count();
    if (!count) return context.failed(count.error());
    return json_response(200, json_object{{"status", "ok"}, {"notes", *count}});
  }

  /** Those that the caller may read, by a role or by a grant on the single note. */
  answer list(request_context& context) const {
    const auto query = latchkey::native::parse_query(context.request().query);
    if (!query) return latchkey::native::refuse_query({{"root", "Give each parameter once, percent-encoded"}});
    std::optional<std::string> title;
    for (const auto& [name, value] : *query) {
      if (name == "title") title = value;
    }
    auto found = store_->list(title);
    if (!found) return context.failed(found.error());
    const auto kept = context.keep_accessible(*found, "notes", "read", [](const note& each) { return each.id; });
    if (!kept) return context.failed(kept.error());
    json_array shown;
    for (const auto& each : *found) shown.emplace_back(to_json(each));
    return json_response(200, json_object{{"notes", std::move(shown)}});
  }

  answer create(request_context& context) const {
    const auto body = context.body(note_fields);
    if (!body) return tl::unexpected(body.error());
    const auto id = latchkey::native::random_id();
    if (!id) return context.failed(id.error());
    const note made{*id, std::string(body->text("title")), std::string(body->text("text")),
                    context.signed_in()->person.id};
    // Before the note is there, so that it never is without its author's access.
    if (const auto granted = grant_author(made); !granted) return context.failed(granted.error());
    if (const auto added = store_->insert(made); !added) return context.failed(added.error());
    // The guard's own event knows the resources of paths alone; this one has an id only now.
    latchkey::audit_event event;
    event.action = "notes:create";
    event.resource = latchkey::audit_resource{"notes", made.id, made.title};
    context.audit_best_effort(std::move(event));
    return json_response(201, to_json(made));
  }

  answer read(request_context& context) const {
    const auto found = store_->find(context.path_parameter("id"));
    if (!found) return context.failed(found.error());
    if (!*found) return no_note();
    return json_response(200, to_json(**found));
  }

  answer change(request_context& context) const {
    const auto body = context.body(note_fields);
    if (!body) return tl::unexpected(body.error());
    const auto changed = store_->change(context.path_parameter("id"), body->text("title"), body->text("text"));
    if (!changed) return context.failed(changed.error());
    return *changed ? done() : no_note();
  }

  answer remove(request_context& context) const {
    const std::string id(context.path_parameter("id"));
    const auto removed = store_->remove(id);
    if (!removed) return context.failed(removed.error());
    if (const auto forgotten = grants_->forget_resource({"notes", id}); !forgotten) {
      return context.failed(forgotten.error());
    }
    return *removed ? done() : no_note();
  }

  /** Who reads it is on record before they get it: the action is one of the required ones. */
  answer report(request_context& context) const {
    const auto count = store_->count();
    if (!count) return context.failed(count.error());
    latchkey::audit_event event;
    event.action = std::string(report_action);
    event.metadata = json_object{{"notes", *count}};
    if (const auto logged = context.audit(std::move(event)); !logged) return context.failed(logged.error());
    return json_response(200, json_object{{"notes", *count}});
  }

  /** Kept by the browser alone. */
  answer set_preferences(request_context& context) const {
    const auto body = context.body(preference_fields);
    if (!body) return tl::unexpected(body.error());
    http_response response = json_response(200, json_object{{"success", true}});
    for (const char* name : {"theme", "language"}) {
      latchkey::cookie_attributes attributes;
      attributes.secure = secure_;
      attributes.http_only = false;
      const auto line = latchkey::to_set_cookie(name, body->text(name), attributes);
      if (!line) return latchkey::native::refuse_body({{name, "Use letters, digits and dashes"}});
      response.add_header("Set-Cookie", *line);
    }
    return response;
  }

 private:
  /** The author may do everything with the note, whatever becomes of their role. */
  result<void> grant_author(const note& made) const {
    const latchkey::acl_subject author{latchkey::acl_subject_type::user, made.author_id};
    return grants_->grant({author, {"notes", made.id}, {"read", "write", "delete"}, 0, made.author_id});
  }

  std::shared_ptr<note_store> store_;
  std::shared_ptr<latchkey::native::acl_manager> grants_;
  bool secure_;
};

}  // namespace

std::vector<latchkey::role_definition> team_roles() {
  return {{"owner", "Owner", {"*"}, {}},
          // Nobody gives others more access to a note than they have themselves.
          {"editor", "Editor", {"notes:*", "acl:read", "acl:write"}, {"viewer"}},
          {"viewer", "Viewer", {"notes:read"}, {}},
          {"guest", "Guest", {}, {}}};
}

result<void> add_note_routes(latchkey::native::auth_server& server, const std::shared_ptr<note_store>& store,
                             const std::shared_ptr<latchkey::native::acl_manager>& grants, bool secure_cookies) {
  const auto notes = std::make_shared<const note_routes>(store, grants, secure_cookies);
  const auto by = [&notes](auto member) {
    return [notes, member](request_context& context) { return (*notes.*member)(context); };
  };
  const route_guard of_note = route_guard::derived().on_resource("notes", "id");
  route routes[] = {
      {.method = "GET", .pattern = "/status", .guard = route_guard::open(), .handler = by(&note_routes::status)},
      {.method = "GET", .pattern = "/notes", .guard = route_guard::signed_in(), .handler = by(&note_routes::list)},
      // The derived permission, notes:write. The handler's own event says more than that of the call.
      {.method = "POST", .pattern = "/notes", .handler = by(&note_routes::create), .recording = call_recording::none},
      {.method = "GET", .pattern = "/notes/:id", .guard = of_note, .handler = by(&note_routes::read)},
      // Both are on record as what the guard asks for: notes:write and notes:delete of the note.
      {.method = "PUT", .pattern = "/notes/:id", .guard = of_note, .handler = by(&note_routes::change)},
      {.method = "DELETE", .pattern = "/notes/:id", .guard = of_note, .handler = by(&note_routes::remove)},
      {.method = "GET",
       .pattern = "/reports/notes",
       .guard = route_guard::any_of({"reports:read", "notes:delete"}),
       .handler = by(&note_routes::report)},
      {.method = "PUT",
       .pattern = "/preferences",
       .guard = route_guard::signed_in(),
       .handler = by(&note_routes::set_preferences),
       .recording = call_recording::none},
  };
  for (auto& each : routes) {
    if (auto added = server.add_route(std::move(each)); !added) return added;
  }
  return {};
}

}  // namespace notes
