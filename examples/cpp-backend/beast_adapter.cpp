// SPDX-License-Identifier: Apache-2.0
#include "beast_adapter.h"

#include <latchkey/adapters/beast.h>

namespace notes {
namespace {

using latchkey::adapters::beast_listener;

class beast_server final : public listener {
 public:
  explicit beast_server(std::unique_ptr<beast_listener> sockets) : sockets_(std::move(sockets)) {}
  std::uint16_t port() const noexcept override { return sockets_->port(); }
  void run() override { sockets_->run(); }
  void stop() override { sockets_->stop(); }

 private:
  std::unique_ptr<beast_listener> sockets_;
};

}  // namespace

latchkey::result<std::unique_ptr<listener>> make_beast_listener(const latchkey::native::auth_server& server,
                                                                std::uint16_t port) {
  latchkey::adapters::beast_options options;
  options.port = port;
  auto sockets = beast_listener::listen(server, options);
  if (!sockets) return tl::unexpected<latchkey::error>(sockets.error());
  return std::make_unique<beast_server>(std::move(*sockets));
}

}  // namespace notes
