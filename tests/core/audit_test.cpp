// SPDX-License-Identifier: Apache-2.0
#include "latchkey/audit.h"

#include <string>
#include <vector>

#include "latchkey/audit_chain.h"
#include "latchkey/audit_export.h"
#include "latchkey/json_mapping.h"
#include "latchkey/session.h"
#include "test_data.h"

namespace latchkey {
namespace {

audit_event make_event() {
  audit_event event;
  event.id = "01a3185c-5000-7000-8000-000000000000";
  event.timestamp_ms = 1'795'264'189'000;
  event.sequence = 7;
  event.actor = {audit_actor_type::user, "u1", "ada@example.com", "192.0.2.1", "curl/8"};
  event.action = "agents:create";
  event.resource = audit_resource{"agent", "a1", "Agent"};
  event.metadata = json_object{{"z", 1}, {"a", json_array{true, nullptr}}};
  event.duration_ms = 12;
  event.request_id = "r1";
  event.session_hash = "5f2a";
  return event;
}

// Not SHA-256: enough to tell trees of different shape or content apart.
sha256_digest mix(std::string_view bytes) {
  sha256_digest out{};
  std::uint64_t state = 1469598103934665603ull + bytes.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (const char c : bytes) state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    state ^= state >> 29;
    out[i] = static_cast<std::uint8_t>(state >> 40);
  }
  return out;
}

// RFC 6962 §2.1 as it is written down there, to compare with.
sha256_digest tree_head(std::span<const sha256_digest> leaves) {
  if (leaves.empty()) return mix({});
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto left = tree_head(leaves.first(split));
  const auto right = tree_head(leaves.subspan(split));
  std::string bytes(1, '\1');
  bytes.append(left.begin(), left.end());
  bytes.append(right.begin(), right.end());
  return mix(bytes);
}

}  // namespace

TEST_CASE("[AU-01] the console line has the documented form") {
  audit_event event = make_event();
  CHECK(to_console_line(event) ==
        "[audit] 2026-11-21T12:29:49.000Z \u2713 user:ada@example.com agents:create on agent:a1 (12ms)");
  event.outcome = audit_outcome::denied;
  event.actor = {audit_actor_type::apikey, "key-1", "", "", ""};
  event.resource.reset();
  event.duration_ms.reset();
  CHECK(to_console_line(event, "log") == "log 2026-11-21T12:29:49.000Z \u2298 apikey:key-1 agents:create");
  event.outcome = audit_outcome::failure;
  CHECK(to_console_line(event).find("\u2717") != std::string::npos);
}

TEST_CASE("[AU-04] the console line escapes what could forge or hide a line") {
  audit_event event = make_event();
  event.actor.email = "a\r\n[audit] forged\x1b[2J\x7f\u202e\u2066\u200b\u2028\u0085\ufeff";
  event.resource->id = std::string("nul\0 back\\slash \xff", 17);
  const std::string line = to_console_line(event);
  CHECK(
      line.find(
          "a\\u{d}\\u{a}[audit]\\u{20}forged\\u{1b}[2J\\u{7f}\\u{202e}\\u{2066}\\u{200b}\\u{2028}\\u{85}\\u{feff} ") !=
      std::string::npos);
  CHECK(line.find("nul\\u{0}\\u{20}back\\\\slash\\u{20}\\xff") != std::string::npos);
  event = make_event();
  event.duration_ms.reset();
  event.resource->id = "a1 (5ms)";
  event.actor.email = "ada@x auth.login on session:s1 (3ms)\u00ad\u3164\u180e\U000e0100\u00a0";
  CHECK(to_console_line(event) ==
        "[audit] 2026-11-21T12:29:49.000Z \u2713 "
        "user:ada@x\\u{20}auth.login\\u{20}on\\u{20}session:s1\\u{20}(3ms)\\u{ad}\\u{3164}\\u{180e}\\u{e0100}\\u{a0} "
        "agents:create on agent:a1\\u{20}(5ms)");
}

TEST_CASE("[AU-04] a line of NDJSON shows nothing that acts on a terminal, and reads back as it was") {
  audit_event event = make_event();
  event.actor.id = "a\u009b2J\u202e\x7f\U000e0041\u2028";
  const std::string line = to_ndjson_line(event);
  CHECK(line.find(R"("id":"a\u009b2J\u202e\u007f\udb40\udc41\u2028")") != std::string::npos);
  CHECK(to_audit_event(parse_json(line).value()).value() == event);
}

TEST_CASE("[AU-05] CSV quotes after RFC 4180 and guards against formulas") {
  audit_event event = make_event();
  event.actor.email = "=cmd|' /C calc'!A0";
  event.actor.id = "a,\"b\"";
  event.resource->id = "line\r\nbreak";
  CHECK(to_csv_line(event) ==
        "01a3185c-5000-7000-8000-000000000000,2026-11-21T12:29:49.000Z,user,\"a,\"\"b\"\"\",'=cmd|' /C calc'!A0,"
        "agents:create,agent,\"line\r\nbreak\",success,12\r\n");
  for (const char* start : {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"}) {
    event.action = std::string(start) + "1+1";
    CHECK(to_csv_line(event).find(std::string("'") + start + "1+1") != std::string::npos);
  }
  event.action = "a=1";
  CHECK(to_csv_line(event).find(",a=1,") != std::string::npos);
  CHECK(to_csv({}) == audit_csv_header);
  event.resource.reset();
  event.duration_ms.reset();
  CHECK(to_csv(std::vector{event, event}) == std::string(audit_csv_header) + to_csv_line(event) + to_csv_line(event));
  CHECK(to_csv_line(event).find(",a=1,,,success,\r\n") != std::string::npos);
}

TEST_CASE("an export is one document of its format, however many events it has") {
  const auto export_of = [](audit_export_format format, int count) {
    audit_export_writer writer(format);
    std::string text;
    for (int i = 0; i < count; ++i) writer.write(make_event(), text);
    writer.finish(text);
    return text;
  };
  const std::string line = to_ndjson_line(make_event());
  const std::string event = line.substr(0, line.size() - 1);
  using enum audit_export_format;
  CHECK(export_of(json, 0) == "[]\n");
  CHECK(export_of(json, 1) == "[\n" + event + "\n]\n");
  CHECK(export_of(json, 2) == "[\n" + event + ",\n" + event + "\n]\n");
  CHECK(parse_json(export_of(json, 3))->as_array()->size() == 3);
  CHECK(export_of(csv, 0) == audit_csv_header);
  CHECK(export_of(csv, 2) == to_csv(std::vector{make_event(), make_event()}));
  CHECK(export_of(ndjson, 0).empty());
  CHECK(export_of(ndjson, 2) == line + line);
}

TEST_CASE("the formats of an export have names, which read back") {
  for (const char* name : {"json", "csv", "ndjson"}) {
    const auto format = to_audit_export_format(name);
    REQUIRE(format.has_value());
    CHECK(to_string(*format) == name);
    CHECK(media_type_of(*format).find("charset=utf-8") != std::string_view::npos);
  }
  for (const char* name : {"", "JSON", "xml", "csv ", "js"}) CHECK_FALSE(to_audit_export_format(name).has_value());
}

TEST_CASE("an event survives its JSON, and a line of NDJSON is one line") {
  const audit_event event = make_event();
  const std::string line = to_ndjson_line(event);
  CHECK(line.find('\n') == line.size() - 1);
  const auto back = to_audit_event(parse_json(line).value());
  REQUIRE(back.has_value());
  CHECK(*back == event);
  audit_event bare;
  bare.action = "system.start";
  CHECK(to_audit_event(to_json(bare)).value() == bare);
}

TEST_CASE("an event is recorded as its JSON gives it back, or refused") {
  CHECK(to_recordable(make_event()).value() == make_event());
  audit_event event = make_event();
  event.actor.id = "a\xff";
  CHECK(to_recordable(event)->actor.id == "a\ufffd");
  const auto refused = [](auto change) {
    audit_event other = make_event();
    change(other);
    return to_recordable(other).error().field;
  };
  CHECK(refused([](auto& e) { e.metadata = json_object{{"a", 1}, {"a", 2}}; }) == "metadata");
  CHECK(refused([](auto& e) { e.metadata = json_object{{"a", json_number::from_text("1.5").value()}}; }) == "metadata");
  CHECK(refused([](auto& e) { e.metadata = json_object{{"a", std::int64_t{1} << 53}}; }) == "metadata");
  CHECK(refused([](auto& e) {
          e.metadata = json_object{{"a", json_array{json_value(-(std::int64_t{1} << 53))}}};
        }) == "metadata");
  CHECK(refused([](auto& e) { e.metadata = json_array{}; }) == "metadata");
  CHECK(refused([](auto& e) { e.duration_ms = -1; }) == "duration");
  CHECK(refused([](auto& e) { e.sequence = -1; }) == "seq");
  CHECK(refused([](auto& e) { e.timestamp_ms = INT64_MIN; }) == "timestamp");
}

TEST_CASE("[AU-10] every change of an event changes its canonical bytes, and the order of members does not") {
  const audit_event event = make_event();
  const std::string bytes = to_canonical_bytes(event);
  CHECK(bytes ==
        R"({"action":"agents:create","actor":{"email":"ada@example.com","id":"u1","ip":"192.0.2.1","type":"user",)"
        R"("userAgent":"curl/8"},"duration":12,"id":"01a3185c-5000-7000-8000-000000000000","metadata":)"
        R"({"a":[true,null],"z":1},"outcome":"success","requestId":"r1","resource":{"id":"a1","name":"Agent",)"
        R"("type":"agent"},"seq":7,"sessionHash":"5f2a","timestamp":"2026-11-21T12:29:49.000Z"})");
  const auto changed = [&](auto change) {
    audit_event other = event;
    change(other);
    return to_canonical_bytes(other);
  };
  const std::vector<std::string> all{
      bytes,
      changed([](auto& e) { e.id += "1"; }),
      changed([](auto& e) { ++e.timestamp_ms; }),
      changed([](auto& e) { ++e.sequence; }),
      changed([](auto& e) { e.actor.type = audit_actor_type::system; }),
      changed([](auto& e) { e.actor.id = "u2"; }),
      changed([](auto& e) { e.actor.email.clear(); }),
      changed([](auto& e) { e.actor.ip = "::1"; }),
      changed([](auto& e) { e.actor.user_agent = "x"; }),
      changed([](auto& e) { e.action = "agents:read"; }),
      changed([](auto& e) { e.resource.reset(); }),
      changed([](auto& e) { e.resource->type = "workflow"; }),
      changed([](auto& e) { e.resource->id = "a2"; }),
      changed([](auto& e) { e.resource->name.clear(); }),
      changed([](auto& e) { e.outcome = audit_outcome::denied; }),
      changed([](auto& e) {
        e.metadata = json_object{{"z", 1}};
      }),
      changed([](auto& e) { e.metadata = json_value(); }),
      changed([](auto& e) { e.duration_ms = 13; }),
      changed([](auto& e) { e.duration_ms.reset(); }),
      changed([](auto& e) { e.request_id = "r2"; }),
      changed([](auto& e) { e.session_hash = "5f2b"; }),
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      INFO(i << " " << j);
      CHECK(all[i] != all[j]);
    }
  }
  CHECK(bytes == changed([](auto& e) { e.metadata = json_object{{"a", json_array{true, nullptr}}, {"z", 1}}; }));
}

TEST_CASE("canonical JSON sorts by UTF-16 code units and escapes as RFC 8785 says") {
  // The order of the example in §3.2.3.
  const auto value = parse_json(R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With )"
                                R"(Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",)"
                                R"("\u00f6":"Latin Small Letter O With Diaeresis"})");
  REQUIRE(value.has_value());
  CHECK(to_canonical_json_text(*value) ==
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With "
        "Diaeresis\",\"\u20ac\":\"Euro Sign\",\"\U0001f600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet "
        "With Dagesh\"}");
  const json_value escapes = json_array{std::string("\x08\t\n\x0c\r\x1f\x7f\"\\/", 10)};
  CHECK(to_canonical_json_text(escapes) == "[\"\\b\\t\\n\\f\\r\\u001f\x7f\\\"\\\\/\"]");
  CHECK(to_canonical_json_text(parse_json(R"({"b":1.50,"a":[-0,1e3,9223372036854775807]})").value()) ==
        R"({"a":[0,1e3,9223372036854775807],"b":1.50})");
  CHECK(to_canonical_json_text(json_object{{"\xff", 1}, {"a\xff", 2}, {"a", 3}}) ==
        "{\"a\":3,\"a\ufffd\":2,\"\ufffd\":1}");
}

TEST_CASE("a Merkle tree has the head of RFC 6962 at every size, and proves each of its leaves and no other") {
  const auto digest = digest_function(mix);
  std::vector<sha256_digest> leaves;
  merkle_tree tree;
  CHECK(tree.head(digest) == mix({}));
  for (std::size_t size = 1; size <= 40; ++size) {
    leaves.push_back(mix("leaf " + std::to_string(size)));
    tree.append(leaves.back(), digest);
    const sha256_digest root = tree.head(digest);
    REQUIRE(tree.size() == size);
    REQUIRE(root == tree_head(leaves));
    for (std::size_t i = 0; i < size; ++i) {
      auto path = inclusion_proof(leaves, i, digest);
      INFO(i << " of " << size);
      REQUIRE(verify_inclusion(leaves[i], i, size, path, root, digest));
      CHECK_FALSE(verify_inclusion(mix("other"), i, size, path, root, digest));
      CHECK_FALSE(verify_inclusion(leaves[i], size, size, path, root, digest));
      CHECK_FALSE(verify_inclusion(leaves[i], i, 4 * size, path, root, digest));
      path.push_back(root);
      CHECK_FALSE(verify_inclusion(leaves[i], i, size, path, root, digest));
      path.pop_back();
      if (path.empty()) continue;
      CHECK_FALSE(verify_inclusion(leaves[i], i ^ 1u, size, path, root, digest));
      path.front()[0] ^= 1;
      CHECK_FALSE(verify_inclusion(leaves[i], i, size, path, root, digest));
      path.pop_back();
      CHECK_FALSE(verify_inclusion(leaves[i], i, size, path, root, digest));
    }
  }
  CHECK(inclusion_proof(leaves, leaves.size(), digest).empty());
}

TEST_CASE("a chain of events ends elsewhere when one is changed, removed, added or moved") {
  const auto digest = digest_function(mix);
  const auto end_of = [&](const std::vector<audit_event>& events) {
    sha256_digest link = audit_chain_start;
    for (const audit_event& event : events) link = next_audit_link(link, leaf_hash(event, digest), digest);
    return link;
  };
  std::vector<audit_event> events(20, make_event());
  for (std::size_t i = 0; i < events.size(); ++i) events[i].sequence = static_cast<std::int64_t>(i + 1);
  const sha256_digest end = end_of(events);
  CHECK(end == end_of(events));
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto changed = events;
    changed[i].outcome = audit_outcome::denied;
    CHECK(end_of(changed) != end);
    changed = events;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(end_of(changed) != end);
    changed = events;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), events[0]);
    CHECK(end_of(changed) != end);
    changed = events;
    std::swap(changed[i], changed[(i + 1) % events.size()]);
    CHECK(end_of(changed) != end);
  }
  CHECK(to_leaf_bytes(events[0]) == std::string(1, '\0') + to_canonical_bytes(events[0]));
  CHECK(to_link_bytes(audit_chain_start, end).size() == 65);
  CHECK(to_link_bytes(audit_chain_start, end)[0] == 2);
}

TEST_CASE("[AU-14] an action pattern has one star, at its end") {
  CHECK(parse_action_pattern("agents:read") == action_pattern{"agents:read", false});
  CHECK(parse_action_pattern("auth.*") == action_pattern{"auth.", true});
  CHECK(parse_action_pattern("*") == action_pattern{"", true});
  for (const std::string& text : {std::string(), std::string("a*b"), std::string("**"), std::string("*.read"),
                                  std::string("a\0b*", 4), std::string(257, 'a'), std::string("\xff")}) {
    INFO(text);
    CHECK_FALSE(parse_action_pattern(text).has_value());
  }
}

TEST_CASE("times of a filter are dates or instants, and nothing else") {
  CHECK(to_iso_time(parse_audit_time("2026-11-21", day_edge::first_millisecond).value()) == "2026-11-21T00:00:00.000Z");
  CHECK(to_iso_time(parse_audit_time("2026-11-21", day_edge::last_millisecond).value()) == "2026-11-21T23:59:59.999Z");
  CHECK(parse_audit_time("1970-01-01T00:00:01Z", day_edge::last_millisecond) == 1'000);
  CHECK(parse_audit_time("1970-01-01T00:00:00.007Z", day_edge::last_millisecond) == 7);
  for (const char* text :
       {"", "2026", "2026-02-30", "2026-11-21T12:00:00", "2026-11-21T12:00:00+0", "2026-11-21 12:00:00Z",
        "2026-11-21T12:00:00.000Zx", "0000-00-00", "2026-11-21T24:00:00.000Z"}) {
    INFO(text);
    CHECK_FALSE(parse_audit_time(text, day_edge::first_millisecond).has_value());
  }
}

}  // namespace latchkey
