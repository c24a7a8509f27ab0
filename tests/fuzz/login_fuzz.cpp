// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"
#include "latchkey/json_codec.h"
#include "latchkey/sso.h"

namespace {

using namespace latchkey;

sha256_digest no_digest(std::string_view) { return {}; }

void check_transaction(std::string_view text) {
  const auto login = parse_login_json(text);
  if (!login) return;
  const auto written = to_login_json(*login);
  const auto back = written ? parse_login_json(*written) : login;
  fuzz::require(written && back && *back == *login, "a login survives its JSON");
  fuzz::require(safe_return_path(login->return_path) == login->return_path, "a login leads to a safe path");
  const std::vector<login_transaction> one{*login};
  fuzz::require(find_login(one, login->state, login->provider, login->created_at_ms) == one.data(),
                "a login is found by its state");
  fuzz::require(
      find_login(one, login->nonce, login->provider, login->created_at_ms) == nullptr || login->nonce == login->state,
      "a login is found by nothing else");
}

void check_address(std::string_view rest) {
  authorization_request request;
  request.endpoint = std::string(fuzz::take_field(rest));
  request.redirect_uri = std::string(fuzz::take_field(rest));
  request.client_id = std::string(fuzz::take_field(rest));
  request.scope = std::string(fuzz::take_field(rest));
  request.parameters.emplace_back(fuzz::take_field(rest), fuzz::take_field(rest));
  const auto url = to_login_url(request, {}, no_digest);
  if (!url) return;
  fuzz::require(url->starts_with(request.endpoint), "a login address is the endpoint and what follows");
  fuzz::require(std::all_of(url->begin(), url->end(), [](char c) { return c > ' ' && c < 0x7F && c != '#'; }),
                "a login address is visible ASCII without a fragment");
  const std::string_view query = std::string_view(*url).substr(request.endpoint.size());
  fuzz::require(std::count(query.begin(), query.end(), '=') == 9, "a parameter brings no other with it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::to_text(data, size);
  check_transaction(text);
  check_address(text);
  return 0;
}
