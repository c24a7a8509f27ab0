// SPDX-License-Identifier: Apache-2.0
#include "latchkey/native/server/http_host.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <ctime>
#include <unordered_map>
#include <utility>

#include "http/client_address.h"
#include "http/refusal.h"
#include "http/request_target.h"
#include "latchkey/native/http/auth_server.h"
#include "server/connection.h"
#include "server/response_text.h"
#include "worker_pool.h"

namespace latchkey::native {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/** Out of descriptors or memory: accepting again at once would only spin. */
constexpr std::chrono::milliseconds accept_pause{100};

/** Of few connections a quarter would be less than one office behind one address needs. */
constexpr std::size_t least_share = 64;

std::size_t blocking_threads_of(const http_host_options& options) {
  if (options.blocking_threads > 0) return options.blocking_threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 8);
}

void complete_safely(const http_host_handler& handler, const http_request& request, http_response& response) noexcept {
  try {
    if (handler.complete) handler.complete(request, response);
  } catch (...) {
    // The answer is whole without it.
  }
}

http_response word_refusal(const http_host_handler& handler, errc code, const http_request& received) noexcept {
  try {
    if (handler.refuse) return handler.refuse(code, received);
  } catch (...) {
    // The plain refusal below says the same.
  }
  return refusal_response(code, false);
}

http_response refuse_safely(const http_host_handler& handler, errc code, const http_request& received) noexcept {
  http_response response = word_refusal(handler, code, received);
  complete_safely(handler, received, response);
  return response;
}

/** The last resort: whatever a handler does, the client gets an answer and the server lives on. */
http_response call_safely(const http_host_handler& handler, const http_request& request) noexcept {
  try {
    http_response response = handler.handle(request);
    complete_safely(handler, request, response);
    return response;
  } catch (...) {
    return refuse_safely(handler, errc::internal, request);
  }
}

result<std::string> pull_safely(const body_stream& body) noexcept {
  try {
    return body();
  } catch (...) {
    return fail(errc::internal, "The body of an answer threw.");
  }
}

}  // namespace

class http_host::implementation final : public connection_owner {
 public:
  implementation(http_host_options options, http_host_handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        signals_(context_),
        drain_timer_(context_),
        shed_timer_(context_),
        blocking_(blocking_threads_of(options_), options_.queue_length),
        heavy_(options_.heavy_threads, options_.heavy_queue_length) {}

  ~implementation() override { is_over_ = true; }

  result<void> open();
  void run();
  void stop() {
    asio::post(context_, [this] { begin_drain(); });
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  [[nodiscard]] const http_host_options& options() const noexcept override { return options_; }
  [[nodiscard]] bool is_draining() const noexcept override { return is_draining_; }
  [[nodiscard]] const std::string& date() override;
  void answer(http_request request, std::function<void(http_response)> done) override;
  [[nodiscard]] bool pull(const body_stream& body, std::function<void(result<std::string>)> done) override;
  [[nodiscard]] std::optional<errc> resolve_target(http_request& request) noexcept override;
  [[nodiscard]] http_response refusal(errc code, const http_request& received) noexcept override {
    return refuse_safely(handler_, code, received);
  }
  void forget(const void* closed) override;

 private:
  struct listener {
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  [[nodiscard]] error_code open_one(tcp::endpoint endpoint);
  void accept(listener& from);
  void adopt(tcp::socket socket);
  void await_signal();
  void begin_drain();
  void stop_when_drained();
  [[nodiscard]] std::optional<http_response> answer_at_once(const http_request& request,
                                                            route_work work) const noexcept;
  [[nodiscard]] bool begin_heavy(const std::string& client);
  void end_heavy(const std::string& client);
  [[nodiscard]] std::string share_of(const tcp::socket& socket) const noexcept;
  [[nodiscard]] std::size_t most_of_one_client() const noexcept;
  void give_back_share(const std::string& client);
  /** Counts one that is turned away, and tells of it when it is time. */
  void shed(std::size_t shed_load::*kind);
  void tell_shed() noexcept;
  void await_next_report();

  // INVARIANT: what a dying connection reports to stands before the context, which holds the last connections, and the
  // pools stand last, so that no job of theirs outlives what it answers to.
  http_host_options options_;
  http_host_handler handler_;
  bool is_draining_ = false;
  bool is_over_ = false;
  struct open_connection {
    std::weak_ptr<connection> living;
    /** Whose share it takes; empty for none. */
    std::string client;
  };
  std::unordered_map<const void*, open_connection> open_;
  // What each client has of the connections and of the heavy work. Only the socket thread touches them.
  std::unordered_map<std::string, std::size_t> shares_;
  std::unordered_map<std::string, std::size_t> heavy_work_;
  shed_load shed_;
  bool is_report_due_ = false;
  std::uint16_t port_ = 0;
  std::time_t date_second_ = 0;
  std::string date_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  asio::steady_timer drain_timer_;
  asio::steady_timer shed_timer_;
  std::vector<std::unique_ptr<listener>> listeners_;
  worker_pool blocking_;
  worker_pool heavy_;
};

error_code http_host::implementation::open_one(tcp::endpoint endpoint) {
  if (port_ != 0) endpoint.port(port_);
  auto added = std::make_unique<listener>(listener{tcp::acceptor(context_), asio::steady_timer(context_)});
  error_code failed;
  added->acceptor.open(endpoint.protocol(), failed);
  if (!failed) added->acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && endpoint.address().is_v6()) added->acceptor.set_option(asio::ip::v6_only(true), failed);
  if (!failed) added->acceptor.bind(endpoint, failed);
  if (!failed) added->acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return failed;
  port_ = added->acceptor.local_endpoint().port();
  listeners_.push_back(std::move(added));
  return {};
}

result<void> http_host::implementation::open() {
  const std::string address = options_.host + ":" + std::to_string(options_.port);
  error_code failed;
  tcp::resolver resolver(context_);
  const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                      tcp::resolver::passive | tcp::resolver::numeric_service, failed);
  if (failed) return fail(errc::configuration_invalid, "Can't resolve " + address + ": " + failed.message(), "host");
  for (const auto& entry : found) {
    // A name may have an address that this machine lacks (::1 where IPv6 is off); one that is taken is a mistake.
    failed = open_one(entry.endpoint());
    if (failed == asio::error::address_in_use || failed == asio::error::access_denied) break;
    if (failed && !listeners_.empty()) failed = {};
  }
  if (failed || listeners_.empty()) {
    const bool is_foreign = failed == boost::system::errc::address_not_available;
    return fail(errc::configuration_invalid, "Can't listen on " + address + ": " + failed.message(),
                is_foreign ? "host" : "port");
  }
  if (options_.stop_on_signals) {
    signals_.add(SIGINT, failed);
    signals_.add(SIGTERM, failed);
  }
  if (options_.on_hangup) signals_.add(SIGHUP, failed);
  if (options_.stop_on_signals || options_.on_hangup) await_signal();
  for (auto& entry : listeners_) accept(*entry);
  return {};
}

void http_host::implementation::await_signal() {
  signals_.async_wait([this](error_code failed, int number) {
    if (failed) return;
    if (number == SIGHUP) {
      // A server too busy to queue it still has to read its keys again.
      if (!blocking_.submit(options_.on_hangup)) options_.on_hangup();
      return await_signal();
    }
    // A second signal is somebody who does not want to wait.
    if (is_draining_) return context_.stop();
    begin_drain();
    await_signal();
  });
}

void http_host::implementation::accept(listener& from) {
  from.acceptor.async_accept([this, &from](error_code failed, tcp::socket socket) {
    if (is_draining_ || failed == asio::error::operation_aborted) return;
    if (!failed) {
      adopt(std::move(socket));
      return accept(from);
    }
    from.pause.expires_after(accept_pause);
    from.pause.async_wait([this, &from](error_code cancelled) {
      if (!cancelled && !is_draining_) accept(from);
    });
  });
}

std::optional<errc> http_host::implementation::resolve_target(http_request& request) noexcept {
  // Nearly every target: no call is needed.
  if (request.path.starts_with('/')) return std::nullopt;
  try {
    return handler_.resolve_target ? handler_.resolve_target(request) : resolve_absolute_target({}, request);
  } catch (...) {
    return errc::internal;
  }
}

std::string http_host::implementation::share_of(const tcp::socket& socket) const noexcept {
  try {
    error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    if (failed) return {};
    const std::string address = peer.address().to_string();
    return handler_.share_of ? handler_.share_of(address) : client_network(address);
  } catch (...) {
    return {};
  }
}

std::size_t http_host::implementation::most_of_one_client() const noexcept {
  if (options_.connections_per_client > 0) return options_.connections_per_client;
  return std::max(options_.max_connections / 4, least_share);
}

void http_host::implementation::adopt(tcp::socket socket) {
  if (open_.size() >= options_.max_connections) return shed(&shed_load::connections);
  std::string client = share_of(socket);
  if (!client.empty()) {
    std::size_t& held = shares_[client];
    if (held >= most_of_one_client()) return shed(&shed_load::connections_over_share);
    ++held;
  }
  const auto added = std::make_shared<connection>(std::move(socket), *this);
  open_.emplace(added.get(), open_connection{added, std::move(client)});
  added->start();
}

void http_host::implementation::give_back_share(const std::string& client) {
  const auto found = shares_.find(client);
  if (found != shares_.end() && --found->second == 0) shares_.erase(found);
}

void http_host::implementation::forget(const void* closed) {
  if (is_over_) return;
  if (const auto found = open_.find(closed); found != open_.end()) {
    give_back_share(found->second.client);
    open_.erase(found);
  }
  stop_when_drained();
}

void http_host::implementation::shed(std::size_t shed_load::*kind) {
  ++(shed_.*kind);
  // While an interval runs, its end tells the number.
  if (is_report_due_ || !options_.on_shed) return;
  tell_shed();
  await_next_report();
}

void http_host::implementation::await_next_report() {
  is_report_due_ = true;
  shed_timer_.expires_after(options_.shed_interval);
  shed_timer_.async_wait([this](error_code cancelled) {
    if (cancelled) return;
    is_report_due_ = false;
    if (shed_.connections + shed_.connections_over_share + shed_.requests == 0) return;
    tell_shed();
    await_next_report();
  });
}

void http_host::implementation::tell_shed() noexcept {
  const shed_load told = std::exchange(shed_, {});
  if (!options_.on_shed || told.connections + told.connections_over_share + told.requests == 0) return;
  try {
    options_.on_shed(told);
  } catch (...) {
    // A log that is full must not end the server.
  }
}

bool http_host::implementation::begin_heavy(const std::string& client) {
  std::size_t& running = heavy_work_[client];
  if (running >= options_.heavy_per_client) return false;
  ++running;
  return true;
}

void http_host::implementation::end_heavy(const std::string& client) {
  const auto found = heavy_work_.find(client);
  if (found != heavy_work_.end() && --found->second == 0) heavy_work_.erase(found);
}

std::optional<http_response> http_host::implementation::answer_at_once(const http_request& request,
                                                                       route_work work) const noexcept {
  if (work != route_work::blocking || !handler_.answer_at_once) return std::nullopt;
  try {
    auto response = handler_.answer_at_once(request);
    if (response) complete_safely(handler_, request, *response);
    return response;
  } catch (...) {
    return refuse_safely(handler_, errc::internal, request);
  }
}

void http_host::implementation::answer(http_request request, std::function<void(http_response)> done) {
  route_work work = route_work::quick;
  std::string heavy_client;
  try {
    work = handler_.work_of ? handler_.work_of(request) : route_work::blocking;
    if (work == route_work::heavy) {
      heavy_client = handler_.client_of ? handler_.client_of(request) : request.remote_address;
    }
  } catch (...) {
    return done(refusal(errc::internal, request));
  }
  if (work == route_work::quick) return done(call_safely(handler_, request));
  if (auto answered = answer_at_once(request, work)) return done(std::move(*answered));
  const bool is_heavy = work == route_work::heavy;
  if (is_heavy && !begin_heavy(heavy_client)) {
    shed(&shed_load::requests);
    return done(refusal(errc::throttled, request));
  }
  worker_pool& pool = is_heavy ? heavy_ : blocking_;
  const auto shared = std::make_shared<http_request>(std::move(request));
  const auto answered = std::make_shared<std::function<void(http_response)>>(std::move(done));
  const bool accepted = pool.submit([this, shared, answered, is_heavy, heavy_client] {
    auto response = std::make_shared<http_response>(call_safely(handler_, *shared));
    // The connection goes back to its own thread whole: nothing here may be the last to hold it.
    asio::post(context_, [this, callback = std::move(*answered), response, is_heavy, heavy_client] {
      if (is_heavy) end_heavy(heavy_client);
      callback(std::move(*response));
    });
  });
  if (accepted) return;
  if (is_heavy) end_heavy(heavy_client);
  shed(&shed_load::requests);
  (*answered)(refusal(errc::unavailable, *shared));
}

bool http_host::implementation::pull(const body_stream& body, std::function<void(result<std::string>)> done) {
  const auto taken = std::make_shared<std::function<void(result<std::string>)>>(std::move(done));
  return blocking_.submit([this, body, taken] {
    auto part = std::make_shared<result<std::string>>(pull_safely(body));
    // As above: the connection goes back to its own thread whole.
    asio::post(context_, [callback = std::move(*taken), part] { callback(std::move(*part)); });
  });
}

const std::string& http_host::implementation::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_ || date_.empty()) {
    date_second_ = now;
    date_ = to_http_date(now);
  }
  return date_;
}

void http_host::implementation::begin_drain() {
  if (is_draining_) return;
  is_draining_ = true;
  for (auto& entry : listeners_) {
    error_code ignored;
    entry->acceptor.close(ignored);
    entry->pause.cancel();
  }
  for (const auto& [key, entry] : open_) {
    if (const auto living = entry.living.lock()) living->drain();
  }
  drain_timer_.expires_after(options_.drain_timeout);
  drain_timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) context_.stop();
  });
  stop_when_drained();
}

void http_host::implementation::stop_when_drained() {
  if (is_draining_ && open_.empty()) context_.stop();
}

void http_host::implementation::run() {
  context_.run();
  tell_shed();
}

http_host_handler http_host_handler::of(const auth_server& server) {
  http_host_handler handler;
  handler.handle = [&server](const http_request& request) { return server.handle(request); };
  handler.work_of = [&server](const http_request& request) { return server.work_of(request); };
  handler.answer_at_once = [&server](const http_request& request) { return server.answer_at_once(request); };
  handler.client_of = [&server](const http_request& request) { return server.client_of(request); };
  handler.refuse = [&server](errc code, const http_request& received) { return server.refusal(code, received); };
  handler.complete = [&server](const http_request& request, http_response& response) {
    server.add_cors(request, response);
  };
  handler.resolve_target = [&server](http_request& request) { return server.resolve_target(request); };
  handler.share_of = [&server](const std::string& peer_address) { return server.share_of(peer_address); };
  return handler;
}

http_host::http_host(std::unique_ptr<implementation> impl) : impl_(std::move(impl)) {}
http_host::~http_host() = default;

result<std::unique_ptr<http_host>> http_host::listen(http_host_options options, http_host_handler handler) {
  if (!handler.handle) return fail(errc::configuration_invalid, "A host needs a handler.", "handler");
  try {
    auto impl = std::make_unique<implementation>(std::move(options), std::move(handler));
    if (auto opened = impl->open(); !opened) return fail(std::move(opened));
    return std::unique_ptr<http_host>(new http_host(std::move(impl)));
  } catch (const std::exception& thrown) {
    return fail(errc::configuration_invalid, std::string("The server can't start: ") + thrown.what());
  }
}

result<std::unique_ptr<http_host>> http_host::listen(http_host_options options, const auth_server& server) {
  options.limits = server.limits();
  return listen(std::move(options), http_host_handler::of(server));
}

std::uint16_t http_host::port() const noexcept { return impl_->port(); }
void http_host::run() { impl_->run(); }
void http_host::stop() { impl_->stop(); }

}  // namespace latchkey::native
