// SPDX-License-Identifier: Apache-2.0
// Every vector file through the boundary, which is what the JS package calls: natively and, from the same source, in
// WASM.
#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include "boundary.h"
#include "test_data.h"

namespace latchkey {
namespace {

// What a case gave: a value, or the code of an error.
struct outcome {
  json_value value;
  std::string error;
};

outcome to_outcome(const std::string& tagged) {
  const auto parsed = parse_json(tagged);
  REQUIRE(parsed.has_value());
  if (parsed->is_true("ok")) return {*parsed->find("value"), {}};
  return {{}, *parsed->find("error")->find_string("code")};
}

json_value pick(const json_value& from, std::initializer_list<std::pair<const char*, const char*>> members) {
  json_object picked;
  for (const auto& [source, target] : members) {
    if (const json_value* member = from.find(source)) picked.emplace_back(target, *member);
  }
  return picked;
}

const std::string& text(const json_value& from, std::string_view key) {
  const std::string* found = from.find_string(key);
  REQUIRE(found != nullptr);
  return *found;
}

// Compiles a case's grants, asks, and frees the set again.
outcome with_set(const json_value& vectors, const json_value& one, const std::function<outcome(std::int64_t)>& ask) {
  json_value arguments = pick(one, {{"granted", "grants"}, {"aliases", "aliases"}});
  if (one.find("aliases") == nullptr && vectors.find("aliases") != nullptr) {
    arguments.as_object()->emplace_back("aliases", *vectors.find("aliases"));
  }
  const outcome compiled = to_outcome(boundary::compile_permissions(to_json_text(arguments)));
  if (!compiled.error.empty()) return compiled;
  const std::int64_t id = *compiled.value.as_integer();
  const outcome answer = ask(id);
  boundary::release(static_cast<int>(id));
  return answer;
}

outcome covers(const json_value& vectors, const json_value& one) {
  return with_set(vectors, one, [&](std::int64_t id) {
    return outcome{boundary::covers(static_cast<int>(id), text(one, "required")), {}};
  });
}

outcome explain(const json_value& vectors, const json_value& one) {
  return with_set(vectors, one, [&](std::int64_t id) {
    const json_object arguments{{"set", id}, {"required", text(one, "required")}};
    return to_outcome(boundary::explain(to_json_text(arguments)));
  });
}

// A text is a permission exactly when `*` covers it.
outcome is_permission(const json_value&, const json_value& one) {
  const outcome set = to_outcome(boundary::compile_permissions(R"({"grants":["*"]})"));
  const auto id = static_cast<int>(*set.value.as_integer());
  const bool covered = boundary::covers(id, text(one, "text"));
  boundary::release(id);
  return {covered, {}};
}

// Reads a license at the case's time; what a check of the signature said is in the case.
outcome license(const json_value&, const json_value& one) {
  const json_value* now = one.find("nowMs");
  json_object arguments{{"text", text(one, "text")},
                        {"nowMs", now == nullptr ? json_value(0) : *now},
                        {"signatureHolds", one.is_true("holds")}};
  // Who has a vendor's key wants that vendor's licenses alone.
  if (one.find("publicKey") != nullptr) arguments.emplace_back("accepted", json_array{"signed"});
  return to_outcome(boundary::license(to_json_text(arguments)));
}

// One step of a case about cookie jars, as the arguments of its call.
json_value jar_arguments(const json_value& jar, const json_value& step, const std::string& url) {
  const std::size_t host = url.find("//") + 2;
  const std::size_t path = std::min(url.find('/', host), url.size());
  json_object arguments{{"jar", jar},
                        {"host", url.substr(host, path - host)},
                        {"path", url.substr(path)},
                        {"secure", url.starts_with("https:")},
                        {"nowMs", *step.find("nowMs")}};
  if (const json_value* line = step.find("store")) arguments.emplace_back("line", *line);
  return arguments;
}

outcome jar_steps(const json_value&, const json_value& one) {
  const json_value jar = to_outcome(boundary::jar_create("")).value;
  json_array answers;
  for (const json_value& step : *one.find("steps")->as_array()) {
    const bool stores = step.find("store") != nullptr;
    const std::string arguments = to_json_text(jar_arguments(jar, step, text(step, stores ? "url" : "header")));
    answers.push_back(to_outcome(stores ? boundary::jar_store(arguments) : boundary::jar_header(arguments)).value);
  }
  CHECK(to_outcome(boundary::jar_release(to_json_text(json_object{{"jar", jar}}))).error.empty());
  return {std::move(answers), {}};
}

using runner = std::function<outcome(const json_value& vectors, const json_value& one)>;

runner json_call(std::string (*call)(const std::string&),
                 std::initializer_list<std::pair<const char*, const char*>> members) {
  return [call, names = std::vector(members)](const json_value&, const json_value& one) {
    json_object picked;
    for (const auto& [source, target] : names) {
      if (const json_value* member = one.find(source)) picked.emplace_back(target, *member);
    }
    return to_outcome(call(to_json_text(picked)));
  };
}

// The cookies of a header as JS takes them out of the lines.
outcome cookies(const json_value&, const json_value& one) {
  const std::string answer = boundary::parse_cookies(text(one, "header"));
  if (answer.starts_with('{')) return to_outcome(answer);
  json_array pairs;
  std::istringstream lines(answer);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::size_t equals = line.find('=');
    pairs.push_back(json_array{line.substr(0, equals), line.substr(equals + 1)});
  }
  return {std::move(pairs), {}};
}

// The first cookie of a name as JS takes it out of the header.
outcome find_cookie(const json_value&, const json_value& one) {
  const std::string header = text(one, "header");
  const int found = boundary::find_cookie(header, text(one, "cookie"));
  if (found < 0) return {};
  return {header.substr(static_cast<std::size_t>(found >> 15), static_cast<std::size_t>(found & 0x7FFF)), {}};
}

// The fields of a token by their names, as JS takes them out of the text.
outcome session_token(const json_value&, const json_value& one) {
  std::istringstream fields(boundary::parse_session_token(text(one, "text")));
  json_object token;
  int version = 0;
  if (!(fields >> version)) return {};
  token.emplace_back("version", version);
  for (const char* name : {"keyId", "salt", "iv", "ciphertext", "tag"}) {
    std::string field;
    fields >> field;
    token.emplace_back(name, field);
  }
  return {std::move(token), {}};
}

const std::map<std::string, runner>& runners() {
  static const std::map<std::string, runner> all = {
      {"permissions", covers},
      {"permission-cover", covers},
      {"permission-explain", explain},
      {"permission-grammar", is_permission},
      {"roles", json_call(boundary::role_permissions,
                          {{"roles", "roles"}, {"definitions", "definitions"}, {"mapping", "mapping"}})},
      {"route-permissions", json_call(boundary::route_permission, {{"method", "method"}, {"path", "path"}})},
      {"licenses", license},
      {"signed-licenses", license},
      {"cookie-jars", jar_steps},
      {"audit-lines", json_call(boundary::audit_line, {{"event", "event"}})},
      {"audit-csv", json_call(boundary::audit_csv, {{"events", "events"}})},
      {"audit-leaves", json_call(boundary::audit_leaf, {{"event", "event"}})},
      {"audit-filters", json_call(boundary::audit_matches, {{"event", "event"}, {"filter", "filter"}})},
      {"capabilities",
       [](const json_value&, const json_value& one) {
         return to_outcome(boundary::capabilities(to_json_text(*one.find("facts"))));
       }},
      {"cookies", cookies},
      {"cookie-lookup", find_cookie},
      {"set-cookies",
       json_call(boundary::set_cookie, {{"cookie", "name"}, {"value", "value"}, {"attributes", "attributes"}})},
      {"session-tokens", session_token},
      {"return-paths",
       [](const json_value&, const json_value& one) {
         return outcome{boundary::safe_return_path(text(one, "text")), {}};
       }},
  };
  return all;
}

}  // namespace

TEST_CASE("answers every vector as it says") {
  for (const auto& [stem, run] : runners()) {
    const json_value vectors = testing::read_vectors(stem);
    const json_array& cases = *vectors.find("cases")->as_array();
    CHECK(!cases.empty());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const json_value& one = cases[i];
      INFO(stem << " #" << i << " " << to_json_text(one).substr(0, 300));
      const outcome got = run(vectors, one);
      const std::string* error = one.find_string("error");
      CHECK(got.error == (error == nullptr ? "" : *error));
      if (error == nullptr) CHECK(to_json_text(got.value) == to_json_text(*one.find("expect")));
    }
  }
  CHECK(boundary::live() == 0);
}

TEST_CASE("answers malformed arguments with an error and goes on") {
  for (auto* call :
       {boundary::compile_permissions, boundary::explain, boundary::role_permissions, boundary::route_permission,
        boundary::license, boundary::capabilities, boundary::set_cookie, boundary::jar_store, boundary::jar_header,
        boundary::audit_matches, boundary::audit_csv, boundary::audit_line, boundary::audit_leaf}) {
    for (const char* argument : {"", "{", "null", "[]", "1", "\"x\"", "{\"a\":1,\"a\":2}", "\xff"}) {
      INFO(argument);
      CHECK(!to_outcome(call(argument)).error.empty());
    }
  }
  CHECK(boundary::safe_return_path("/agents") == "/agents");
}

TEST_CASE("a released set of permissions covers nothing") {
  const outcome set = to_outcome(boundary::compile_permissions(R"({"grants":["*"]})"));
  const auto id = static_cast<int>(*set.value.as_integer());
  CHECK(boundary::covers(id, "agents:read"));
  boundary::release(id);
  boundary::release(id);
  boundary::release(0);
  boundary::release(-1);
  CHECK_FALSE(boundary::covers(id, "agents:read"));
  CHECK_FALSE(boundary::covers(0, "agents:read"));
  CHECK_FALSE(boundary::covers(1'000'000, "agents:read"));
}

}  // namespace latchkey
