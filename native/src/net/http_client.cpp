// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/net/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "http/text.h"
#include "net/pipe_signal.h"

namespace latchkey::native {
namespace {

constexpr std::size_t max_header_bytes = 64 * 1024;

struct free_handle {
  void operator()(CURL* handle) const noexcept {
    // Says goodbye to servers that may have gone.
    const pipe_signal_guard guard;
    curl_easy_cleanup(handle);
  }
};
struct free_list {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct free_url {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using handle_pointer = std::unique_ptr<CURL, free_handle>;
using header_pointer = std::unique_ptr<curl_slist, free_list>;

/** Idle handles, each with the connections it has open. */
class handle_pool {
 public:
  explicit handle_pool(http_client_options options) : options_(std::move(options)) {}

  [[nodiscard]] handle_pointer take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return handle_pointer(curl_easy_init());
    handle_pointer handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }
  void give_back(handle_pointer handle) {
    // Forgets the request, keeps the connections.
    curl_easy_reset(handle.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < options_.max_idle_handles) idle_.push_back(std::move(handle));
  }
  [[nodiscard]] const http_client_options& options() const noexcept { return options_; }

 private:
  http_client_options options_;
  std::mutex mutex_;
  std::vector<handle_pointer> idle_;
};

struct target_address {
  std::string host;
  bool is_loopback = false;
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

tl::unexpected<error> never_sent(std::string message, std::string field) {
  return fail(errc::argument_invalid, std::move(message), std::move(field));
}

// By name or number only: what `x.localhost` or any other name resolves to is for others to decide.
bool is_loopback(std::string_view host) {
  if (equals_ignoring_case(host, "localhost") || host == "[::1]") return true;
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

result<target_address> check_url(const std::string& text) {
  const std::unique_ptr<CURLU, free_url> url(curl_url());
  // libcurl itself takes what it can guess; an address with blanks or control characters is nobody's.
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
  if (!url || !is_plain || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return never_sent("The address is no URL.", "url");
  }
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty()) {
    return never_sent("The address holds a user name: send credentials in a header.", "url");
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  target_address target{part_of(url.get(), CURLUPART_HOST), false};
  target.is_loopback = is_loopback(target.host);
  if (scheme != "https" && !(scheme == "http" && target.is_loopback)) {
    return never_sent("Only https, and http to a loopback address, are called; not " + scheme + "://" + target.host,
                      "url");
  }
  return target;
}

bool is_header_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

result<header_pointer> to_list(const header_list& headers) {
  header_pointer list;
  // Without this line libcurl waits for a server to approve of a longer body.
  std::vector<std::string> lines{"Expect:"};
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || !is_header_value(value)) return never_sent("A header is no header.", name);
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  for (const auto& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return fail(errc::internal, "There is no memory for a request's headers.");
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

/** What comes in, and its limits. */
struct receiver {
  http_client_response response;
  std::size_t max_body_bytes = 0;
  std::size_t header_bytes = 0;
  bool is_over = false;
};

// libcurl is C: nothing may be thrown through it, and anything but the count of bytes ends the transfer.
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) noexcept {
  auto& into = *static_cast<receiver*>(data);
  const std::size_t length = size * count;
  try {
    into.is_over = into.is_over || length > into.max_body_bytes - into.response.body.size();
    if (into.is_over) return 0;
    into.response.body.append(bytes, length);
    return length;
  } catch (...) {
    return 0;
  }
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* data) noexcept {
  auto& into = *static_cast<receiver*>(data);
  const std::size_t length = size * count;
  try {
    into.header_bytes += length;
    into.is_over = into.is_over || into.header_bytes > max_header_bytes;
    if (into.is_over) return 0;
    std::string_view line(bytes, length);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    // A status line begins the headers of the final answer, after those of a 100 or of a proxy.
    if (line.starts_with("HTTP/")) into.response.headers.clear();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with("HTTP/")) return length;
    into.response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    return length;
  } catch (...) {
    return 0;
  }
}

bool set_options(CURL* handle, const http_client_request& request, const http_client_options& options,
                 const target_address& target, curl_slist* headers, receiver& into) {
  bool done = true;
  const auto set = [&](CURLoption option, auto value) {
    done = done && curl_easy_setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, target.is_loopback ? "http,https" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.limits.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.limits.total_timeout.count()));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  // What is on this machine is not for a proxy that the environment names.
  if (target.is_loopback) set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_USERAGENT, "latchkey");
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &into);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, &into);
  if (request.method == "POST") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  return done;
}

result<http_client_response> perform(CURL* handle, const target_address& target, receiver& into) {
  const CURLcode code = [handle] {
    const pipe_signal_guard guard;
    return curl_easy_perform(handle);
  }();
  if (into.is_over) return fail(errc::response_invalid, "The answer of " + target.host + " is over the size limit.");
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(errc::network, target.host + " did not answer in time.");
  if (code != CURLE_OK) {
    return fail(errc::network, "The call to " + target.host + " failed: " + curl_easy_strerror(code) + ".");
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  into.response.status = static_cast<int>(status);
  return std::move(into.response);
}

result<http_client_response> call(handle_pool& pool, const http_client_request& request) {
  if (request.method != "GET" && request.method != "POST") {
    return never_sent("Only GET and POST are called.", "method");
  }
  if (request.limits.connect_timeout.count() <= 0 || request.limits.total_timeout.count() <= 0) {
    return never_sent("A call needs time: 0 would mean for ever.", "limits");
  }
  const auto target = check_url(request.url);
  if (!target) return tl::unexpected<error>(target.error());
  auto headers = to_list(request.headers);
  if (!headers) return fail(std::move(headers));
  handle_pointer handle = pool.take();
  if (!handle) return fail(errc::internal, "libcurl gave no handle.");
  receiver into;
  into.max_body_bytes = request.limits.max_response_bytes;
  if (!set_options(handle.get(), request, pool.options(), *target, headers->get(), into)) {
    return fail(errc::internal, "libcurl does not know an option that is needed for a safe call.");
  }
  auto answer = perform(handle.get(), *target, into);
  pool.give_back(std::move(handle));
  return answer;
}

bool start_curl() {
  static const bool started = [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return false;
    const auto* version = curl_version_info(CURLVERSION_NOW);
    return version != nullptr && (version->features & CURL_VERSION_SSL) != 0;
  }();
  return started;
}

}  // namespace

std::string_view http_client_response::header(std::string_view name) const noexcept {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const auto& entry) { return equals_ignoring_case(entry.first, name); });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

result<http_client> make_http_client(http_client_options options) {
  if (!start_curl()) return fail(errc::crypto_failed, "libcurl can't be used, or has no TLS.");
  if (!options.ca_file.empty() && !std::ifstream(options.ca_file).good()) {
    return fail(errc::configuration_invalid, "The file of certificate authorities can't be read.", "ca_file");
  }
  auto pool = std::make_shared<handle_pool>(std::move(options));
  return http_client([pool](const http_client_request& request) { return call(*pool, request); });
}

}  // namespace latchkey::native
