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
BENCHMARK(check)->Arg(8)->Arg(100'000);

// The limit: one look-up of the whole text in a hash set, without any rule.
void set_lookup(benchmark::State& state) {
  const auto grants = make_grants(state.range(0));
  const std::unordered_set<std::string> set(grants.begin(), grants.end());
  const auto questions = make_questions(grants);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(set.contains(questions[i++ & 1023]));
}
BENCHMARK(set_lookup)->Arg(8)->Arg(100'000);

// What a first version usually does: parse and compare with every grant.
void naive_loop(benchmark::State& state) {
  const auto grants = make_grants(state.range(0));
  const auto questions = make_questions(grants);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& question = questions[i++ & 1023];
    bool covered = false;
    for (const std::string& grant : grants) covered = covered || grant == question;
    benchmark::DoNotOptimize(covered);
  }
}
BENCHMARK(naive_loop)->Arg(8);

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

void cookie_hostile(benchmark::State& state) {
  std::string header;
  while (header.size() < 8192 - 100) header += std::string(80, '=') + ";";
  header += "mastra_session=x";
  for (auto _ : state) benchmark::DoNotOptimize(latchkey::find_cookie(header, "mastra_session"));
}
BENCHMARK(cookie_hostile);

}  // namespace
