// SPDX-License-Identifier: Apache-2.0
// The costs of core beside what they can't go below. Names are the rows of bench/run.mjs.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <unordered_set>
#include <vector>

#include "latchkey/cookie.h"
#include "latchkey/permission.h"

namespace {

using latchkey::grant_set;

// Grants as real roles have them: namespaces, actions, some resources.
std::vector<std::string> make_grants(std::int64_t count) {
  static constexpr std::array<const char*, 5> actions = {"read", "write", "execute", "delete", "publish"};
  std::vector<std::string> grants;
  for (std::int64_t i = 0; i < count; ++i) {
    std::string grant = "namespace-" + std::to_string(i / 5);
    grant.append(":").append(actions[static_cast<std::size_t>(i % 5)]);
    grants.push_back(std::move(grant));
  }
  return grants;
}

// Different permissions in turn, half of them granted, so that nothing is answered from a branch predictor alone.
std::vector<std::string> make_questions(const std::vector<std::string>& grants) {
  std::vector<std::string> questions;
  for (std::size_t i = 0; i < 1024; ++i) {
    const std::string& grant = grants[(i * 7919) % grants.size()];
    questions.push_back(i % 2 == 0 ? grant : grant + "x");
  }
  return questions;
}

void check(benchmark::State& state) {
  const auto grants = make_grants(state.range(0));
  const auto set = grant_set::compile(std::span<const std::string>(grants));
  const auto questions = make_questions(grants);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(set->covers(questions[i++ & 1023]));
}
BENCHMARK(check)->Arg(5)->Arg(8)->Arg(100)->Arg(10'000)->Arg(100'000);

// The limit: one look-up of the whole text in a hash set, without any rule.
void set_lookup(benchmark::State& state) {
  const auto grants = make_grants(state.range(0));
  const std::unordered_set<std::string> set(grants.begin(), grants.end());
  const auto questions = make_questions(grants);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(set.contains(questions[i++ & 1023]));
}
BENCHMARK(set_lookup)->Arg(5)->Arg(8)->Arg(100)->Arg(10'000)->Arg(100'000);

// What a first version usually does: go through the grants, splitting each at its colon.
bool naive_covers(const std::string& grant, const std::string& question) {
  if (grant == "*" || grant == question) return true;
  const std::size_t colon = grant.find(':');
  return colon != std::string::npos && grant.compare(colon + 1, std::string::npos, "*") == 0 &&
         question.compare(0, colon + 1, grant, 0, colon + 1) == 0;
}

void naive_loop(benchmark::State& state) {
  const auto grants = make_grants(state.range(0));
  const auto questions = make_questions(grants);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& question = questions[i++ & 1023];
    bool covered = false;
    for (std::size_t at = 0; at < grants.size() && !covered; ++at) covered = naive_covers(grants[at], question);
    benchmark::DoNotOptimize(covered);
  }
}
BENCHMARK(naive_loop)->Arg(5)->Arg(8)->Arg(100)->Arg(10'000)->Arg(100'000);

std::string cookie_header() {
  std::string header;
  for (int i = 0; i < 19; ++i)
    header += "preference_" + std::to_string(i) + "=value-of-some-length-" + std::to_string(i) + "; ";
  return header + "mastra_session=" + std::string(300, 'A');
}

void cookie_find(benchmark::State& state) {
  const std::string header = cookie_header();
  for (auto _ : state) benchmark::DoNotOptimize(latchkey::find_cookie(header, "mastra_session"));
}
BENCHMARK(cookie_find);

// The limit: finding the text alone.
void cookie_scan(benchmark::State& state) {
  const std::string header = cookie_header();
  for (auto _ : state) benchmark::DoNotOptimize(header.find("mastra_session="));
}
BENCHMARK(cookie_scan);

// Headers that look for a weak spot, the session's cookie last; the same as in peers/cookies.mjs.
constexpr std::array<const char*, 6> hostile_pieces = {";", "=;", "a;", "a=;", "\"\\\";", "%00=%;"};

std::string hostile_piece(std::size_t shape, std::size_t index, std::size_t bytes) {
  if (shape < hostile_pieces.size()) return hostile_pieces[shape];
  if (shape == hostile_pieces.size()) return "k" + std::to_string(index) + "=%;";  // other names each time
  return std::string(bytes / 90, '=') + ";";  // less than the limit of 100 pieces, so that every byte is looked at
}

void cookie_hostile(benchmark::State& state) {
  constexpr std::string_view last = "mastra_session=x";
  const auto bytes = static_cast<std::size_t>(state.range(1));
  std::string header;
  for (std::size_t i = 0;; ++i) {
    const std::string piece = hostile_piece(static_cast<std::size_t>(state.range(0)), i, bytes);
    if (header.size() + piece.size() + last.size() > bytes) break;
    header += piece;
  }
  header += last;
  for (auto _ : state) benchmark::DoNotOptimize(latchkey::find_cookie(header, "mastra_session"));
}
BENCHMARK(cookie_hostile)->ArgsProduct({{0, 1, 2, 3, 4, 5, 6, 7}, {8192, 16'384}});

}  // namespace
