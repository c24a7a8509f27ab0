// SPDX-License-Identifier: Apache-2.0
#include "secret_file.h"

#include <fstream>

#include "environment.h"
#include "latchkey/session.h"
#include "support.h"

using namespace latchkey;
using namespace latchkey::app;
using namespace latchkey::testing;

namespace {

const std::string first = "fZ3v9Qk1tYp7Lr2WmXc8Hb5NsJd0GuEa6TiKoPqRyVw";
const std::string second = "k3Jx9-Vq2LmN7_pRtYwZ8sUaBcDfGhKe5oQiXv1n4M0";

}  // namespace

TEST_CASE("a file of secrets keeps their dates, and servers read the secrets alone", "[keys]") {
  temporary_folder folder;
  const std::string path = folder.file("secret");
  const std::int64_t made = 1'796'000'000'000;
  const std::vector<dated_secret> secrets{
      {first, {made, {}}}, {second, {made - 1'000, made}}, {first, {{}, made}}, {second, {}}};
  must(write_dated_secrets(path, secrets));
  const auto read = must(read_dated_secrets(path));
  REQUIRE(read.size() == secrets.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    CHECK(read[i].secret == secrets[i].secret);
    CHECK(read[i].dates == secrets[i].dates);
  }
  CHECK(must(read_secret_file(path)) == std::vector<std::string>{first, second, first, second});
}

TEST_CASE("only a whole line of dates is none of a secret", "[keys]") {
  const std::string time = "2026-12-01T02:50:02.000Z";
  CHECK(parse_dates_line("# made " + time).has_value());
  CHECK(parse_dates_line("# sealed until " + time).has_value());
  CHECK(parse_dates_line("# made " + time + ", sealed until " + time).has_value());
  const std::vector<std::string> none{"# made",         "# made " + time + " ",  "# made  " + time, "#made " + time,
                                      "# made today",   "# made " + time + ", ", "# " + first,      first,
                                      std::string("# ")};
  for (const std::string& secret : none) {
    CAPTURE(secret);
    CHECK_FALSE(parse_dates_line(secret).has_value());
  }
  temporary_folder folder;
  const std::string path = folder.file("secret");
  std::ofstream(path) << "# made " << time << "\n";
  CHECK(read_dated_secrets(path).error().message.find("is empty") != std::string::npos);
}
