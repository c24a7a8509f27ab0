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
  REQUIRE(files->set_pages({"/login"}).has_value());
  CHECK(files->size() == 4);
  const auto get = [&files](const std::string& path) { return files->find(world::request("GET", path), false); };

  for (const char* page : {"/", "/login", "/index.html"}) {
    CHECK(get(page)->content() == "<!doctype html>studio");
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
  CHECK(files->find(again, true)->content().empty());
  CHECK(header_of(*files->find(again, true), "Strict-Transport-Security") == "max-age=31536000");
  const auto head = files->find(world::request("HEAD", "/"), false);
  CHECK(head->content().empty());
  CHECK(header_of(*head, "Content-Length") == "4");
  const auto post = files->find(world::request("POST", "/"), false);
  CHECK(post->status == 405);
  CHECK(header_of(*post, "Allow") == "GET, HEAD, OPTIONS");
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

TEST_CASE("answers share a file's bytes") {
  folder made;
  made.write("index.html", "page");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  const auto first = files->find(world::request("GET", "/"), false);
  const auto second = files->find(world::request("GET", "/index.html"), false);
  REQUIRE(first->shared_body != nullptr);
  CHECK(first->shared_body == second->shared_body);
  CHECK(first->body.empty());
}

TEST_CASE("files of any name are reached as browsers spell it, and in no other way") {
  folder made;
  made.write("index.html", "page");
  fs::create_directories(made.path / "chunks" / "[id]");
  fs::create_directories(made.path / "(group)" / "@slot");
  made.write("chunks/[id]/page-1a2b3c4d.js", "bracket");
  made.write("(group)/@slot/a.js", "slot");
  made.write("assets/My Logo.png", "logo");
  made.write("assets/\xc3\xa4.txt", "umlaut");
  made.write("assets/100%.txt", "percent");
  made.write("assets/a?b#c.txt", "marks");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  CHECK(files->left_out().empty());
  const auto get = [&files](const std::string& path) -> std::string {
    const auto found = files->find(world::request("GET", path), false);
    return found ? std::string(found->content()) : "none";
  };
  const auto sent = [&files](const char* path) {
    http_request made_request;
    made_request.method = "GET";
    made_request.path = path;
    const auto found = files->find(made_request, false);
    return found ? std::string(found->content()) : "none";
  };
  CHECK(get("/chunks/[id]/page-1a2b3c4d.js") == "bracket");
  CHECK(get("/chunks/%5Bid%5D/page-1a2b3c4d.js") == "bracket");
  CHECK(get("/(group)/@slot/a.js") == "slot");
  CHECK(get("/(group)/%40slot/a.js") == "slot");
  CHECK(get("/assets/My%20Logo.png") == "logo");
  CHECK(get("/assets/%C3%A4.txt") == "umlaut");
  CHECK(get("/assets/100%25.txt") == "percent");
  CHECK(sent("/assets/a%3Fb%23c.txt") == "marks");
  for (const char* path :
       {"/chunks/%5Bid%5D%2Fpage-1a2b3c4d.js", "/chunks%2f[id]/page-1a2b3c4d.js", "/chunks/%5Bid%5D/p%61ge-1a2b3c4d.js",
        "/assets/100%.txt", "/assets/100%2525.txt", "/assets/My+Logo.png", "/assets/My%20Logo%2Epng",
        "/%2e%2e/index.html", "/assets/%2e%2e/index.html", "/assets/..%5cindex.html", "/assets/%00", "/assets/%5", "/%",
        "/assets/My%20Logo.png%00", "//assets/My%20Logo.png"}) {
    INFO(path);
    CHECK(sent(path) == "none");
  }
}

TEST_CASE("what is left out is told with the reason") {
  folder made;
  made.write("index.html", "page");
  made.write(".env", "secret");
  made.write("a.js.map", "{}");
  made.write("tab\there.txt", "x");
  made.write("back\\slash.txt", "x");
  made.write("latin\xe4.txt", "x");
  fs::create_symlink("/etc/hostname", made.path / "link.txt");
  fs::create_directory_symlink("/etc", made.path / "linked");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  CHECK(files->size() == 1);
  std::vector<std::string> told;
  for (const auto& one : files->left_out()) told.push_back(one.path + " " + one.reason);
  CHECK(told == std::vector<std::string>{
                    "/.env is hidden", "/a.js.map is a source map",
                    "/back\\slash.txt has a name that no address can hold",
                    "/latin\xe4.txt has a name that is not UTF-8", "/link.txt is no regular file of this folder",
                    "/linked is no regular file of this folder", "/tab\there.txt has a name that no address can hold"});
}

TEST_CASE("pages are the application's own files first, then the paths that it is told to route") {
  folder made;
  made.write("index.html", "root");
  made.write("about.html", "about");
  fs::create_directories(made.path / "agents");
  made.write("agents/index.html", "agents");
  auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  const auto get = [&files](const std::string& path) -> std::string {
    const auto found = files->find(world::request("GET", path), false);
    return found ? std::string(found->content()) : "none";
  };
  CHECK(get("/agents") == "agents");
  CHECK(get("/agents/") == "agents");
  CHECK(get("/about") == "about");
  for (const char* path : {"/settings", "/agents/weather", "/about/", "/agents//"}) CHECK(get(path) == "none");

  REQUIRE(files->set_pages({"/settings", "/agents/*"}).has_value());
  CHECK(get("/settings") == "root");
  CHECK(get("/agents/weather") == "root");
  CHECK(get("/agents/weather/run%2F1") == "none");
  CHECK(get("/agents/weather/1") == "root");
  CHECK(get("/agents") == "agents");
  CHECK(get("/agents/index.html") == "agents");
  CHECK(get("/settings/") == "none");
  CHECK(get("/agentsx") == "none");
  for (const char* bad : {"settings", "", "/a*", "/*/a", "/a?b", "//a", "/a b", "/\xc3\xa4", "/a\\b"}) {
    INFO(bad);
    const auto refused = files->set_pages({bad});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::configuration_invalid);
  }
  CHECK(get("/settings") == "root");
}

TEST_CASE("If-None-Match may be a list, a star or a weak tag") {
  folder made;
  made.write("index.html", "page");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  const std::string tag = header_of(*files->find(world::request("GET", "/"), false), "ETag");
  const auto status = [&files](const std::string& value, const char* method = "GET") {
    auto request = world::request(method, "/");
    request.headers.emplace_back("If-None-Match", value);
    return files->find(request, false)->status;
  };
  for (const std::string& value :
       {tag, "W/" + tag, "*" + std::string(), "\"a\", " + tag, "\"a\",W/" + tag + " , \"b\"", " " + tag}) {
    INFO(value);
    CHECK(status(value) == 304);
    CHECK(status(value, "HEAD") == 304);
  }
  for (const std::string& value :
       {std::string(), std::string("\"a\""), tag.substr(1), std::string("W/\"a\", \"b\""), std::string(",,")}) {
    INFO(value);
    CHECK(status(value) == 200);
  }
}

TEST_CASE("HEAD has the headers of GET, and a range is answered with all of it") {
  folder made;
  made.write("index.html", "page");
  const auto files = static_files::load(made.path.string());
  REQUIRE(files.has_value());
  const auto get = files->find(world::request("GET", "/"), false);
  auto head = files->find(world::request("HEAD", "/"), false);
  std::erase_if(head->headers, [](const auto& entry) { return entry.first == "Content-Length"; });
  CHECK(head->headers == get->headers);
  CHECK(header_of(*get, "Accept-Ranges") == "none");
  auto part = world::request("GET", "/");
  part.headers.emplace_back("Range", "bytes=0-1");
  CHECK(files->find(part, false)->status == 200);
  CHECK(files->find(part, false)->content() == "page");
}

}  // namespace
}  // namespace latchkey::native::testing
