// SPDX-License-Identifier: Apache-2.0
// Core's answers to the pairs of permission_pairs.mjs, for it to compare. The pairs are not sent: both sides make them
// from the same rule (README.md beside this file), and only the answers, as bits, go to the standard output.
//
//   latchkey_permission_pairs exhaustive <most parts> <part>...
//   latchkey_permission_pairs random <words.json> <seed> <first chunk> <chunks>
//   latchkey_permission_pairs properties <words.json> <seed> <first chunk> <chunks>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "latchkey/json_codec.h"
#include "latchkey/permission.h"
#include "sequence.h"

namespace latchkey::reference {
namespace {

constexpr int groups_per_chunk = 4096;
constexpr std::size_t required_per_group = 16;

[[noreturn]] void stop(const std::string& reason) {
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::exit(2);
}

struct vocabulary {
  std::vector<std::string> words;    // each a valid namespace, action and resource
  std::vector<std::string> strange;  // parts that are rarely, or never, valid
};

vocabulary read_vocabulary(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto parsed = parse_json(text);
  if (!parsed || parsed->find("words") == nullptr || parsed->find("strange") == nullptr) stop("no words to read");
  auto words = to_string_list(*parsed->find("words"), "words");
  auto strange = to_string_list(*parsed->find("strange"), "strange");
  if (!words || !strange) stop("the words are no lists of strings");
  return {std::move(*words), std::move(*strange)};
}

struct group {
  std::vector<std::string> grants;
  namespace_aliases aliases;
  std::vector<std::string> required;
  std::string extra;  // one more grant, for the properties
};

// Draws exactly what `drawGroup` draws.
class group_maker {
 public:
  group_maker(const vocabulary& words, sequence& random) : words_(words), random_(random) {}

  group next() {
    for (const std::string*& name : names_) name = &random_.of(words_.words);
    wide_ = random_.once(16);
    const bool odd = random_.once(4);
    group made;
    const bool many = random_.once(64);
    const std::uint32_t count = random_.once(2) ? 1 : 1 + random_.pick(8);
    for (std::uint32_t i = 0; i < (many ? 60 : count); ++i) made.grants.push_back(text(odd ? 24 : 0));
    if (random_.once(4)) {
      made.aliases.push_back({*names_[0], {*names_[1], *names_[2]}});
      // A table whose target is an alias itself: what was added is not expanded again.
      if (random_.once(4) && *names_[1] != *names_[0]) made.aliases.push_back({*names_[1], {*names_[2]}});
    }
    for (std::size_t i = 0; i < required_per_group; ++i) made.required.push_back(text(odd ? 8 : 32));
    made.extra = text(0);
    return made;
  }

 private:
  const std::string& part(std::size_t strange_once_in) {
    static const std::string wildcard = "*";
    if (strange_once_in > 0 && random_.once(strange_once_in)) return random_.of(words_.strange);
    const std::uint32_t choice = random_.pick(4);
    if (choice == 3) return wildcard;
    return wide_ ? random_.of(words_.words) : *names_[choice];
  }

  std::string text(std::size_t strange_once_in) {
    static constexpr int part_counts[] = {1, 2, 2, 2, 3, 3, 3, 4};
    std::string made;
    for (int left = random_.of(part_counts); left > 0; --left) {
      made += part(strange_once_in);
      if (left > 1) made += ':';
    }
    return made;
  }

  const vocabulary& words_;
  sequence& random_;
  const std::string* names_[3] = {};
  bool wide_ = false;
};

void write(const std::vector<unsigned char>& bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) stop("the answers could not be written");
}

// One byte: whether the grants compile; then a bit for each required text.
void append_answers(std::vector<unsigned char>& out, const result<grant_set>& set,
                    const std::vector<std::string>& required) {
  out.push_back(set.has_value() ? 1 : 0);
  for (std::size_t i = 0; i < required.size(); ++i) {
    if (i % 8 == 0) out.push_back(0);
    if (set && set->covers(required[i])) out.back() = static_cast<unsigned char>(out.back() | 1u << (i % 8));
  }
}

std::vector<std::string> all_texts(int most_parts, const std::vector<std::string>& parts) {
  std::vector<std::string> all = parts;
  std::vector<std::string> last = parts;
  for (int i = 1; i < most_parts; ++i) {
    std::vector<std::string> longer;
    for (const std::string& head : last) {
      for (const std::string& part : parts) longer.push_back(head + ":" + part);
    }
    all.insert(all.end(), longer.begin(), longer.end());
    last = std::move(longer);
  }
  return all;
}

void answer_exhaustive(int most_parts, const std::vector<std::string>& parts) {
  const std::vector<std::string> all = all_texts(most_parts, parts);
  std::vector<unsigned char> answers;
  for (const std::string& grant : all) append_answers(answers, grant_set::compile({&grant, 1}), all);
  write(answers);
}

void answer_random(const vocabulary& words, std::uint32_t seed, std::uint32_t first, std::uint32_t chunks) {
  for (std::uint32_t chunk = first; chunk < first + chunks; ++chunk) {
    sequence random(seed, chunk);
    group_maker maker(words, random);
    std::vector<unsigned char> answers;
    for (int i = 0; i < groups_per_chunk; ++i) {
      const group made = maker.next();
      append_answers(answers, grant_set::compile(made.grants, made.aliases), made.required);
    }
    write(answers);
  }
}

[[noreturn]] void violated(const char* property, const group& made, const std::string& required) {
  json_array grants(made.grants.begin(), made.grants.end());
  json_object aliases;
  for (const auto& [name, targets] : made.aliases)
    aliases.emplace_back(name, json_array(targets.begin(), targets.end()));
  std::fprintf(stderr, "%s: %s\n", property,
               to_json_text(json_object{{"grants", std::move(grants)},
                                        {"aliases", std::move(aliases)},
                                        {"extra", made.extra},
                                        {"required", required}})
                   .c_str());
  std::exit(1);
}

grant_set compile_or_stop(const std::vector<std::string>& grants, const namespace_aliases& aliases) {
  auto set = grant_set::compile(grants, aliases);
  if (!set) stop("a set of valid grants does not compile");
  return std::move(*set);
}

// The answers that say something about one another; what is right is compared elsewhere.
void check_group(const group& made, sequence& random) {
  const grant_set set = compile_or_stop(made.grants, made.aliases);
  std::vector<std::string> more = made.grants;
  more.insert(more.begin() + random.pick(more.size() + 1), made.extra);
  const grant_set larger = compile_or_stop(more, made.aliases);
  std::vector<std::string> mixed = made.grants;
  mixed.insert(mixed.end(), made.grants.begin(), made.grants.end());
  for (std::size_t i = mixed.size() - 1; i > 0; --i) std::swap(mixed[i], mixed[random.pick(i + 1)]);
  const grant_set reordered = compile_or_stop(mixed, made.aliases);
  std::vector<grant_set> single;
  for (const std::string& grant : made.grants) single.push_back(compile_or_stop({grant}, made.aliases));
  for (const std::string& required : made.required) {
    const bool answer = set.covers(required);
    if (answer && !larger.covers(required)) violated("a further grant took an answer away", made, required);
    if (answer != reordered.covers(required)) violated("order or repetition changed an answer", made, required);
    bool one_covers = false;
    for (const grant_set& one : single) one_covers = one_covers || one.covers(required);
    if (answer != one_covers) violated("several grants combined", made, required);
    const explanation why = set.explain(required);
    if (why.allowed != answer) violated("the explanation says otherwise", made, required);
    if (answer && !compile_or_stop({why.grant}, made.aliases).covers(required)) {
      violated("the grant of the explanation does not cover", made, required);
    }
  }
}

void check_properties(const vocabulary& words, std::uint32_t seed, std::uint32_t first, std::uint32_t chunks) {
  std::uint64_t cases = 0;
  std::uint64_t allowed = 0;
  for (std::uint32_t chunk = first; chunk < first + chunks; ++chunk) {
    sequence random(seed, chunk);
    group_maker maker(words, random);
    for (int i = 0; i < groups_per_chunk; ++i) {
      const group made = maker.next();
      const auto set = grant_set::compile(made.grants, made.aliases);
      if (!set || !is_valid_permission(made.extra)) continue;
      check_group(made, random);
      cases += made.required.size();
      for (const std::string& required : made.required) allowed += set->covers(required) ? 1 : 0;
    }
  }
  std::printf("{\"cases\":%llu,\"allowed\":%llu}\n", static_cast<unsigned long long>(cases),
              static_cast<unsigned long long>(allowed));
}

std::uint32_t number(const char* text) { return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)); }

int run(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "exhaustive" && argc > 3) {
    answer_exhaustive(std::atoi(argv[2]), {argv + 3, argv + argc});
  } else if ((mode == "random" || mode == "properties") && argc == 6) {
    const auto act = mode == "random" ? answer_random : check_properties;
    act(read_vocabulary(argv[2]), number(argv[3]), number(argv[4]), number(argv[5]));
  } else {
    stop("usage: exhaustive <most parts> <part>... | random|properties <words.json> <seed> <first chunk> <chunks>");
  }
  return 0;
}

}  // namespace
}  // namespace latchkey::reference

int main(int argc, char** argv) { return latchkey::reference::run(argc, argv); }
