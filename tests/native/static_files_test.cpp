// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/server/static_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "native/http_support.h"

namespace latchkey::native::testing {
namespace {

namespace fs = std::filesystem;

/** A folder of files that is gone afterwards. */
struct folder {
  fs::path path = fs::temp_directory_path() / ("latchkey-static-" + std::to_string(::getpid()));
  folder() { fs::create_directories(path / "assets"); }
  ~folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
};

TEST_CASE("a studio's files are served by exact path with their types and caching") {
  folder made;
  made.write("index.html", "<!doctype html>studio");
  made.write("studio.js", "import 'x'");
  made.write("assets/app-4F2KQ7XM.js", "hashed");
  made.write("latchkey.wasm", std::string("\0asm", 4));
  made.write(".env", "secret");
  made.write("studio.js.map", "{}");
  fs::create_symlink("/etc/hostname", made.path / "link.txt");
  auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  files->set_pages({"/login"});
  CHECK(files->size() == 4);
  const auto get = [&files](const std::string& path) { return files->find(world::request("GET", path), false); };

  for (const char* page : {"/", "/login", "/index.html"}) {
    CHECK(get(page)->body == "<!doctype html>studio");
    CHECK(header_of(*get(page), "Content-Type") == "text/html; charset=utf-8");
    CHECK(header_of(*get(page), "Cache-Control") == "no-cache");
    const auto csp = header_of(*get(page), "Content-Security-Policy");
    CHECK(csp.find("script-src 'self' 'wasm-unsafe-eval';") != std::string::npos);
    CHECK(csp.find("unsafe-inline") == std::string::npos);
  }
  CHECK(header_of(*get("/latchkey.wasm"), "Content-Type") == "application/wasm");
  CHECK(header_of(*get("/studio.js"), "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header_of(*get("/assets/app-4F2KQ7XM.js"), "Cache-Control") == "public, max-age=31536000, immutable");
  for (const char* path :
       {"/.env", "/link.txt", "/studio.js.map", "/assets", "/assets/", "/login/", "//login", "/Login", "/%6cogin",
        "/../etc/passwd", "/assets/../index.html", "/index.html;x", "/signup", ""}) {
    INFO(path);
    CHECK_FALSE(get(path).has_value());
  }
}

TEST_CASE("a file that has not changed is not sent again, and nothing but reading is allowed") {
  folder made;
  made.write("index.html", "page");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  const auto first = files->find(world::request("GET", "/"), true);
  auto again = world::request("GET", "/");
  again.headers.emplace_back("If-None-Match", header_of(*first, "ETag"));
  CHECK(files->find(again, true)->status == 304);
  CHECK(files->find(again, true)->body.empty());
  CHECK(header_of(*files->find(again, true), "Strict-Transport-Security") == "max-age=31536000");
  const auto head = files->find(world::request("HEAD", "/"), false);
  CHECK(head->body.empty());
  CHECK(header_of(*head, "Content-Length") == "4");
  const auto post = files->find(world::request("POST", "/"), false);
  CHECK(post->status == 405);
  CHECK(header_of(*post, "Allow") == "GET, HEAD");
}

TEST_CASE("the root is a page even where no studio is mounted") {
  const static_files none;
  CHECK(none.find(world::request("GET", "/"), false)->status == 200);
  CHECK_FALSE(none.find(world::request("GET", "/login"), false).has_value());
}

TEST_CASE("a folder that can't be a studio is refused with the reason") {
  folder made;
  CHECK(static_files::load(made.path.string()).error().message.find("index.html") != std::string::npos);
  CHECK(static_files::load((made.path / "none").string()).error().code == errc::configuration_invalid);
}

}  // namespace
}  // namespace latchkey::native::testing
